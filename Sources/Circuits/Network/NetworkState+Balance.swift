import NumericalMethods

extension ResistiveNetwork {
  /// Watts that a branch takes: negative where a source delivers them.
  package func power(ofBranch k: Int, at state: NetworkState) -> Double {
    state.currents[k] * voltage(ofBranch: k, at: state)
  }

  /// Volts across a branch.
  package func voltage(ofBranch k: Int, at state: NetworkState) -> Double {
    state.voltages[branches[k].from] - state.voltages[branches[k].to]
  }

  /// Amperes that flow from each held node into the network.
  package func heldCurrents(at state: NetworkState) -> [Int: Double] {
    var leaving = [Double](repeating: 0, count: nodeCount)
    for (branch, current) in zip(branches, state.currents) {
      leaving[branch.from] += current
      leaving[branch.to] -= current
    }
    for (amplifier, current) in zip(amplifiers, state.amplifierCurrents) {
      leaving[amplifier.input] += current / amplifier.gain
      leaving[amplifier.output] -= current
    }
    return Dictionary(uniqueKeysWithValues: held.keys.map { ($0, leaving[$0]) })
  }

  /// Watts that held nodes, voltage and current sources and amplifiers deliver, and watts that all other elements take.
  /// By Tellegen's theorem both are equal at a state that obeys Kirchhoff's current law.
  package func powers(at state: NetworkState) -> (delivered: Double, dissipated: Double) {
    var (delivered, dissipated) = (0.0, 0.0)
    // In the order of the nodes: a dictionary has another one in every process, and sums other bits.
    for (node, current) in heldCurrents(at: state).sorted(by: { $0.key < $1.key }) {
      delivered += held[node]! * current
    }
    for (amplifier, current) in zip(amplifiers, state.amplifierCurrents) {
      delivered +=
        current
        * (state.voltages[amplifier.output] - state.voltages[amplifier.input] / amplifier.gain)
    }
    for (k, branch) in branches.enumerated() {
      let power = power(ofBranch: k, at: state)
      switch branch.element {
      case .source, .current: delivered -= power
      case .conductor(let conductance, let volts):
        // The conductance takes what falls on it, the source delivers the rest.
        let across = voltage(ofBranch: k, at: state) - volts
        dissipated += conductance * across * across
        delivered -= volts * state.currents[k]
      default: dissipated += power
      }
    }
    return (delivered, dissipated)
  }

  /// The co-content of the network in watts, which is stationary at the steady state: Σ ∫I·dv over the elements, each divided by
  /// the square of the gain of the amplifiers before it.
  ///
  /// Where voltage sources stand between nodes that nothing holds they contribute nothing; an ideal diode neither.
  /// - Throws: `NumericalFailure` where the network has no co-content.
  package func coContent(voltages: [Double]) throws(NumericalFailure) -> Double {
    let weights = try contentWeights
    return branches.indices.reduce(0) { sum, k in
      let branch = branches[k]
      guard !branch.element.isOpen else { return sum }
      let across = voltages[branch.from] - voltages[branch.to]
      return sum + weights[k] * coContent(branch.element, across).value
    }
  }

  /// What each branch's co-content counts: 1/g² behind amplifiers of gain g.
  var contentWeights: [Double] {
    get throws(NumericalFailure) {
      let gains = try NodeGroups(self).gains
      // Held nodes belong to no stage.
      return branches.map { branch in
        let gain = held[branch.from] == nil ? gains[branch.from] : gains[branch.to]
        return 1 / (gain * gain)
      }
    }
  }
}
