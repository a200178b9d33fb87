import Circuits
import Crossbar
import DeviceModels
import PhysicalUnits
import Reporting

/// The keys of converters.
extension MapOptions {
  static func boundManagement(_ reader: SettingsReader) -> CrossbarDesign.BoundManagement {
    switch reader.choice(
      "bound-management", of: ["none", "iterative", "worst-case"], default: "none")
    {
    case "iterative": return .iterative()
    case "worst-case":
      return .worstCase(
        largestWeight: Float(
          reader.quantity("largest-weight", unit: "", in: 1e-3...1, default: "0.6")))
    default: return .none
    }
  }

  static func input(_ reader: SettingsReader) -> InputConverter? {
    let coding = reader.choice("input-coding", of: InputConverter.Coding.self, default: .amplitude)
    let bitsText = reader.text("dac-bits", default: "8")
    let bits = bitsText == "none" ? nil : reader.integer("dac-bits", in: 2...16, default: 8)
    let rangeText = reader.text("input-range", default: "absolute-maximum")
    let range: InputConverter.Range
    switch rangeText {
    case "absolute-maximum": range = .absoluteMaximum
    case "calibrated": range = .calibrated
    case "mean-maximum": range = .meanMaximum
    default:
      if let value = Float(rangeText), value.isFinite, value > 0 {
        range = .fixed(value)
      } else {
        reader.fault(
          "input-range",
          "'\(rangeText)' is not absolute-maximum, calibrated, mean-maximum or a positive number")
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
    var input = InputConverter(coding: coding, bits: bits, range: range)
    if let sliced, coding != .bitSerial {
      reader.fault("dac-slice-bits", "\(sliced) bits per read need --input-coding bit-serial")
    }
    input.sliceBits = sliced ?? 1
    if reader.text("input-cap", default: "none") != "none" {
      input.limit = Float(reader.quantity("input-cap", unit: "", in: 1e-9...1e9, default: "1"))
      if range != .absoluteMaximum {
        reader.fault("input-cap", "limits the absolute maximum of each vector: --input-range")
      }
    }
    input.asymmetry = Float(
      reader.quantity("dac-asymmetry", unit: "", in: -1...0.99, default: "0"))
    if input.asymmetry != 0, coding == .bitSerial {
      reader.fault("dac-asymmetry", "belongs to amplitudes and pulses, not to bit-serial inputs")
    }
    return input
  }

  static func output(_ reader: SettingsReader, _ mapping: WeightMapping) -> OutputConverter? {
    let bitsText = reader.text("adc-bits", default: "8")
    let bits = bitsText == "none" ? nil : reader.integer("adc-bits", in: 1...16, default: 8)
    let rangeText = reader.text("adc-range", default: "percentile:99.95")
    let range = outputRange(rangeText, slices: mapping.sliceCount, reader)
    let codes = reader.choice("adc-codes", of: CodeSet.self, default: .symmetric)
    let sharing = reader.choice("adc-sharing", of: OutputConverter.Sharing.self, default: .tile)
    let gain = reader.quantity("adc-gain-spread", unit: "", in: 0...1, default: "0")
    let offset = reader.quantity("adc-offset-spread", unit: "A", in: 0...1, default: "0 A")
    let kind = reader.choice(
      "adc", of: ["uniform", "ramp"] + ConverterLaws.names, default: "uniform")
    let ramp = ramp(reader, isChosen: kind == "ramp")
    let mismatch = reader.quantity("adc-mismatch", unit: "", in: 0...1, default: "0")
    if let bits, bits > 10, kind != "uniform" {
      reader.fault("adc-bits", "converters of this kind have 1 to 10 bits")
      return nil
    }
    let subtraction =
      reader.choice("subtraction", of: OutputConverter.Subtraction.self, default: .analog)
    if subtraction == .digital, let fault = mapping.digitalSubtractionFault {
      reader.fault("subtraction", fault)
    } else if subtraction == .digital, bits == nil {
      reader.fault("subtraction", "digital needs converters, --adc-bits none has none")
    }
    let bend = reader.quantity("adc-nonlinearity", unit: "", in: 0...100, default: "0")
    let bendSpread = reader.quantity("adc-nonlinearity-spread", unit: "", in: 0...10, default: "0")
    guard let bits else {
      if bend > 0 { reader.fault("adc-nonlinearity", "is relative to the range of --adc-bits") }
      return nil
    }
    var output = OutputConverter(
      bits: bits, range: range, sharing: sharing, codes: codes,
      subtraction: subtraction, gainSpread: gain,
      offsetSpread: Amperes(offset), ramp: ramp)
    (output.nonlinearity, output.nonlinearitySpread) = (bend, bendSpread)
    output.kind = ChosenConverter(kind, mismatch: mismatch)
    if mismatch > 0, output.kind == nil {
      reader.fault("adc-mismatch", "goes with --adc \(ConverterLaws.names.joined(separator: ", "))")
    }
    return output
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
  private static func ramp(_ reader: SettingsReader, isChosen: Bool) -> RampConversion? {
    let sharing = reader.choice("ramp-sharing", of: OutputConverter.Sharing.self, default: .tile)
    let calibration = reader.choice(
      "ramp-calibration", of: RampCalibration.self, default: .onePoint)
    let cells = reader.integer("ramp-start-cells", in: 0...1024, default: 0)
    let (reads, noise) = (calibrationReads(reader), comparatorNoise(reader))
    guard isChosen else { return nil }
    var ramp = RampConversion(sharing: sharing, calibration: calibration)
    ramp.startCells = cells
    ramp.calibrationReads = reads
    ramp.comparatorNoise = noise
    return ramp
  }

  /// Reads of a ramp that its calibration is found from.
  static func calibrationReads(_ reader: SettingsReader) -> Int {
    reader.integer("calibration-reads", in: 0...1_000_000, default: 16)
  }

  /// The noise of the comparators of ramps, as a share of a ramp's span.
  static func comparatorNoise(_ reader: SettingsReader) -> Double {
    reader.quantity("comparator-noise", unit: "", in: 0...1, default: "0")
  }

  /// The number in "name:number".
  static func argument(_ text: String, of name: String) -> Double? {
    guard text.hasPrefix(name + ":") else { return nil }
    return Double(text.dropFirst(name.count + 1))
  }
}
