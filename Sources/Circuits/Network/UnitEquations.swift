import LinearAlgebra
import NumericalMethods

/// The linear equations of Newton's method for the units of a layered system that no ideal diode holds.
///
/// Units without diodes and cells of a law of their own have the same equations in every step: they are eliminated once.
struct UnitEquations {
  /// The units that nothing holds; those whose equations are linear first.
  let free: [Int]
  private let system: LayeredSystem
  private let factors: DenseCholesky

  /// - Parameter strength: β in siemens.
  /// - Throws: `NumericalFailure` where linear units have no stable state.
  init(
    _ system: LayeredSystem, _ state: UnitState, strength: Double
  ) throws(NumericalFailure) {
    self.system = system
    let free = system.order.filter { state.sides[$0] == .free }
    let isLinear = { (unit: Int) in system.isLinear[unit] }
    let (n, m, linear) = (system.count, free.count, free.count(where: isLinear))
    let outputs = system.units[system.units.count - 1]
    let part = [Double](unsafeUninitializedCapacity: m * m) { part, filled in
      for (a, i) in free.enumerated() {
        for (c, j) in free.enumerated() { part[a * m + c] = system.siemens[i * n + j] }
        if outputs.contains(i) { part[a * m + a] += strength }
      }
      filled = m * m
    }
    guard let factors = DenseCholesky(part, order: m, columns: linear) else { throw Self.unstable }
    (self.free, self.factors) = (free, factors)
  }

  /// x with (∂I/∂V)_FF·x_F = b_F for the free units F, 0 at the others.
  ///
  /// - Parameters:
  ///   - b: a number a unit.
  ///   - currents: whose slopes count.
  /// - Throws: `NumericalFailure` where the slopes are not positive definite.
  func solution(
    _ b: [Double], _ currents: LayeredSystem.Currents
  ) throws(NumericalFailure) -> [Double] {
    let (n, m, free) = (system.count, free.count, free)
    var whole = factors
    if whole.eliminated < m {
      let completed = whole.completed { matrix in
        for a in whole.eliminated..<m {
          matrix[a * m + a] += currents.slopes[free[a]]
          guard !currents.cellSlopes.isEmpty else { continue }
          for c in whole.eliminated...a {
            matrix[a * m + c] += currents.cellSlopes[free[a] * n + free[c]]
          }
        }
      }
      guard let completed else { throw Self.unstable }
      whole = completed
    }
    var x = [Double](repeating: 0, count: n)
    for (j, value) in zip(free, whole.solve(free.map { b[$0] })) { x[j] = value }
    return x
  }

  private static var unstable: NumericalFailure {
    NumericalFailure(
      "the network has no stable state with this nudging: the outputs' conductances must exceed it")
  }
}
