import ArgumentParser
import Foundation
import NetworkJobs
import Reporting

/// `ohmweave map`: mapping of a trained network onto crossbars.
struct MapCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "map",
    abstract: "Maps a trained network onto crossbars and reports accuracy and cost.",
    discussion: """
      Prints tiles, programming error, digital and analog accuracy, and energy,
      latency and area per part. Writes run.yaml, metrics.csv, conductances.npz,
      predictions.npz, figures and report.html. Every option is also a key of a
      run file; the run.yaml of a run repeats it.

      EXAMPLES
        ohmweave map model.onnx --data mnist
        ohmweave map model.onnx --data mnist --tile 128x128 --adc-bits 6 --chips 20
        ohmweave map lstm.yaml --data gsc12 --gate-bits 5 --comparator-noise 0.002
        ohmweave map runs/map/run.yaml --chips 100
        ohmweave map lstm.yaml --data words.npz --input-coding pulse-width \
          --cost ramp-16nm --cost-bits 3,4,5,8
      """)

  @Argument(help: "Network (.onnx, or its description in .yaml), or a run file.")
  var model: String

  @Option(help: "Data set: a name from `ohmweave data list`, or a file. Required.")
  var data: String?

  @Option(help: ArgumentHelp("Folder that contains data sets.", valueName: "dir"))
  var dataDir: String?

  @Option(
    help: ArgumentHelp(
      "Column of the label in a CSV file; several, separated by commas, are target numbers.",
      discussion: "(default: the last column)", valueName: "column"))
  var label: String?

  @Option(
    help: ArgumentHelp(
      "File with the targets (.npy or .csv), in place of those of --data.", valueName: "file"))
  var targets: String?

  @Option(help: "Shape of one sample where an ONNX file leaves it open, such as 3x224x224.")
  var inputShape: String?

  @Option(help: "Axis of the batch where an ONNX file leaves it open, from 0. (default: 0)")
  var batchAxis: String?

  @Option(help: "Device: a name or a device file. (default: hfo2-1t1r)")
  var device: String?

  @Option(help: "Word lines × bit lines of a tile. (default: 256x256)")
  var tile: String?

  @Option(
    help:
      "Mapping scheme: differential-pair, two-sided-pair, offset-column, reference-column, bit-sliced, bit-sliced-offset or bit-sliced-reference. (default: differential-pair)"
  )
  var scheme: String?

  @Option(
    help:
      "Subtraction of second or reference columns: analog, as currents, or digital, as numbers. (default: analog)"
  )
  var subtraction: String?

  @Option(
    help:
      "Split of a matrix larger than a tile: even parts, or full tiles and the rest. (default: even)"
  )
  var tileFill: String?

  @Option(help: "Bits per weight of bit-sliced schemes, 2 to 24. (default: 8)")
  var weightBits: String?

  @Option(help: "Bits per cell of bit-sliced schemes, 1 to 8. (default: 4)")
  var bitsPerCell: String?

  @Option(help: "Weights that share a scale: layer, tile or column. (default: layer)")
  var scale: String?

  @Option(help: "Largest weight: maximum, percentile:99.9 or deviations:3. (default: maximum)")
  var clip: String?

  @Option(help: "Biases: digital, or on an extra row. (default: digital)")
  var bias: String?

  @Option(help: "Input coding: amplitude, pulse-width or bit-serial. (default: amplitude)")
  var inputCoding: String?

  @Option(help: "Bits of the input converters including the sign, 2 to 16, or none. (default: 8)")
  var dacBits: String?

  @Option(help: "Bits per read of bit-serial inputs, 1 to 8. (default: 1)")
  var dacSliceBits: String?

  @Option(
    help:
      "Input range: absolute-maximum of each vector, calibrated, mean-maximum, or a number. (default: absolute-maximum)"
  )
  var inputRange: String?

  @Option(help: "Largest range that a vector's absolute maximum gives, or none. (default: none)")
  var inputCap: String?

  @Option(help: "Part of the voltage that lines of negative inputs lack. (default: 0)")
  var dacAsymmetry: String?

  @Option(help: "Bits of the output converters, 1 to 16, or none. (default: 8)")
  var adcBits: String?

  @Option(
    help:
      "Output converters: uniform; ramp, with thresholds set by cells of the device; logarithmic; or successive-approximation. (default: uniform)"
  )
  var adc: String?

  @Option(
    help:
      "Codes of the output converters: symmetric about 0; endpoints, on the ends of the range; or bins, in the middles of equal bins. (default: symmetric)"
  )
  var adcCodes: String?

  @Option(
    help: "Relative standard deviation of the unit elements of such a converter. (default: 0)")
  var adcMismatch: String?

  @Option(help: "Columns that share a ramp: tile or column. (default: tile)")
  var rampSharing: String?

  @Option(
    help: "Calibration of a written ramp: none, one-point or mean-shift. (default: one-point)")
  var rampCalibration: String?

  @Option(
    help:
      "Number of calibration cells that set the start of a ramp of --adc ramp; 0 for an exact start. (default: 0)"
  )
  var rampStartCells: String?

  @Option(
    help:
      "Number of reads, with their noise, that the calibration of ramps is found from; 0 for exact thresholds. (default: 16)"
  )
  var calibrationReads: String?

  @Option(
    help:
      "Noise of a comparison with a ramp, relative to its span: in calibration and in ramps that compute a function. (default: 0)"
  )
  var comparatorNoise: String?

  @Option(
    help:
      "Output range: maximum or percentile:P of the calibration currents, or a current such as '20 uA'. (default: percentile:99.95)"
  )
  var adcRange: String?

  @Option(help: "Columns that share an output range: tile or column. (default: tile)")
  var adcSharing: String?

  @Option(
    help:
      "Converter ranges: trained, those stored in the network where its converters are the same; or own. (default: trained)"
  )
  var ranges: String?

  @Option(
    help:
      "Batch normalization: folded into the weights, kept as digital scale and shift, re-estimated on each chip, or auto. (default: auto)"
  )
  var batchNorm: String?

  @Option(help: "Relative standard deviation of the output converters' gain. (default: 0)")
  var adcGainSpread: String?

  @Option(help: "Standard deviation of the output converters' offset, a current. (default: 0 A)")
  var adcOffsetSpread: String?

  @Option(
    help:
      "Saturation c of the amplifiers before the output converters, I/(1 + c|I|/range). (default: 0)"
  )
  var adcNonlinearity: String?

  @Option(help: "Relative standard deviation of this saturation between columns. (default: 0)")
  var adcNonlinearitySpread: String?

  @Option(help: "Wire resistance per segment of a tile's lines, such as '1 Ohm'. (default: 0 Ohm)")
  var wires: String?

  @Option(
    help:
      "Compensation of IR drop: none, gain (per column) or remap (of cells). (default: none)"
  )
  var wireCompensation: String?

  @Option(
    help: "Standard deviation of the noise before each output converter, a current. (default: 0 A)")
  var outputNoise: String?

  @Option(help: "Whether the device's read noise applies: true or false. (default: true)")
  var readNoise: String?

  @Option(
    help: ArgumentHelp(
      "Physical noise of the read current: johnson, shot, flicker, separated by commas, or none.",
      discussion: "(default: none)", valueName: "source,…"))
  var electricalNoise: String?

  @Option(help: "Bandwidth of a read, such as '10 MHz'; goes with --electrical-noise.")
  var noiseBandwidth: String?

  @Option(help: "Temperature of Johnson noise. (default: 300 K)")
  var noiseTemperature: String?

  @Option(help: "Read voltage at which electrical noise is counted. (default: 0.2 V)")
  var noiseVoltage: String?

  @Option(help: "Level A of 1/f noise S_I = A·I²/f^γ, at 1 Hz; needed with flicker.")
  var flickerLevel: String?

  @Option(help: "Exponent γ of 1/f noise. (default: 1)")
  var flickerExponent: String?

  @Option(help: "Lowest frequency of 1/f noise. (default: 1 Hz)")
  var flickerLowest: String?

  @Option(help: "Whether the device's write errors apply: true or false. (default: true)")
  var writeErrors: String?

  @Option(help: "Bits of the ramps that compute recurrent gates, 1 to 10, or none. (default: none)")
  var gateBits: String?

  @Option(help: "Calibration of gate ramps: none, one-point or mean-shift. (default: none)")
  var gateCalibrate: String?

  @Option(help: "Number of calibration cells that set the start of a gate ramp. (default: 5)")
  var gateStartCells: String?

  @Option(help: "Number of chips. (default: 10)")
  var chips: String?

  @Option(help: "Time between programming and reading, such as '1 h'. (default: 0 s)")
  var time: String?

  @Option(
    help: "Temperature until then, such as '358 K'. (default: that of the device's drift law)")
  var temperature: String?

  @Option(help: "Drift compensation: none, global or column. (default: none)")
  var driftCompensation: String?

  @Option(help: "Number of evaluated samples. (default: all)")
  var samples: String?

  @Option(
    help:
      "Metric for stored numbers: accuracy, the outputs on the side of their target of 0 or 1; error, the root mean square error; or auto. (default: auto)"
  )
  var metric: String?

  @Option(help: "Number of samples that set the converter ranges. (default: 256)")
  var calibrationSamples: String?

  @Option(
    help:
      "Samples that set the converter ranges: training, evaluated, another set or file, or auto: training if present, else evaluated. (default: auto)"
  )
  var calibrationData: String?

  @Option(
    help:
      "Handling of clipped outputs: none; iterative: the vector is read again with halved inputs; worst-case: once more, with inputs for the largest weights. (default: none)"
  )
  var boundManagement: String?

  @Option(help: "Weight that worst-case assumes, relative to the largest. (default: 0.6)")
  var largestWeight: String?

  @Option(help: "Chips whose conductances are saved: first, all or none. (default: first)")
  var saveChips: String?

  @Option(
    help:
      "Digital engines evaluated beside the chips, separated by commas: half-precision, integer:N with N = 2 to 8 bits, or none. (default: none)"
  )
  var baseline: String?

  @Option(help: "Cost model: a name in circuits/costs, or a file. (default: isaac-32nm)")
  var cost: String?

  @Option(
    help:
      "Duration of one read of an array, or auto: by the clock of the cost file for pulse widths, else 100 ns. (default: auto)"
  )
  var readTime: String?

  @Option(
    help: ArgumentHelp(
      "Bits at which the cost of a time step is reported, beside a conventional chip.",
      discussion: "(default: none)", valueName: "3,4,5,8"))
  var costBits: String?

  @Option(
    help:
      "Operations of a time step that count: all, or gates, those of the gates' matrices. (default: all)"
  )
  var costOperations: String?

  @Option(help: "Digital processors of the conventional chip, for activations. (default: 32)")
  var costProcessors: String?

  @Option(
    help: ArgumentHelp(
      "Clock periods per activation of such a processor.", discussion: "(default: 2,4)",
      valueName: "2,4"))
  var costCycles: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Replaces a value of the device file, such as extraction.width; can be repeated.",
      valueName: "parameter=value"))
  var replaced: [String] = []

  @OptionGroup var common: CommonOptions

  func run() throws {
    let settings =
      try RunFile.settings(in: model, job: "map", orOption: "model")
      + Setting.replacing("device", replaced) + givenSettings + common.settings
    let outcome = try MapJob(settings).run(common.context())
    if common.json {
      print(try outcome.json())
    } else {
      print(outcome.text, terminator: "")
    }
  }
}
