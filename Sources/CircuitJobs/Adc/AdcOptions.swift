import Circuits
import DeviceModels
import Foundation
import InputOutput
import PhysicalUnits
import Reporting

/// The options of the adc job, read from settings: the only place where their names, ranges and
/// defaults stand.
struct AdcOptions: Sendable {
  var seed: UInt64
  var function: String
  var curve: ActivationCurve
  var bits: Int
  var convention: RampThresholds.Convention
  var deviceName: String
  var device: DeviceModel
  var chips: Int
  var writing: RampWriting
  var converter: RampConverter
  /// α at conductance 0 and at the window's upper end, per kelvin.
  var temperatureCoefficients: (low: Double, high: Double)
  /// The inputs that a change of read voltage or temperature is judged on; `nil` for those of the
  /// thresholds and a sixth of their span on both sides.
  var inputs: ClosedRange<Double>?
  /// A file of measured codes.
  var measured: String?
  /// A file with a ramp to compare the design with.
  var reference: String?
  /// Each key and what it came out as.
  var resolved: [(key: String, text: String)]

  /// - Throws: `InputErrors` with every fault of the settings or the device file; `InputError` where
  ///   the function cannot be made of the device.
  init(_ settings: [Setting]) throws {
    let reader = SettingsReader(settings)
    function = reader.text("function")
    let domain = Self.interval("domain", reader)
    bits = reader.integer("bits", in: 1...10, default: 5)
    convention = reader.choice("convention", of: RampThresholds.Convention.self, default: .floor)
    let range = Self.interval("range", reader)
    deviceName = reader.text("device", default: "hfo2-1t1r")
    let deviceChanges = reader.overrides("device")
    chips = reader.integer("chips", in: 1...1_000_000, default: 1000)
    writing = Self.writing(reader)
    let stuckOff = reader.optionalText("stuck-off").map { _ in
      reader.quantity("stuck-off", unit: "", in: 0...1, default: "0")
    }
    let cells = reader.optionalText("cells").map { _ in
      reader.integer("cells", in: 1...65536, default: 32)
    }
    let circuit = Self.circuit(reader)
    let unit = reader.optionalText("unit-conductance").map { _ in
      reader.quantity("unit-conductance", unit: "S", in: 1e-12...1, default: "150 uS")
    }
    temperatureCoefficients = (
      reader.quantity("temperature-coefficient-low", unit: "", in: -0.1...0.1, default: "0"),
      reader.quantity("temperature-coefficient-high", unit: "", in: -0.1...0.1, default: "0")
    )
    inputs = Self.interval("inputs", reader)
    measured = reader.optionalText("measured")
    reference = reader.optionalText("reference")
    seed = reader.seed()
    try reader.finish()
    resolved = reader.resolved.reduce(into: []) { list, one in
      if !list.contains(where: { $0.key == one.key }) { list.append(one) }
    }
    var device = try DeviceLibrary.load(deviceName, overrides: deviceChanges)
    if let stuckOff {
      device.stuck.offFraction = min(stuckOff, 1 - device.stuck.onFraction)
    }
    self.device = device
    var fitted = circuit
    fitted.unitConductance = unit.map { Siemens($0) } ?? device.window.maximum
    curve = try ActivationCurve(describedBy: function, domain: domain)
    converter = try RampConverter(
      curve, bits: bits, convention: convention, range: range, circuit: fitted,
      window: device.window, cellsAvailable: cells)
    try checkSize()
  }

  /// The most memory that the chips and their errors may take, in bytes.
  private static let memoryLimit = 1 << 30

  /// Rejects more chips than memory holds: 4 bytes for each cell, and 40 for each threshold, its errors
  /// and their order among the chips.
  private func checkSize() throws(InputError) {
    let cells = converter.ramps.reduce(0) { $0 + $1.cellCount + writing.startCells }
    let perChip = 4 * cells + 40 * converter.thresholds.count
    let most = Self.memoryLimit / perChip
    guard chips > most else { return }
    throw InputError(
      "--chips",
      "\(chips) chips of \(cells) cells and \(converter.thresholds.count) thresholds do not fit into "
        + "memory, at most \(most) are possible")
  }

  private static func writing(_ reader: SettingsReader) -> RampWriting {
    let calibration = reader.choice("calibrate", of: RampCalibration.self, default: .none)
    return RampWriting(
      calibration: calibration,
      calibrationStep: Siemens(
        reader.quantity("calibration-step", unit: "S", in: 0...1, default: "0 S")),
      calibrationReads: reader.integer("calibration-reads", in: 0...1_000_000, default: 16),
      startCells: reader.integer("start-cells", in: 0...1024, default: 5),
      spareCells: reader.integer("spare-cells", in: 0...1024, default: 0),
      replacementLimit: Siemens(
        reader.quantity("replacement-limit", unit: "S", in: 0...1, default: "20 uS")),
      time: Seconds(reader.quantity("time", unit: "s", in: 0...1e10, default: "0 s")),
      readNoise: reader.flag("read-noise", default: true),
      comparatorOffset: Volts(
        reader.quantity("comparator-offset", unit: "V", in: 0...10, default: "0 V")),
      comparatorNoise: reader.quantity("comparator-noise", unit: "", in: 0...1, default: "0"))
  }

  private static func circuit(_ reader: SettingsReader) -> RampCircuit {
    func positive(_ key: String, _ unit: String, _ fallback: String) -> Double {
      reader.quantity(key, unit: unit, in: 1e-21...1e3, default: fallback)
    }
    return RampCircuit(
      readVoltage: Volts(positive("read-voltage", "V", "0.2 V")),
      clampVoltage: Volts(
        reader.quantity("clamp-voltage", unit: "V", in: 0...10, default: "0.5 V")),
      inputPeriod: Seconds(positive("input-period", "s", "1 ns")),
      rampPeriod: Seconds(positive("ramp-period", "s", "1 ns")),
      columnCapacitance: Farads(positive("column-capacitance", "F", "10 pF")),
      inputBits: reader.integer("input-bits", in: 1...16, default: 5))
  }

  /// "LOW..HIGH".
  private static func interval(_ key: String, _ reader: SettingsReader) -> ClosedRange<Double>? {
    guard let text = reader.optionalText(key) else { return nil }
    let ends = text.components(separatedBy: "..").map { Double($0) }
    guard ends.count == 2, let low = ends[0], let high = ends[1], low < high,
      (high - low).isFinite
    else {
      reader.fault(key, "'\(text)' is not two rising numbers such as -4..4")
      return nil
    }
    return low...high
  }
}
