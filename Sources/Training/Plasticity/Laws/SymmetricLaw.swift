import StrictYAML

/// Symmetric plasticity: pairs in either order raise a weight, A·e^(−|Δ|/τ); what lowers weights is the scaling of their
/// sums (Hao, Huang, Dong and Xu, Neural Networks 121, 387, 2020, arXiv 1812.06574).
package struct SymmetricLaw: PlasticityLaw {
  package static let name = "symmetric"
  /// A and τ, twice.
  private let pairs: PairLaw

  /// A and τ in steps.
  package init(potentiation: Float, time: Double) {
    pairs = PairLaw(
      potentiation: potentiation, depression: -potentiation, times: (time, time))
  }

  package init(reading node: StrictNode) {
    let rate = Float(node.number("potentiation", in: -1e6...1e6, default: 0.01))
    let time = node.number("potentiation-time", in: 1e-3...1e9, default: 20)
    self.init(potentiation: rate, time: time)
  }

  package func add(_ activity: SiteActivity, to requests: inout UpdateRequests) {
    var activity = activity
    activity.depression = nil
    pairs.add(activity, to: &requests)
  }
}
