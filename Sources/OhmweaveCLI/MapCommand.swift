import ArgumentParser
import Experiments
import Foundation

/// `ohmweave map`: a trained network on crossbars.
struct MapCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "map",
    abstract: "Maps a trained network onto crossbars and tells what it comes to.",
    discussion: """
      Prints tiles, programming error, accuracy digital and analog, and energy,
      latency and area by part; writes run.yaml, metrics.csv, conductances.npz,
      figures and report.html. Every option is also a key of a run file, and the
      run.yaml of a run runs it again.

      EXAMPLES
        ohmweave map model.onnx --data mnist
        ohmweave map model.onnx --data mnist --tile 128x128 --adc-bits 6 --chips 20
        ohmweave map runs/map/run.yaml --chips 100
      """)

  @Argument(help: "The model (.onnx, or .yaml that describes it), or a run file.")
  var model: String

  @Option(help: "The data set: a name that `ohmweave data list` knows, or a file.")
  var data: String?

  @Option(help: ArgumentHelp("The folder that holds data sets.", valueName: "dir"))
  var dataDir: String?

  @Option(help: "The device: a name or a device file. (default: hfo2-1t1r)")
  var device: String?

  @Option(help: "Rows × columns of a tile. (default: 256x256)")
  var tile: String?

  @Option(
    help:
      "differential-pair, two-sided-pair, offset-column, reference-column, bit-sliced, bit-sliced-offset or bit-sliced-reference. (default: differential-pair)"
  )
  var scheme: String?

  @Option(help: "Bits of a weight where weights are bit-sliced. (default: 8)")
  var weightBits: String?

  @Option(help: "Bits a cell where weights are bit-sliced. (default: 4)")
  var bitsPerCell: String?

  @Option(help: "What shares one scale: layer, tile or column. (default: layer)")
  var scale: String?

  @Option(help: "The largest weight: maximum, percentile:99.9 or deviations:3. (default: maximum)")
  var clip: String?

  @Option(help: "Biases are digital or on a row. (default: digital)")
  var bias: String?

  @Option(help: "amplitude, pulse-width or bit-serial. (default: amplitude)")
  var inputCoding: String?

  @Option(help: "Bits of the input converters, or none. (default: 8)")
  var dacBits: String?

  @Option(
    help: "absolute-maximum of each vector, calibrated, or a number. (default: absolute-maximum)")
  var inputRange: String?

  @Option(help: "Bits of the output converters, or none. (default: 8)")
  var adcBits: String?

  @Option(
    help:
      "How currents are converted: uniform, or ramp, whose steps are cells of the device. (default: uniform)"
  )
  var adc: String?

  @Option(help: "What shares one ramp: tile or column. (default: tile)")
  var rampSharing: String?

  @Option(
    help: "How a written ramp is shifted back: none, one-point or mean-shift. (default: one-point)")
  var rampCalibration: String?

  @Option(
    help:
      "maximum or percentile:99.95 of calibration data, or a current. (default: percentile:99.95)")
  var adcRange: String?

  @Option(help: "What shares one range: tile or column. (default: tile)")
  var adcSharing: String?

  @Option(
    help:
      "Converters' ranges: trained, those of the training where the network tells them and the converters are the same, or own. (default: trained)"
  )
  var ranges: String?

  @Option(
    help:
      "Batch normalisation: folded into weights, kept digital behind converters, re-estimated on each chip, or auto. (default: auto)"
  )
  var batchNorm: String?

  @Option(help: "Relative standard deviation of the converters' gain. (default: 0)")
  var adcGainSpread: String?

  @Option(help: "Standard deviation of the converters' offset, a current. (default: 0 A)")
  var adcOffsetSpread: String?

  @Option(help: "Resistance of every segment of a tile's lines, such as '1 Ohm'. (default: 0 Ohm)")
  var wires: String?

  @Option(
    help:
      "How the wires' effect is made good: none, gain (a column) or remap (cells). (default: none)"
  )
  var wireCompensation: String?

  @Option(
    help: "Standard deviation of the noise before each output converter, a current. (default: 0 A)")
  var outputNoise: String?

  @Option(help: "Whether the device's read noise counts: true or false. (default: true)")
  var readNoise: String?

  @Option(help: "Whether the device's write errors count: true or false. (default: true)")
  var writeErrors: String?

  @Option(help: "Bits of ramp converters that compute recurrent gates, or none. (default: none)")
  var gateBits: String?

  @Option(help: "Calibration of those ramps: none, one-point or mean-shift. (default: none)")
  var gateCalibrate: String?

  @Option(help: "Calibration cells that make a ramp's start. (default: 5)")
  var gateStartCells: String?

  @Option(help: "How many chips are programmed. (default: 10)")
  var chips: String?

  @Option(help: "The time between programming and reading, such as '1 h'. (default: 0 s)")
  var time: String?

  @Option(help: "none, global or column. (default: none)")
  var driftCompensation: String?

  @Option(help: "How many samples are evaluated. (default: all)")
  var samples: String?

  @Option(help: "How many samples calibrate the converters. (default: 256)")
  var calibrationSamples: String?

  @Option(
    help:
      "What calibrates the converters: training, evaluated, another set, or auto: training where it is there. (default: auto)"
  )
  var calibrationData: String?

  @Option(
    help:
      "What to do where conversions clip: none, or iterative: read again with inputs halved. (default: none)"
  )
  var boundManagement: String?

  @Option(help: "Whose conductances are kept: first or all chips. (default: first)")
  var saveChips: String?

  @Option(help: "The cost file: a name or a path. (default: isaac-32nm)")
  var cost: String?

  @Option(help: "How long one read of an array lasts. (default: 100 ns)")
  var readTime: String?

  @OptionGroup var common: CommonOptions

  func run() throws {
    var settings: [Setting] = []
    if RunFile.isRunFile(model) {
      settings = try RunFile.settings(in: model, job: "map")
    } else {
      settings.append(Setting(option: "model", model))
    }
    settings += givenSettings + common.settings
    let outcome = try MapJob(settings).run(common.context())
    if common.json {
      print(try outcome.json())
    } else {
      print(outcome.text, terminator: "")
    }
  }
}
