import LinearAlgebra
import NumericalMethods

/// One cell that was written anew.
public struct CellChange: Hashable, Sendable {
  /// Its word line.
  public var row: Int
  /// Its bit line.
  public var column: Int
  /// Its new conductance in siemens, finite and 0 or more.
  public var conductance: Double

  /// A change.
  public init(row: Int, column: Int, conductance: Double) {
    self.row = row
    self.column = column
    self.conductance = conductance
  }
}

extension WiredArray {
  /// Writes cells anew and updates the effective conductances `transfer` by one term a cell, exactly.
  ///
  /// A change Δg of a cell adds Δg/(1 + Δg·ζ)·a·bᵀ (Sherman and Morrison, Ann. Math. Stat. 21, 124,
  /// 1950, doi:10.1214/aoms/1177729893), where ζ is the resistance that the array shows the cell, and a
  /// and b are the transfers from the inputs to the cell's voltage and from its current to the outputs:
  /// one solve gives all three.
  ///
  /// - Parameter transfer: the effective conductances of this array as it is.
  /// - Throws: `NumericalFailure` where a solve does not converge.
  /// - Precondition: cells are in the array, new conductances finite and not negative.
  /// - Complexity: a solve and M·N operations a cell; to make the matrix anew pays from some 30 cells on.
  public mutating func write(
    _ changes: [CellChange], updating transfer: inout Matrix<Double>
  ) throws(NumericalFailure) {
    for change in changes {
      precondition(
        change.conductance >= 0 && change.conductance.isFinite, "a conductance of 0 or more")
      let (i, j) = (change.row, change.column)
      // The cell is taken out or in by its difference from a conductance that the solve can drive.
      let old = conductances[i, j]
      let driven = max(old, change.conductance)
      guard driven != change.conductance || driven != old else { continue }
      var cells = conductances
      cells[i, j] = driven
      let solver = WiredArraySolver(replacing(cells))
      let response = try solver.response(toForceAt: i, j)
      func share(_ g: Double) -> Double {
        (g - driven) / (1 + (g - driven) * response.resistance)
      }
      let step = share(change.conductance) - share(old)
      for m in 0..<rowCount {
        let factor = step * response.inputs[m]
        for n in 0..<columnCount { transfer[m, n] += factor * response.outputs[n] }
      }
      var written = conductances
      written[i, j] = change.conductance
      self = replacing(written)
    }
  }
}

extension WiredArraySolver {
  /// Transfers from the inputs to the voltage of cell (i, j), from its current to the outputs, and the
  /// resistance that the array with the cell shows at the cell's nodes.
  /// - Precondition: the cell's conductance is more than 0.
  func response(
    toForceAt i: Int, _ j: Int
  ) throws(NumericalFailure) -> (inputs: [Double], outputs: [Double], resistance: Double) {
    let g = array.conductances[i, j]
    precondition(g > 0, "a cell that conducts")
    // An electromotive force of 1 V in the cell injects g amperes into its word line.
    let shape = factors.shape
    let forces = LineFields(1, of: shape.count, zeroed: true)
    forces[0][shape.place(i, j)] = 1
    let iteration = LineIteration(factors, isParallel: true)
    try iteration.solve(forces: forces[0], tolerance: 1e-12, iterationLimit: 5_000)
    let across = iteration.u[shape.place(i, j)] - iteration.w[shape.place(i, j)]
    return (
      iteration.sourceCurrents.map { -$0 / g }, iteration.outputs.map { -$0 / g }, across / g
    )
  }
}
