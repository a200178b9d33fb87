import Circuits
import Crossbar
import DeviceModels
import Foundation
import InputOutput
import Networks
import PhysicalUnits
import Reporting

/// The options of the map job, read from settings: the only place where their names, ranges and
/// defaults stand.
struct MapOptions: Sendable {
  var seed: UInt64
  var model: String
  var data: String
  var dataFolder: String?
  /// The column of the label in a CSV file; the last one where `nil`.
  var label: String?
  /// A file with the targets, in the place of those of the data.
  var targets: String?
  /// What an ONNX file leaves open about its input.
  var layout: ONNXInputLayout
  var deviceName: String
  var design: CrossbarDesign
  /// Converters of the gates of recurrent layers; `nil` where gates are digital.
  var gateRamps: GateRamps?
  /// Where the ranges of converters come from.
  var ranges: MappedNetwork.RangeSource
  /// What becomes of batch normalizations.
  var batchNormalization: BatchNormalizations
  var chips: Int
  /// Seconds between programming and reading.
  var time: Double
  /// What a reader must know about the device at this time and read voltage, one sentence each.
  var deviceNotices: [String] = []
  /// `nil` for all samples.
  var samples: Int?
  /// How outputs are compared with stored numbers.
  var metric: MapTask.Metric
  var calibrationSamples: Int
  /// Where the samples come from that set the converters' ranges.
  var calibrationData: String
  /// How many of the chips have their conductances kept.
  var savedChips: Int
  var cost: CostModel
  /// The costs of a time step that are asked for; `nil` where none are.
  var steps: StepOptions?
  /// Digital engines that are evaluated beside the chips.
  var baselines: [BaselineEngines.Choice] = []
  /// Seconds that one read of an array lasts, where it does not follow from the clock of the cost file.
  var readTime: Double?
  /// Each key and what it came out as.
  var resolved: [(key: String, text: String)]

  /// - Throws: `InputErrors` with every fault of the settings, or of the device file.
  init(_ settings: [Setting]) throws(InputErrors) {
    let reader = SettingsReader(settings)
    model = reader.text("model")
    data = reader.text("data")
    dataFolder = reader.optionalText("data-dir")
    label = reader.optionalText("label")
    targets = reader.optionalText("targets")
    layout = Self.layout(reader, model: model)
    deviceName = reader.text("device", default: "hfo2-1t1r")
    let deviceChanges = reader.overrides("device")
    let tile = Self.tile(reader)
    let mapping = Self.mapping(reader)
    let scale = reader.choice("scale", of: ScaleSharing.self, default: .layer)
    let clipping = Self.clipping(reader)
    let fill = reader.choice("tile-fill", of: TileLayout.Fill.self, default: .even)
    let biasOnRow = reader.choice("bias", of: ["digital", "row"], default: "digital") == "row"
    let input = Self.input(reader)
    let output = Self.output(reader, mapping)
    ranges = reader.choice("ranges", of: MappedNetwork.RangeSource.self, default: .trained)
    batchNormalization = reader.choice("batch-norm", of: BatchNormalizations.self, default: .auto)
    let segment = Ohms(reader.quantity("wires", unit: "Ohm", in: 0...1000, default: "0 Ohm"))
    let wireCompensation = reader.choice(
      "wire-compensation", of: WireCompensation.self, default: .none)
    if wireCompensation == .gain, mapping.hasDigitalPedestal {
      reader.fault(
        "wire-compensation",
        "gain needs a scheme without a digital pedestal: pairs or reference columns")
    }
    let noise = reader.quantity("output-noise", unit: "A", in: 0...1, default: "0 A")
    let readNoise = reader.flag("read-noise", default: true)
    let electrical = Self.electricalNoise(reader)
    let writeErrors = reader.flag("write-errors", default: true)
    let compensation = reader.choice(
      "drift-compensation", of: CrossbarDesign.DriftCompensation.self, default: .none)
    chips = reader.integer("chips", in: 1...100_000, default: 10)
    time = reader.quantity("time", unit: "s", in: 0...1e10, default: "0 s")
    let kelvins =
      reader.has("temperature")
      ? reader.quantity("temperature", unit: "K", in: 1...2000, default: "298.15 K") : nil
    let allSamples = reader.text("samples", default: "all")
    samples = allSamples == "all" ? nil : reader.integer("samples", in: 1...Int.max, default: 1)
    metric = reader.choice("metric", of: MapTask.Metric.self, default: .auto)
    calibrationSamples = reader.integer("calibration-samples", in: 1...1_000_000, default: 256)
    calibrationData = reader.text("calibration-data", default: "auto")
    let saved = reader.choice("save-chips", of: ["first", "all", "none"], default: "first")
    savedChips = saved == "all" ? chips : saved == "first" ? 1 : 0
    let bounds = Self.boundManagement(reader)
    baselines = Self.baselines(reader)
    let costName = reader.text("cost", default: "isaac-32nm")
    readTime =
      reader.text("read-time", default: "auto") == "auto"
      ? nil : reader.quantity("read-time", unit: "s", in: 0...1, default: "100 ns")
    steps = StepOptions(reader, input: input)
    let ramps = Self.ramps(reader)
    seed = reader.seed()
    let needed = mapping.columnsPerWeight + mapping.referenceColumns
    if tile.columns < needed {
      reader.fault(
        "tile", "the scheme needs \(needed) columns per weight, the tile has \(tile.columns)")
    }
    if biasOnRow, case .fixed(let range) = input?.range, range < 1 {
      reader.fault(
        "input-range", "is \(range), with '--bias row' 1 or more: the row's own input is 1")
    }
    try reader.finish()
    resolved = reader.resolved.reduce(into: []) { list, one in
      if !list.contains(where: { $0.key == one.key }) { list.append(one) }
    }
    cost = try CostModel.named(costName)
    if steps != nil, cost.clock == nil {
      throw InputErrors([
        InputError(
          "--cost-bits",
          "needs a cost file with a section 'clock', such as ramp-16nm; '\(costName)' has none")
      ])
    }
    let device = try DeviceLibrary.load(
      deviceName, overrides: deviceChanges + electrical)
    if segment.value > 0, !device.conduction.isLinear, input?.coding ?? .amplitude == .amplitude {
      throw InputErrors([
        InputError(
          "--wires",
          "'\(deviceName)' does not conduct linearly: its cells behind wires need --input-coding pulse-width "
            + "or bit-serial, where every pulse has the read voltage ('ohmweave solve' computes one array)"
        )
      ])
    }
    deviceNotices = device.driftNotices(
      time: Seconds(time), at: kelvins, option: "--temperature")
    let counted = device.driftTime(Seconds(time), at: kelvins).value
    if counted != time {
      deviceNotices.append(
        "\(engineering(time, unit: "s")) at \(significant(kelvins ?? 0)) K count as \(engineering(counted, unit: "s")) at the drift law's temperature"
      )
      time = counted
    }
    deviceNotices += device.readNotices(signed: input?.signed ?? true)
    do throws(InputError) {
      gateRamps = try ramps.map { one throws(InputError) in
        try GateRamps(
          bits: one.bits, device: writeErrors ? device : device.writtenExactly,
          writing: one.writing)
      }
    } catch { throw InputErrors([error]) }
    var design = CrossbarDesign(
      device: device, mapping: mapping, tile: tile,
      scale: scale, clipping: clipping, biasOnRow: biasOnRow, input: input,
      output: output,
      wires: segment.value > 0
        ? UniformWires(
          wordSegment: segment, bitSegment: segment, source: segment, sense: segment) : nil,
      wireCompensation: wireCompensation,
      boundManagement: bounds,
      outputNoise: Amperes(noise), readNoise: readNoise, writeErrors: writeErrors,
      driftCompensation: compensation)
    design.tileFill = fill
    self.design = design
  }

  /// What becomes of batch normalizations on chips.
  enum BatchNormalizations: String, Sendable, CaseIterable {
    /// Kept where the network tells trained ranges that are to be used, else folded.
    case auto
    /// Gains become part of the weights, offsets of the biases.
    case folded
    /// Digital gains and offsets behind the converters, with the statistics of training.
    case kept
    /// The same with the statistics of calibration data on each chip.
    case estimated = "re-estimated"
  }

  /// Seconds that one read lasts: as the key says; or by the clock of the cost file; or 100 ns.
  func readTime(bits: Int? = nil) -> Double {
    var own = design
    if let bits { own.input?.bits = bits }
    return readTime ?? cost.readTime(of: own.rowDrive) ?? 100e-9
  }

  /// Keeps `text` as what `key` came out as.
  mutating func resolve(_ key: String, as text: String) {
    for k in resolved.indices where resolved[k].key == key { resolved[k].text = text }
  }

  /// Bits of the gates' ramps and how they are written; `nil` for digital gates.
  private static func ramps(_ reader: SettingsReader) -> (bits: Int, writing: RampWriting)? {
    let text = reader.text("gate-bits", default: "none")
    let calibration = reader.choice("gate-calibrate", of: RampCalibration.self, default: .none)
    let cells = reader.integer("gate-start-cells", in: 0...1024, default: 5)
    let readNoise = reader.flag("read-noise", default: true)
    guard text != "none" else { return nil }
    return (
      reader.integer("gate-bits", in: 1...10, default: 5),
      RampWriting(
        calibration: calibration, calibrationReads: calibrationReads(reader),
        startCells: cells, readNoise: readNoise, comparatorNoise: comparatorNoise(reader))
    )
  }

  /// The engines under `baseline`, separated by commas; none where nothing is said.
  private static func baselines(_ reader: SettingsReader) -> [BaselineEngines.Choice] {
    let text = reader.text("baseline", default: "none")
    guard text != "none" else { return [] }
    return text.split(separator: ",").compactMap { part in
      let name = part.trimmingCharacters(in: .whitespaces)
      let choice = BaselineEngines.Choice(name)
      if choice == nil {
        reader.fault("baseline", "'\(name)' is not none or one of \(BaselineEngines.known)")
      }
      return choice
    }
  }

  private static func tile(_ reader: SettingsReader) -> TileShape {
    let text = reader.text("tile", default: "256x256")
    let sides = text.split(separator: "x").compactMap { Int($0) }
    guard text.split(separator: "x", omittingEmptySubsequences: false).count == 2,
      sides.count == 2, sides.allSatisfy({ (1...16384).contains($0) })
    else {
      reader.fault("tile", "'\(text)' is not rows x columns such as 256x256, each 1…16384")
      return TileShape(rows: 256, columns: 256)
    }
    return TileShape(rows: sides[0], columns: sides[1])
  }

  private static func mapping(_ reader: SettingsReader) -> WeightMapping {
    let scheme = reader.choice(
      "scheme", of: WeightMapping.schemes, default: WeightMapping.schemes[0])
    guard scheme.hasPrefix("bit-sliced") else { return WeightMapping(scheme: scheme) }
    return WeightMapping(
      scheme: scheme, weightBits: reader.integer("weight-bits", in: 2...24, default: 8),
      bitsPerCell: reader.integer("bits-per-cell", in: 1...8, default: 4))
  }

  private static func clipping(_ reader: SettingsReader) -> WeightClipping {
    let text = reader.text("clip", default: "maximum")
    if text == "maximum" { return .maximum }
    if let percent = argument(text, of: "percentile"), percent > 0, percent <= 100 {
      return .percentile(percent / 100)
    }
    if let count = argument(text, of: "deviations"), count > 0 { return .deviations(count) }
    reader.fault("clip", "'\(text)' is not maximum, percentile:99.9 or deviations:3")
    return .maximum
  }
}
