/// What charging costs.
extension NetworkTransient {
  /// Volts of the nodes right after all sources are switched on, where nodes were at `start` before, and joules that the
  /// sources deliver and capacitances take at that moment. The rest is lost in the sources' own circuits, which is where
  /// charge jumps.
  func switched(from start: [Double]) -> (voltages: [Double], delivered: Double, stored: Double) {
    let network = solver.network
    let x = unknowns(from: start)
    let voltages = (0..<network.nodeCount).map { solver.nodeVoltage($0, x) }
    var fed = [Double](repeating: 0, count: network.nodeCount)
    var stored = 0.0
    for node in fed.indices where solver.unknownNumber(of: node) >= 0 {
      let (before, after) = (start[node], voltages[node])
      fed[node] = capacitances[node] * (before - after)
      stored += 0.5 * capacitances[node] * (after - before) * (after + before)
    }
    // Coulombs in place of amperes.
    var passed = network.branches.map { _ in 0.0 }
    let amplifiers = solver.addIdealCurrents(&passed, fed: fed)
    let delivered = network.powers(
      at: NetworkState(
        voltages: voltages, currents: passed, conducting: [], amplifierCurrents: amplifiers,
        residual: 0, steps: 0, rounds: 0)
    ).delivered
    return (voltages, delivered, stored)
  }

  /// Watts that sources deliver, that elements take, and joules that capacitances hold where nodes have these voltages.
  ///
  /// Currents of ideal elements follow from Kirchhoff's law with the currents that charge the capacitances.
  func powers(_ volts: (Int) -> Double) -> (delivered: Double, dissipated: Double, stored: Double) {
    let network = solver.network
    let voltages = (0..<network.nodeCount).map(volts)
    var rates = [Double](repeating: 0, count: charges.count)
    solver.fillMismatch(at: solver.unknowns(voltages), &rates)
    var fed = [Double](repeating: 0, count: network.nodeCount)
    var stored = 0.0
    for node in fed.indices {
      let k = solver.unknownNumber(of: node)
      guard k >= 0 else { continue }
      fed[node] = capacitances[node] * solver.nodes.scales[node] * rates[k] / charges[k]
      stored += 0.5 * capacitances[node] * voltages[node] * voltages[node]
    }
    var currents = network.branches.map { branch in
      branch.element.isIdeal || branch.element.isOpen
        ? 0 : network.point(branch.element, voltages[branch.from] - voltages[branch.to]).current
    }
    let amplifiers = solver.addIdealCurrents(&currents, fed: fed)
    let powers = network.powers(
      at: NetworkState(
        voltages: voltages, currents: currents, conducting: [], amplifierCurrents: amplifiers,
        residual: 0, steps: 0, rounds: 0))
    return (powers.delivered, powers.dissipated, stored)
  }
}
