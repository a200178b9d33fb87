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
  /// What a reader must know about the device at this time, one sentence each.
  var driftNotices: [String] = []
  /// `nil` for all samples.
  var samples: Int?
  var calibrationSamples: Int
  /// Where the samples come from that set the converters' ranges.
  var calibrationData: String
  /// Whether the conductances of every chip are kept, or those of the first only.
  var savesEveryChip: Bool
  var cost: CostModel
  /// Seconds that one read of an array lasts.
  var readTime: Double
  /// Each key and what it came out as.
  var resolved: [(key: String, text: String)]

  /// - Throws: `InputErrors` with every fault of the settings, or of the device file.
  init(_ settings: [Setting]) throws(InputErrors) {
    let reader = SettingsReader(settings)
    model = reader.text("model")
    data = reader.text("data")
    dataFolder = reader.optionalText("data-dir")
    deviceName = reader.text("device", default: "hfo2-1t1r")
    let deviceChanges = reader.overrides("device")
    let tile = Self.tile(reader)
    let mapping = Self.mapping(reader)
    let scale = ScaleSharing(
      rawValue: reader.choice(
        "scale", of: ScaleSharing.allCases.map(\.rawValue), default: "layer"))
    let clipping = Self.clipping(reader)
    let fill = TileLayout.Fill(
      rawValue: reader.choice(
        "tile-fill", of: TileLayout.Fill.allCases.map(\.rawValue), default: "even"))
    let biasOnRow = reader.choice("bias", of: ["digital", "row"], default: "digital") == "row"
    let input = Self.input(reader)
    let output = Self.output(reader, slices: mapping.sliceCount)
    ranges =
      MappedNetwork.RangeSource(
        rawValue: reader.choice(
          "ranges", of: MappedNetwork.RangeSource.allCases.map(\.rawValue), default: "trained"))
      ?? .trained
    batchNormalization =
      BatchNormalizations(
        rawValue: reader.choice(
          "batch-norm", of: BatchNormalizations.allCases.map(\.rawValue), default: "auto"))
      ?? .auto
    let segment = Ohms(reader.quantity("wires", unit: "Ohm", in: 0...1000, default: "0 Ohm"))
    let wireCompensation = WireCompensation(
      rawValue: reader.choice(
        "wire-compensation", of: WireCompensation.allCases.map(\.rawValue), default: "none"))
    if wireCompensation == .gain, mapping.hasDigitalPedestal {
      reader.fault(
        "wire-compensation",
        "gain needs a scheme without a digital pedestal: pairs or reference columns")
    }
    let noise = reader.quantity("output-noise", unit: "A", in: 0...1, default: "0 A")
    let readNoise = reader.flag("read-noise", default: true)
    let writeErrors = reader.flag("write-errors", default: true)
    let compensation = CrossbarDesign.DriftCompensation(
      rawValue: reader.choice(
        "drift-compensation", of: ["none", "global", "column"], default: "none"))
    chips = reader.integer("chips", in: 1...100_000, default: 10)
    time = reader.quantity("time", unit: "s", in: 0...1e10, default: "0 s")
    let kelvins =
      reader.has("temperature")
      ? reader.quantity("temperature", unit: "K", in: 1...2000, default: "298.15 K") : nil
    let allSamples = reader.text("samples", default: "all")
    samples = allSamples == "all" ? nil : reader.integer("samples", in: 1...Int.max, default: 1)
    calibrationSamples = reader.integer("calibration-samples", in: 1...1_000_000, default: 256)
    calibrationData = reader.text("calibration-data", default: "auto")
    savesEveryChip =
      reader.choice("save-chips", of: ["first", "all"], default: "first") == "all"
    let bounds = reader.choice("bound-management", of: ["none", "iterative"], default: "none")
    let costName = reader.text("cost", default: "isaac-32nm")
    readTime = reader.quantity("read-time", unit: "s", in: 0...1, default: "100 ns")
    let ramps = Self.ramps(reader)
    seed = reader.seed()
    let needed = mapping.columnsPerWeight + mapping.referenceColumns
    if tile.columns < needed {
      reader.fault(
        "tile", "the scheme needs \(needed) columns a weight, the tile has \(tile.columns)")
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
    let device = try DeviceLibrary.load(deviceName, overrides: deviceChanges)
    if segment.value > 0, !device.conduction.isLinear, input?.coding ?? .amplitude == .amplitude {
      throw InputErrors([
        InputError(
          "--wires",
          "'\(deviceName)' does not conduct linearly: its cells behind wires need --input-coding pulse-width "
            + "or bit-serial, where every pulse has the read voltage ('ohmweave solve' computes one array)"
        )
      ])
    }
    driftNotices = device.driftNotices(time: Seconds(time), at: kelvins)
    let counted = device.driftTime(Seconds(time), at: kelvins).value
    if counted != time {
      driftNotices.append(
        "\(engineering(time, unit: "s")) at \(significant(kelvins ?? 0)) K count as \(engineering(counted, unit: "s")) at the drift law's temperature"
      )
      time = counted
    }
    do throws(InputError) {
      gateRamps = try ramps.map { one throws(InputError) in
        try GateRamps(bits: one.bits, device: device, writing: one.writing)
      }
    } catch { throw InputErrors([error]) }
    var design = CrossbarDesign(
      device: device, mapping: mapping, tile: tile,
      scale: scale ?? .layer, clipping: clipping, biasOnRow: biasOnRow, input: input,
      output: output,
      wires: segment.value > 0
        ? UniformWires(
          wordSegment: segment, bitSegment: segment, source: segment, sense: segment) : nil,
      wireCompensation: wireCompensation ?? .none,
      boundManagement: bounds == "iterative" ? .iterative() : .none,
      outputNoise: Amperes(noise), readNoise: readNoise, writeErrors: writeErrors,
      driftCompensation: compensation ?? .none)
    design.tileFill = fill ?? .even
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

  /// Keeps `text` as what `key` came out as.
  mutating func resolve(_ key: String, as text: String) {
    for k in resolved.indices where resolved[k].key == key { resolved[k].text = text }
  }

  /// Bits of the gates' ramps and how they are written; `nil` for digital gates.
  private static func ramps(_ reader: SettingsReader) -> (bits: Int, writing: RampWriting)? {
    let text = reader.text("gate-bits", default: "none")
    let calibration = RampCalibration(
      rawValue: reader.choice(
        "gate-calibrate", of: RampCalibration.allCases.map(\.rawValue), default: "none"))
    let cells = reader.integer("gate-start-cells", in: 0...1024, default: 5)
    guard text != "none" else { return nil }
    return (
      reader.integer("gate-bits", in: 1...10, default: 5),
      RampWriting(calibration: calibration ?? .none, startCells: cells)
    )
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

  private static func input(_ reader: SettingsReader) -> InputConverter? {
    let coding = InputConverter.Coding(
      rawValue: reader.choice(
        "input-coding", of: InputConverter.Coding.allCases.map(\.rawValue), default: "amplitude"))
    let bitsText = reader.text("dac-bits", default: "8")
    let bits = bitsText == "none" ? nil : reader.integer("dac-bits", in: 2...16, default: 8)
    let rangeText = reader.text("input-range", default: "absolute-maximum")
    let range: InputConverter.Range
    switch rangeText {
    case "absolute-maximum": range = .absoluteMaximum
    case "calibrated": range = .calibrated
    default:
      if let value = Float(rangeText), value.isFinite, value > 0 {
        range = .fixed(value)
      } else {
        reader.fault(
          "input-range", "'\(rangeText)' is not absolute-maximum, calibrated or a positive number")
        range = .absoluteMaximum
      }
    }
    let sliced =
      reader.text("dac-slice-bits", default: "1") == "1"
      ? nil : reader.integer("dac-slice-bits", in: 1...8, default: 1)
    if coding == .bitSerial, bits == nil {
      reader.fault("dac-bits", "bit-serial inputs have a number of bits, not none")
      return nil
    }
    var input = InputConverter(coding: coding ?? .amplitude, bits: bits, range: range)
    if let sliced, coding != .bitSerial {
      reader.fault("dac-slice-bits", "\(sliced) bits per read need --input-coding bit-serial")
    }
    input.sliceBits = sliced ?? 1
    return input
  }

  private static func output(_ reader: SettingsReader, slices: Int) -> OutputConverter? {
    let bitsText = reader.text("adc-bits", default: "8")
    let bits = bitsText == "none" ? nil : reader.integer("adc-bits", in: 1...16, default: 8)
    let rangeText = reader.text("adc-range", default: "percentile:99.95")
    let range = outputRange(rangeText, slices: slices, reader)
    let codes = CodeSet(
      rawValue: reader.choice(
        "adc-codes", of: CodeSet.allCases.map(\.rawValue), default: "symmetric"))
    let sharing = OutputConverter.Sharing(
      rawValue: reader.choice(
        "adc-sharing", of: OutputConverter.Sharing.allCases.map(\.rawValue), default: "tile"))
    let gain = reader.quantity("adc-gain-spread", unit: "", in: 0...1, default: "0")
    let offset = reader.quantity("adc-offset-spread", unit: "A", in: 0...1, default: "0 A")
    let ramp = ramp(reader, bits: bits)
    guard let bits else { return nil }
    return OutputConverter(
      bits: bits, range: range, sharing: sharing ?? .tile, codes: codes ?? .symmetric,
      gainSpread: gain,
      offsetSpread: Amperes(offset), ramp: ramp)
  }

  /// `maximum`, `percentile:99.95`, a current, both ends `-5 uA..20 uA`, or a current per slice `20 uA, 5 uA`.
  private static func outputRange(
    _ text: String, slices: Int, _ reader: SettingsReader
  ) -> OutputConverter.Range {
    func amperes(_ text: some StringProtocol) -> Double? {
      let value = UnitValue(parsing: text.trimmingCharacters(in: .whitespaces))
      return value.flatMap { $0.unit == "A" && $0.value.isFinite ? $0.value : nil }
    }
    if text == "maximum" { return .maximum }
    if let percent = argument(text, of: "percentile"), percent > 0, percent <= 100 {
      return .percentile(percent / 100)
    }
    if let end = amperes(text), end > 0 { return .fixed(Amperes(end)) }
    if let dots = text.range(of: ".."), let low = amperes(text[..<dots.lowerBound]),
      let high = amperes(text[dots.upperBound...]), low < high, high > 0
    {
      return .between(Amperes(low), Amperes(high))
    }
    let ends = text.split(separator: ",").map { amperes($0) ?? -1 }
    if ends.count > 1, ends.allSatisfy({ $0 > 0 }) {
      if ends.count == slices { return .slices(ends.map { Amperes($0) }) }
      reader.fault("adc-range", "has \(ends.count) currents, the scheme has \(slices) slices")
    } else {
      reader.fault(
        "adc-range",
        "'\(text)' is not maximum, percentile:99.95, a current such as 20 uA, both ends such as "
          + "-5 uA..20 uA, or a current per slice such as 20 uA, 5 uA")
    }
    return .maximum
  }

  /// The ramp that converts, where one does.
  private static func ramp(_ reader: SettingsReader, bits: Int?) -> RampConversion? {
    let kind = reader.choice("adc", of: ["uniform", "ramp"], default: "uniform")
    let sharing = OutputConverter.Sharing(
      rawValue: reader.choice(
        "ramp-sharing", of: OutputConverter.Sharing.allCases.map(\.rawValue), default: "tile"))
    let calibration = RampCalibration(
      rawValue: reader.choice(
        "ramp-calibration", of: RampCalibration.allCases.map(\.rawValue), default: "one-point"))
    guard kind == "ramp" else { return nil }
    if let bits, bits > 10 {
      reader.fault("adc-bits", "a ramp has 1 to 10 bits")
      return nil
    }
    return RampConversion(sharing: sharing ?? .tile, calibration: calibration ?? .onePoint)
  }

  /// The number in "name:number".
  private static func argument(_ text: String, of name: String) -> Double? {
    guard text.hasPrefix(name + ":") else { return nil }
    return Double(text.dropFirst(name.count + 1))
  }
}
