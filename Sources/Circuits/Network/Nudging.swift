import NumericalMethods

/// An output of a network and what it should be: the voltage of a node, or of one minus that of another.
package struct NetworkTarget: Hashable, Sendable {
  /// The node.
  package var node: Int
  /// What is subtracted; `nil` is ground.
  package var reference: Int?
  /// Volts.
  package var volts: Double

  package init(node: Int, reference: Int? = nil, volts: Double) {
    (self.node, self.reference, self.volts) = (node, reference, volts)
  }
}

/// The cost of a network's outputs, ½·Σ (y − t)² in V², and the elements that nudge it.
package struct NetworkCost: Sendable {
  package var targets: [NetworkTarget]

  package init(_ targets: [NetworkTarget]) { self.targets = targets }

  /// The outputs in volts.
  package func outputs(_ voltages: [Double]) -> [Double] {
    targets.map { voltages[$0.node] - ($0.reference.map { voltages[$0] } ?? 0) }
  }

  /// ½·Σ (y − t)².
  package func value(_ voltages: [Double]) -> Double {
    zip(outputs(voltages), targets).reduce(0) {
      $0 + 0.5 * ($1.0 - $1.1.volts) * ($1.0 - $1.1.volts)
    }
  }

  /// dC/dV of the outputs' nodes.
  package func slopes(_ voltages: [Double]) -> CostSlopes {
    var slopes: CostSlopes = [:]
    for (y, target) in zip(outputs(voltages), targets) {
      slopes[target.node, default: 0] += y - target.volts
      if let reference = target.reference { slopes[reference, default: 0] -= y - target.volts }
    }
    return slopes
  }
}

extension ResistiveNetwork {
  /// The network with its outputs nudged toward their targets: β times the cost is added to the co-content, which is a
  /// conductance of β siemens from every output to a source of its target. β may be negative.
  ///
  /// The nudging elements stand behind all branches, a node of ground behind all nodes. Outputs must be in the first stage or
  /// behind amplifiers of one gain g; there the conductance is β·g², so that the gradients are those of the cost.
  ///
  /// - Parameter strength: β in siemens.
  /// - Throws: `NumericalFailure` where β is negative and at least as large as `nudgeLimit`, naming it.
  package func nudged(
    _ cost: NetworkCost, strength: Double
  ) throws(NumericalFailure) -> ResistiveNetwork {
    let gains = try NodeGroups(self).gains
    if strength < 0 {
      let limit = nudgeLimit(cost)
      guard -strength < limit else {
        throw NumericalFailure(
          "a nudge of \(strength) S leaves an output without a positive conductance: less than \(limit) S is allowed"
        )
      }
    }
    var all = branches
    for target in cost.targets {
      let gain = gains[target.node]
      all.append(
        Branch(
          from: target.node, to: target.reference ?? nodeCount,
          element: .conductor(strength * gain * gain, volts: target.volts)))
    }
    var rails = held
    rails[nodeCount] = 0
    return ResistiveNetwork(
      nodeCount: nodeCount + 1, branches: all, held: rails, laws: laws, amplifiers: amplifiers)
  }

  /// The largest β in siemens by which a negative phase may nudge: the least total conductance at an output, at small voltages;
  /// of a pair of nodes that of both in series.
  ///
  /// With this much an output's own conductance vanishes whatever the other nodes do. It is necessary; sufficient is that the
  /// whole network stays stable, see `stableNudgeLimit`.
  package func nudgeLimit(_ cost: NetworkCost) -> Double {
    guard let nodes = try? NodeGroups(self) else { return 0 }
    let groups = nodes.roots
    var sums: [Int: Double] = [:]
    for branch in branches where branch.element.isBond {
      if case .idealDiode = branch.element { continue }
      let (a, b) = (groups[branch.from], groups[branch.to])
      guard a != b else { continue }
      let slope = point(branch.element, 0).slope
      sums[a, default: 0] += slope
      sums[b, default: 0] += slope
    }
    return cost.targets.reduce(Double.infinity) { least, target in
      // Behind amplifiers of gain g the nudging conductance is β·g².
      let square = nodes.gains[target.node] * nodes.gains[target.node]
      let own = (sums[groups[target.node]] ?? 0) / square
      guard let reference = target.reference else { return min(least, own) }
      let other = (sums[groups[reference]] ?? 0) / square
      return min(least, own > 0 && other > 0 ? own * other / (own + other) : 0)
    }
  }

  /// The steady state of a phase: nudged with β siemens, from the free state.
  /// - Throws: `NumericalFailure` as `nudged` and `steadyState`, and where β is negative and leaves the network unstable, naming the
  ///   largest that is allowed at the free state.
  package func nudgedState(
    _ cost: NetworkCost, strength: Double, from free: NetworkState, tolerance: Double = 1e-10
  ) throws(NumericalFailure) -> NetworkState {
    if strength < 0 {
      let limit = min(nudgeLimit(cost), try stableNudgeLimit(cost, at: free))
      guard -strength < limit else {
        throw NumericalFailure(
          "a nudge of \(strength) S leaves the network without a stable state: less than \(limit) S is allowed"
        )
      }
    }
    return try nudged(cost, strength: strength).steadyState(tolerance: tolerance, from: free)
  }

  /// The largest β in siemens by which a negative phase may nudge without leaving the network unstable: the reciprocal of the
  /// largest eigenvalue of the outputs' resistance matrix.
  ///
  /// Every element counts with its slope at `state`, but ideal diodes as open: then the network is stable whichever of them
  /// conduct, and has one steady state.
  /// - Throws: `NumericalFailure` where the state itself is not stable.
  package func stableNudgeLimit(
    _ cost: NetworkCost, at state: NetworkState
  ) throws(NumericalFailure) -> Double {
    let solver = try NetworkSolver(fixing(branches.map { _ in false }))
    try solver.linearize(at: state.voltages)
    let targets = cost.targets
    let rows = targets.map { target -> [Double] in
      var fed = [Double](repeating: 0, count: nodeCount)
      fed[target.node] += solver.nodes.gains[target.node] * solver.nodes.gains[target.node]
      if let reference = target.reference {
        fed[reference] -= solver.nodes.gains[reference] * solver.nodes.gains[reference]
      }
      return cost.outputs(solver.response(toCurrents: fed).voltages)
    }
    // The power method on a symmetric matrix without negative eigenvalues.
    var vector = targets.indices.map { 1 + 0.1 * Double($0) / Double(targets.count) }
    var value = 0.0
    for _ in 0..<10_000 {
      let next = rows.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
      let size = next.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard size > 0 else { return .infinity }
      let change = abs(size / length - value)
      value = size / length
      vector = next.map { $0 / size }
      if change <= 1e-13 * value { break }
    }
    return 1 / value
  }
}
