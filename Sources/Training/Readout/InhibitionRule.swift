import Foundation
import InputOutput
import LinearAlgebra
import Networks
import StrictYAML

/// How the inhibitory weights between sigmoid units with rates r ∈ 0 … 1 follow the rates, before a readout is fitted: each
/// unit approaches the rate ρ that is its target.
///
/// A is the size of an inhibitory weight from unit j to unit i that exists, at least 0:
///
///     additive      A_ij ← A_ij + δ·(r_i − ρ)          (arXiv 2504.12480, as restated by a re-implementation)
///     presynaptic   A_ij ← A_ij + δ·r_j·(r_i − ρ)      (Vogels et al., Science 334, 1569, 2011)
///     scaling       A_ij ← Ω_i·A_ij, once, with Ω_i such that ρ is what unit i gives where all units have the rate ρ and
///                   its input is the mean one; not where that takes a negative Ω_i
struct InhibitionRule: Sendable {
  /// The form of the rule.
  enum Law: String, Sendable, CaseIterable { case additive, presynaptic, scaling }

  let law: Law
  /// The target ρ of every unit.
  let target: Float
  /// δ of each epoch before the fit.
  let rates: [Float]

  /// How many epochs come before the fit.
  var epochs: Int { law == .scaling ? 1 : rates.count }

  /// Reads `inhibition`; `nil` where there is none.
  init?(reading rule: StrictNode) {
    guard rule.has("inhibition") else { return nil }
    let node = rule.mapping("inhibition")
    law = node.choice("law", of: Law.self, default: .additive)
    target = Float(node.number("target", in: 0.001...0.999, default: 0.5))
    rates =
      law == .scaling
      ? []
      : node.quantities("rates", unit: "", in: 0...1, default: [0.01, 0.001]).map(Float.init)
    if law != .scaling, rates.isEmpty { node.child("rates").fault("at least one is expected") }
  }

  /// The matrix, sources × units, after a sequence of currents.
  ///
  /// - Parameters:
  ///   - currents: steps × units: what the units get from outside.
  ///   - signs: the matrix as it was drawn: which links are inhibitory.
  ///   - unit: the law of the units.
  func adapted(
    _ weights: [Float], signs: [Float], unit: RateUnit, currents: [Float], epoch: Int
  ) -> [Float] {
    guard case .sigmoid(let decay, let gain, let threshold) = unit else { return weights }
    let count = Int(Double(weights.count).squareRoot().rounded())
    let steps = currents.count / count
    // The links onto each unit, one unit behind the other.
    let links = (0..<count).map { i in (0..<count).filter { signs[$0 * count + i] < 0 } }
    var weights = weights
    if law == .scaling {
      scale(&weights, links, count, decay, gain, threshold, currents)
      return weights
    }
    let delta = rates[epoch]
    var (rate, sum) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
    var potential = sum
    for step in 0..<steps {
      BLAS.gemv(
        weights, .transposed, m: count, n: count, leading: count, rate, into: &sum)
      let before = rate
      for i in 0..<count {
        potential[i] = decay * potential[i] + sum[i] + currents[step * count + i]
        rate[i] = gain * (potential[i] - threshold)
      }
      rate.withUnsafeMutableBufferPointer { Activation.sigmoid.apply($0) }
      for i in 0..<count {
        let change = delta * (rate[i] - target)
        for j in links[i] {
          let factor = law == .presynaptic ? before[j] : 1
          weights[j * count + i] = min(0, weights[j * count + i] - change * factor)
        }
      }
    }
    return weights
  }

  /// One factor per unit, from the potential at which the unit gives the target.
  private func scale(
    _ weights: inout [Float], _ links: [[Int]], _ count: Int, _ decay: Float, _ gain: Float,
    _ threshold: Float, _ currents: [Float]
  ) {
    let wanted = (1 - decay) * (threshold + logf(target / (1 - target)) / gain)
    for i in 0..<count {
      let mean =
        stride(from: i, to: currents.count, by: count).reduce(Float(0)) { $0 + currents[$1] }
        / Float(currents.count / count)
      let inhibition = links[i].reduce(Float(0)) { $0 - weights[$1 * count + i] }
      let all = (0..<count).reduce(Float(0)) { $0 + weights[$1 * count + i] }
      let factor = (target * (all + inhibition) + mean - wanted) / (target * inhibition)
      guard factor.isFinite, factor >= 0 else { continue }
      for j in links[i] { weights[j * count + i] *= factor }
    }
  }
}
