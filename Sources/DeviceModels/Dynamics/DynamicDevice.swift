import NumericalMethods

/// One component of a device's state.
public struct StateVariable: Sendable, Hashable {
  /// What it is: "doped width", "gap".
  public var name: String
  /// Its SI unit; empty for a plain number.
  public var unit: String
  /// Where it may lie. The state is held inside.
  public var range: ClosedRange<Double>

  /// A component with its unit and range.
  /// - Precondition: the range is not a point.
  public init(_ name: String, unit: String, range: ClosedRange<Double>) {
    precondition(range.lowerBound < range.upperBound, "a state has room to move")
    self.name = name
    self.unit = unit
    self.range = range
  }
}

/// The components of a state, one after the other.
public typealias StateValues = UnsafePointer<Double>
/// Room for the rates of the components.
public typealias StateRates = UnsafeMutablePointer<Double>

/// A two-terminal device whose state x obeys dx/dt = f(x, V, t) and whose current is I(x, V).
///
/// All quantities are in SI units. A positive voltage is applied to the first terminal; the current is
/// positive into it. I(x, 0) = 0, and at a fixed state I is continuous in V and does not fall with it,
/// so that a series element has one solution. Where the equations of a law have several currents at
/// one voltage, I is the one on the branch that is continuous from 0 V at this state.
public protocol DynamicDevice: Sendable {
  /// The components of the state.
  var states: [StateVariable] { get }
  /// The state a fresh device begins with, inside the ranges.
  var initialState: [Double] { get }
  /// Whether the current is proportional to the voltage at a fixed state.
  var isOhmic: Bool { get }
  /// The stepper that suits the law.
  var preferredMethod: ODEMethod { get }
  /// Whether the state is integrated as ln(x/(1 − x)); see `LogitDrift`.
  var integratesLogit: Bool { get }
  /// The voltages on the device at which its rates have a corner: where to end a step, so that none
  /// runs across.
  var cornerVoltages: [Double] { get }
  /// The current in amperes at the state `x` and `voltage` volts.
  func current(_ x: UnsafePointer<Double>, voltage: Double) -> Double
  /// Writes dx/dt, in the state's unit a second, at `voltage` volts on the device.
  func rates(_ x: StateValues, voltage: Double, time: Double, into dx: StateRates)
  /// The right-hand side of this device in a driven cell: a requirement and not only an extension,
  /// so that each law gets a copy of its own with everything inlined.
  func rates(in cell: DrivenCell) -> ODERates
  /// The voltage on the device and its current in a driven cell, at the state `x`.
  func operatingPoint(
    _ x: UnsafePointer<Double>, source: Double, in circuit: DriveCircuit
  ) throws(NumericalFailure) -> (voltage: Double, current: Double)
}

extension DynamicDevice {
  /// Explicit, for a smooth law.
  public var preferredMethod: ODEMethod { .fehlberg }

  /// The state itself is integrated.
  public var integratesLogit: Bool { false }

  /// None.
  public var cornerVoltages: [Double] { [] }

  /// The current at a state given as an array.
  public func current(state: [Double], voltage: Double) -> Double {
    current(state, voltage: voltage)
  }

  /// dx/dt at a state given as an array.
  public func rates(state: [Double], voltage: Double, time: Double = 0) -> [Double] {
    var dx = [Double](repeating: 0, count: state.count)
    rates(state, voltage: voltage, time: time, into: &dx)
    return dx
  }

  /// The right-hand side in the state itself.
  public func rates(in cell: DrivenCell) -> ODERates { stateRates(in: cell) }

  /// Outside the state's range the law is evaluated at the bound. A component that was at a bound
  /// when the step began may not leave through it; one that reaches it within the step runs on
  /// smoothly, so that the step need not be cut there, and is brought back when the step is done.
  @inline(__always)
  func stateRates(in cell: DrivenCell) -> ODERates {
    let count = states.count
    let memory = cell.memory
    return { time, y, f in
      let inside = memory.inside
      for i in 0..<count { inside[i] = min(max(y[i], memory.lower[i]), memory.upper[i]) }
      let source = memory.drive.pointee.segment.voltage(at: time)
      let voltage: Double
      if case .ideal = memory.drive.pointee.circuit {
        voltage = source
      } else {
        do {
          voltage = try operatingPoint(inside, source: source, in: memory.drive.pointee.circuit)
            .voltage
        } catch { return false }
      }
      rates(inside, voltage: voltage, time: time, into: f)
      var isFinite = true
      for i in 0..<count {
        let side = memory.pinned[i]
        if (side < 0 && y[i] <= memory.lower[i] && f[i] < 0)
          || (side > 0 && y[i] >= memory.upper[i] && f[i] > 0)
        {
          f[i] = 0
        }
        isFinite = isFinite && f[i].isFinite
      }
      return isFinite
    }
  }

  /// Solves device and series element together.
  public func operatingPoint(
    _ x: UnsafePointer<Double>, source: Double, in circuit: DriveCircuit
  ) throws(NumericalFailure) -> (voltage: Double, current: Double) {
    if isOhmic {
      let conductance = current(x, voltage: 1)
      let voltage = try circuit.deviceVoltage(source: source, conductance: conductance)
      return (voltage, conductance * voltage)
    }
    let voltage = try circuit.deviceVoltage(source: source) { current(x, voltage: $0) }
    return (voltage, current(x, voltage: voltage))
  }
}
