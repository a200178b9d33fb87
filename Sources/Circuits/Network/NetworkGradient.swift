import NumericalMethods

/// What a cost depends on: its derivative by node voltages, in its unit per volt.
package typealias CostSlopes = [Int: Double]

extension ResistiveNetwork {
  /// The derivative of a cost C by the conductance of every branch at the steady state, in its unit per siemens.
  ///
  /// The implicit adjoint: the Hessian of the co-content at the state, solved once with dC/dV on the right side; a branch's
  /// derivative is −∂I/∂G times its voltage in the adjoint network (Director and Rohrer, IEEE Trans. Circuit Theory 16, 318,
  /// 1969, doi:10.1109/TCT.1969.1082965). Ideal diodes stay as they are: conducting or not. The conductance is that of
  /// `coContent(_:_:)`; branches without one have 0.
  ///
  /// - Parameters:
  ///   - slopes: dC/dV by node.
  ///   - state: the steady state.
  /// - Throws: `NumericalFailure` where the Hessian is not positive definite.
  package func gradient(
    of slopes: CostSlopes, at state: NetworkState
  ) throws(NumericalFailure) -> [Double] {
    let solver = try NetworkSolver(fixing(state.conducting))
    try solver.linearize(at: state.voltages)
    let weights = try contentWeights
    var fed = [Double](repeating: 0, count: nodeCount)
    for (node, slope) in slopes {
      // A current counts 1/g² behind amplifiers; a cost counts as it is.
      let gain = solver.nodes.gains[node]
      fed[node] = slope * gain * gain
    }
    let adjoint = solver.response(toCurrents: fed).voltages
    return branches.indices.map { k in
      let branch = branches[k]
      let across = voltage(ofBranch: k, at: state)
      let own = coContent(branch.element, across).currentPerConductance
      return -own * (adjoint[branch.from] - adjoint[branch.to]) * weights[k]
    }
  }

  /// The contrast of equilibrium propagation between two nudged states: what each branch's co-content per siemens differs, over
  /// the difference of the strengths.
  ///
  /// It tends to the gradient of the cost as the strengths tend to 0 (Scellier and Bengio, Front. Comput. Neurosci. 11, 24,
  /// 2017; Kendall et al., arXiv 2006.01981): one-sided with strengths β and 0, centered with β and −β, whose error is of second
  /// order.
  ///
  /// - Parameters:
  ///   - state: at strength `strength`, of this network with nudges added behind its branches.
  ///   - other: at strength `otherStrength`.
  /// - Returns: one number per branch of this network.
  /// - Throws: `NumericalFailure` where the network has no co-content.
  package func contrast(
    _ state: NetworkState, _ strength: Double, _ other: NetworkState, _ otherStrength: Double
  ) throws(NumericalFailure) -> [Double] {
    precondition(strength != otherStrength, "two strengths")
    return zip(branches.indices, try contentWeights).map { k, weight in
      let element = branches[k].element
      let first = coContent(element, voltage(ofBranch: k, at: state)).perConductance
      let second = coContent(element, voltage(ofBranch: k, at: other)).perConductance
      return weight * (first - second) / (strength - otherStrength)
    }
  }
}
