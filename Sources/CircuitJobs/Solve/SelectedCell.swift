import Circuits
import DeviceModels
import InputOutput
import LinearAlgebra
import NumericalMethods
import PhysicalUnits
import Reporting

/// One selected cell of an array that is written or read, and what the other cells see meanwhile.
struct SelectedCell: Sendable {
  /// Its word line.
  let row: Int
  /// Its bit line.
  let column: Int
  /// Its voltage, in volts.
  let selected: Double
  /// The voltage of largest magnitude on a cell that shares a line with it, in volts; 0 without any.
  let halfSelected: Double
  /// The same of all other cells.
  let unselected: Double

  /// The cell (row, column) of an array whose cells have `voltages`.
  init(row: Int, column: Int, voltages: Matrix<Double>) {
    (self.row, self.column) = (row, column)
    selected = voltages[row, column]
    var (half, none) = (0.0, 0.0)
    for i in 0..<voltages.rowCount {
      for j in 0..<voltages.columnCount where i != row || j != column {
        let v = voltages[i, j]
        if i == row || j == column {
          if abs(v) > abs(half) { half = v }
        } else if abs(v) > abs(none) {
          none = v
        }
      }
    }
    (halfSelected, unselected) = (half, none)
  }

  /// The voltages as figures: quantity, value, unit.
  var figures: [(name: String, value: Double, unit: String)] {
    let disturbing = max(abs(halfSelected), abs(unselected))
    return [
      ("voltage on the selected cell", selected, "V"),
      ("largest voltage on a half-selected cell", halfSelected, "V"),
      ("largest voltage on an unselected cell", unselected, "V"),
      (
        "voltage margin, selected over largest other",
        disturbing > 0 ? abs(selected) / disturbing : .infinity, ""
      ),
    ]
  }

  /// (I_on − I_off)/I_on of the selected bit line, with the cell at the highest and at the lowest
  /// conductance of the array and all others as they are.
  /// - Throws: `NumericalFailure` where a solve does not reach the tolerance.
  func readMargin(
    of circuit: ArrayCircuit, _ terminals: TerminalVoltages, tolerance: Double
  ) throws(NumericalFailure) -> Double {
    let known = circuit.conductances.elements.filter { $0 > 0 && $0.isFinite }
    guard let low = known.min(), let high = known.max() else { return .nan }
    func current(_ g: Double) throws(NumericalFailure) -> Double {
      var conductances = circuit.conductances
      conductances[row, column] = g
      guard
        let changed = try? ArrayCircuit(
          conductances: conductances, wordLineResistances: circuit.wordLineResistances,
          bitLineResistances: circuit.bitLineResistances, law: circuit.law,
          arrangement: circuit.arrangement, wordFarEnd: circuit.wordFarEnd,
          bitFarEnd: circuit.bitFarEnd)
      else { preconditionFailure("an array with one cell at another of its conductances") }
      return try changed.solve(terminals, tolerance: tolerance).bitTerminalCurrents[column]
    }
    let (on, off) = (try current(high), try current(low))
    return on == 0 ? .nan : (on - off) / on
  }
}

/// Disturbs of half-selected cells: what many writes of other cells do to the state of a device.
struct HalfSelects: Sendable {
  /// The law of the device's state.
  let section: DynamicsSection
  /// How many writes of other cells a cell sees.
  let count: Int
  /// How long one write lasts, in seconds.
  let width: Double
  /// The voltage that conductances are read at, in volts.
  let readVoltage: Double
  /// The state before the first write; `nil` for that of a fresh device.
  let start: [Double]?

  /// The settings `half-selects`, `write-width`, `start-state` and `read-voltage`; `nil` where none are
  /// asked for.
  init?(_ reader: SettingsReader, _ device: DeviceFile?) {
    count = reader.integer("half-selects", in: 0...1_000_000_000, default: 0)
    guard count > 0 else { return nil }
    width = reader.quantity("write-width", unit: "s", in: 1e-15...1e6, default: "100 ns")
    readVoltage = reader.quantity("read-voltage", unit: "V", in: 1e-6...10, default: "0.1 V")
    guard let section = device?.dynamics else {
      reader.fault(
        "half-selects", "needs a device whose file has a section 'dynamics', such as hfox-stanford")
      return nil
    }
    self.section = section
    start = Self.start(reader, section.device().states)
  }

  /// `start-state`: one number with its unit per component of the state, within their ranges.
  private static func start(_ reader: SettingsReader, _ states: [StateVariable]) -> [Double]? {
    guard let text = reader.optionalText("start-state") else { return nil }
    let parts = text.split(separator: ",").map { UnitValue(parsing: $0) }
    let values = zip(parts, states).compactMap { part, state -> Double? in
      guard let part, part.unit == UnitValue.canonicalUnit(state.unit) ?? state.unit,
        state.range.contains(part.value)
      else { return nil }
      return part.value
    }
    guard parts.count == states.count, values.count == states.count else {
      let allowed = states.map {
        let unit = $0.unit.isEmpty ? "" : " \($0.unit)"
        return
          "\($0.name) of \(significant($0.range.lowerBound))…\(significant($0.range.upperBound))\(unit)"
      }
      reader.fault("start-state", "'\(text)' is not a \(allowed.joined(separator: ", "))")
      return nil
    }
    return values
  }

  /// The conductance of a fresh device or at the start state, after one write, and after `count` half-selects and disturbs, as
  /// figures.
  ///
  /// Pulses one after the other are one pulse of their common length: the laws' states stay where they
  /// are at 0 V.
  /// - Throws: `NumericalFailure` where the law cannot be integrated.
  func figures(
    _ cell: SelectedCell
  ) throws(NumericalFailure) -> [(name: String, value: Double, unit: String)] {
    let device = section.device()
    let begin = start ?? device.initialState
    func conductance(_ state: [Double]) -> Double {
      device.current(state: state, voltage: readVoltage) / readVoltage
    }
    func after(_ voltage: Double, _ duration: Double) throws(NumericalFailure) -> Double {
      guard voltage != 0 else { return conductance(begin) }
      let waveform = Waveform.pulses(height: voltage, width: duration, period: duration, count: 1)
      let trace = try DeviceSimulation(device).trace(waveform, at: [duration], from: begin)
      return conductance(trace.finalState)
    }
    let long = Double(count) * width
    return [
      (
        start == nil ? "conductance of a fresh device" : "conductance at the start state",
        conductance(begin), "S"
      ),
      ("selected, after one write", try after(cell.selected, width), "S"),
      ("half-selected, after \(count) writes", try after(cell.halfSelected, long), "S"),
      ("unselected, after \(count) writes", try after(cell.unselected, long), "S"),
    ]
  }
}
