import NumericalMethods

/// The steady state of a network.
package struct NetworkState: Sendable {
  /// Volts of each node.
  package let voltages: [Double]
  /// Amperes of each branch, from `from` to `to`.
  package let currents: [Double]
  /// Which branches are ideal diodes that conduct.
  package let conducting: [Bool]
  /// Amperes that each amplifier delivers at its output; it draws 1/gain of them from its input.
  package let amplifierCurrents: [Double]
  /// The largest mismatch of Kirchhoff's current law over the largest current.
  package let residual: Double
  /// Newton steps, all together.
  package let steps: Int
  /// How often the set of conducting ideal diodes was changed.
  package let rounds: Int
}

extension ResistiveNetwork {
  /// The network with the ideal diodes that conduct replaced by voltage sources, and the others left open.
  func fixing(_ conducting: [Bool]) -> ResistiveNetwork {
    var fixed = branches
    for k in fixed.indices {
      guard case .idealDiode(let threshold) = fixed[k].element else { continue }
      fixed[k].element = conducting[k] ? .source(threshold) : .resistor(.infinity)
    }
    return with(branches: fixed)
  }

  /// The steady state: the minimum of the co-content, where Kirchhoff's current law holds at every node.
  ///
  /// Without ideal diodes by Newton's method with a line search. Ideal diodes turn it into a complementarity problem, which
  /// principal pivoting solves exactly: with each set of conducting diodes the network is solved, then those that would
  /// conduct backwards are opened and those above their threshold closed in rounds (`BlockPivoting`).
  ///
  /// - Parameters:
  ///   - tolerance: the largest mismatch of Kirchhoff's current law over the largest current.
  ///   - start: a state to begin with, such as that of another phase of the same network.
  /// - Throws: `NumericalFailure` where the tolerance is not met, ideal elements contradict each other, or negative conductances
  ///   leave no stable state.
  package func steadyState(
    tolerance: Double = 1e-10, from start: NetworkState? = nil
  ) throws(NumericalFailure) -> NetworkState {
    let ideal = branches.indices.filter { branches[$0].isIdealDiode }
    var conducting = [Bool](repeating: false, count: branches.count)
    if let start {
      for k in ideal where k < start.conducting.count { conducting[k] = start.conducting[k] }
    }
    // Nodes and branches that nudging adds stand behind the others.
    var voltages = start.map { start in
      (0..<nodeCount).map { start.voltages.indices.contains($0) ? start.voltages[$0] : 0 }
    }
    var steps = 0
    var pivoting = BlockPivoting(
      count: ideal.count, remedy: ": give the diodes of a loop a resistance in series")
    while true {
      let solver = try NetworkSolver(fixing(conducting))
      let found = try solver.solve(tolerance: tolerance, from: voltages)
      voltages = found.voltages
      steps += found.steps
      let largest = found.currents.reduce(0) { max($0, abs($1)) }
      let wrong = ideal.filter {
        isWrong($0, conducting[$0], found, smallest: 10 * tolerance * largest)
      }
      if wrong.isEmpty {
        return NetworkState(
          voltages: found.voltages, currents: found.currents, conducting: conducting,
          amplifierCurrents: found.amplifierCurrents, residual: found.residual, steps: steps,
          rounds: pivoting.rounds)
      }
      var diodes = ConductingDiodes(self, conducting)
      let changed = try pivoting.changes(wrong)
      for k in changed where conducting[k] { diodes.open(k) }
      // The one that is the furthest above its threshold last, as it may take the place of others.
      let above = changed.filter { !conducting[$0] }.map { ($0, excess($0, found.voltages)) }
      for (k, _) in above.sorted(by: { ($0.1, $0.0) < ($1.1, $1.0) }) {
        diodes.close(k, currents: found.currents)
      }
      conducting = diodes.conducting
    }
  }

  /// Whether a diode conducts backwards, or blocks above its threshold.
  private func isWrong(
    _ k: Int, _ conducts: Bool, _ found: NetworkSolver.Solution, smallest: Double
  ) -> Bool {
    if conducts { return found.currents[k] < -smallest }
    let (from, to) = (found.voltages[branches[k].from], found.voltages[branches[k].to])
    return excess(k, found.voltages) > 1e-12 * max(abs(from), abs(to))
  }

  /// By how many volts an ideal diode is above its threshold.
  private func excess(_ k: Int, _ voltages: [Double]) -> Double {
    guard case .idealDiode(let threshold) = branches[k].element else { return 0 }
    return voltages[branches[k].from] - voltages[branches[k].to] - threshold
  }
}
