import Networks
import Randomness
import StrictYAML

/// How the last matrix of a plastic network learns.
enum Supervision: Sendable {
  /// By its own law, with a teacher in place of the outputs: in every step the neuron of the true class fires with this
  /// probability, the others do not.
  case teacher(SynapseSettings, rate: Float)
  /// Against the gradient of the loss, by `optimizer`.
  case gradient

  /// Reads `supervision`; the last matrix is taught unless there is no time before it or errors are the third factor.
  ///
  /// - Parameter hasTime: whether what the last matrix reads has steps.
  init(reading rule: StrictNode, law: any PlasticityLaw, hasTime: Bool) {
    let node = rule.mapping("supervision", required: false)
    let mayTeach = hasTime && !law.readsErrors
    let kind = node.choice(
      "by", of: ["teacher", "gradient"], default: mayTeach ? "teacher" : "gradient")
    if kind == "teacher", !mayTeach {
      node.child("by").fault(
        law.readsErrors
          ? "errors are the third factor of the law, and only 'gradient' makes them"
          : "a teacher fires step by step, and the last matrix reads no steps")
    }
    guard kind == "teacher", mayTeach else {
      self = .gradient
      return
    }
    let rate = Float(node.number("rate", in: 0...1, default: 0.2))
    // Without a law of its own the last matrix follows the one of the others.
    self = .teacher(
      SynapseSettings(reading: node.has("law") ? node : rule, limitsOf: node), rate: rate)
  }

  /// The spikes of the teacher during one sample, steps × classes.
  static func spikes(
    class label: Int, of classes: Int, steps: Int, rate: Float, _ key: StreamKey
  ) -> [Float] {
    let draws = Noise.uniform(steps, key)
    var result = [Float](repeating: 0, count: steps * classes)
    for t in 0..<steps where draws[t] < rate { result[t * classes + label] = 1 }
    return result
  }
}
