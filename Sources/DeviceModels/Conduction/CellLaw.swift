internal import CDeviceKernels

/// The current of a whole cell: a memristor in series with an access element.
///
/// The current is implicit: the voltage divides so that both carry the same current. Both currents rise
/// with their voltages (the selector's too: it has no hysteresis), so that there is exactly one solution
/// and one branch, which is continuous from 0 V.
public struct CellLaw: Hashable, Sendable {
  /// The memristor's law.
  public var memristor: ConductionLaw
  /// The element in series.
  public var access: AccessElement

  /// A cell.
  public init(_ memristor: ConductionLaw, access: AccessElement = .none) {
    self.memristor = memristor
    self.access = access
  }

  /// The same cell with the gate of its transistor at another overdrive in volts; the cell itself where that is `nil` or
  /// it has no transistor.
  public func with(overdrive: Double?) -> CellLaw {
    guard let overdrive, case .transistor(var transistor) = access else { return self }
    transistor.overdrive = overdrive
    return CellLaw(memristor, access: .transistor(transistor))
  }

  /// A memristor that obeys Ohm's law, alone.
  public static let ohmic = CellLaw(.ohmic)

  /// Whether a cell's current is proportional to its voltage.
  public var isLinear: Bool {
    guard memristor.isLinear else { return false }
    switch access {
    case .none, .resistor: return true
    case .transistor, .selector: return false
    }
  }

  /// What a cell does at one voltage.
  public struct Point: Hashable, Sendable {
    /// Amperes through it.
    public var current: Double
    /// dI/dV in siemens.
    public var slope: Double
    /// dI/dG in volts: what more conductance of the memristor adds at a fixed voltage of the cell.
    public var perConductance: Double
  }

  /// A cell of memristor conductance `conductance` in siemens, 0 or more, under `voltage` in volts.
  public func point(conductance g: Double, voltage: Double) -> Point {
    guard g > 0 else {
      // An open memristor takes the whole voltage.
      return Point(current: 0, slope: 0, perConductance: memristor.shape(voltage).value)
    }
    if case .none = access {
      let (f, slope) = memristor.shape(voltage)
      return Point(current: g * f, slope: g * slope, perConductance: f)
    }
    let across = memristorVoltage(g, voltage)
    let (f, own) = memristor.shape(across)
    let series = access.characteristic(voltage - across).slope
    let share = series / (series + g * own)
    return Point(current: g * f, slope: g * own * share, perConductance: f * share)
  }

  /// The part of `voltage` that falls on the memristor: the root of g·f(x) = h(V − x), by Newton steps
  /// that stay inside a bracket.
  package func memristorVoltage(_ g: Double, _ voltage: Double) -> Double {
    let total = abs(voltage)
    var (low, high) = (0.0, total)
    // Small signals share the voltage like resistors.
    let first = access.characteristic(0).slope
    var x = total * first / (first + g)
    for _ in 0..<200 {
      let (f, own) = memristor.shape(x)
      let (current, series) = access.characteristic(total - x)
      let excess = g * f - current
      if excess > 0 { high = x } else { low = x }
      let next = x - excess / (g * own + series)
      // What is left is rounding. It would also carry the step out of the bracket.
      if abs(next - x) <= 4e-16 * x { break }
      x = next > low && next < high ? next : 0.5 * (low + high)
    }
    return voltage < 0 ? -x : x
  }

  /// Currents and slopes of `count` cells.
  ///
  /// - Parameter overdrives: of each cell's transistor, in volts; `nil` is the law's own.
  package func evaluate(
    conductances: UnsafePointer<Double>, voltages: UnsafePointer<Double>,
    currents: UnsafeMutablePointer<Double>, slopes: UnsafeMutablePointer<Double>, count: Int,
    overdrives: UnsafePointer<Double>? = nil
  ) {
    if case (.sinh(let a), .none) = (memristor, access) {
      ow_cells_sinh(conductances, voltages, a, currents, slopes, count)
      return
    }
    for k in 0..<count {
      let law = overdrives == nil ? self : with(overdrive: overdrives![k])
      let point = law.point(conductance: conductances[k], voltage: voltages[k])
      currents[k] = point.current
      slopes[k] = point.slope
    }
  }
}
