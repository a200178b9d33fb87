import Foundation
import StrictYAML

/// Pair-based plasticity with exponential windows: every pair of a spike before and a spike behind the matrix changes a
/// weight, all pairs add up.
///
/// With the spikes S of the inputs and Z of the outputs and traces
///
///     x ← x·e^(−1/τ₊) + S,  z ← z·e^(−1/τ₋) + Z
///
/// a spike behind the matrix asks for +A₊·x, with the inputs of its own step in x, and one before it for −A₋·z, with the
/// outputs of earlier steps in z: A₊·Σ e^(−Δ/τ₊) over pairs with Δ = t_post − t_pre ≥ 0, −A₋·Σ e^(Δ/τ₋) over those with
/// Δ < 0 (Song, Miller and Abbott, Nature Neuroscience 3, 919, 2000; Morrison, Diesmann and Gerstner, Biological
/// Cybernetics 98, 459, 2008). Times count steps, A are weights without unit.
package struct PairLaw: PlasticityLaw {
  package static let name = "pair"
  /// A₊ and A₋.
  var potentiation: Float
  var depression: Float
  /// τ₊ and τ₋ in steps.
  var times: (plus: Double, minus: Double)

  package init(potentiation: Float, depression: Float, times: (plus: Double, minus: Double)) {
    (self.potentiation, self.depression, self.times) = (potentiation, depression, times)
  }

  package init(reading node: StrictNode) {
    potentiation = Float(node.number("potentiation", in: -1e6...1e6, default: 0.01))
    depression = Float(node.number("depression", in: -1e6...1e6, default: 0.01))
    let plus = node.number("potentiation-time", in: 1e-3...1e9, default: 20)
    times = (plus, node.number("depression-time", in: 1e-3...1e9, default: plus))
  }

  package func add(_ activity: SiteActivity, to requests: inout UpdateRequests) {
    var before = SpikeTrace(activity.inputs, time: times.plus)
    var behind = SpikeTrace(activity.outputs, time: times.minus)
    for t in 0..<activity.steps {
      let (input, output) = (activity.inputs(t), activity.outputs(t))
      before.advance(input)
      if potentiation != 0 {
        before.values.withUnsafeBufferPointer {
          requests.add($0.baseAddress!, output, factor: potentiation)
        }
      }
      // The trace of the outputs has the steps before this one.
      behind.decay()
      if let input {
        behind.values.withUnsafeBufferPointer {
          requests.add(
            input, $0.baseAddress!, factor: -depression * (activity.depression?[t] ?? 1))
        }
      }
      behind.add(output)
    }
  }
}

/// Traces of spikes that fade exponentially, one per line.
struct SpikeTrace: Sendable {
  /// The traces.
  private(set) var values: [Float]
  private let factor: Float

  /// Traces at 0 that fade with the time constant `time` in steps.
  init(_ count: Int, time: Double) { self.init(count, factor: Float(exp(-1 / time))) }

  /// Traces at 0 of which `factor` is left after a step.
  init(_ count: Int, factor: Float) {
    values = Array(repeating: 0, count: count)
    self.factor = factor
  }

  /// One step passes.
  mutating func decay() { for i in values.indices { values[i] *= factor } }

  /// Adds numbers, one per line.
  mutating func add(_ numbers: UnsafePointer<Float>) {
    for i in values.indices { values[i] += numbers[i] }
  }

  /// One step passes, and its numbers are added.
  mutating func advance(_ numbers: UnsafePointer<Float>?) {
    decay()
    if let numbers { add(numbers) }
  }
}
