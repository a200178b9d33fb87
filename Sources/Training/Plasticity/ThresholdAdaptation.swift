import StrictYAML

/// Thresholds that rise with every spike of their unit and fade slowly, so that all units of a layer take part:
///
///     b ← b + step/|1 + b/softening| for every spike,  b ← decay·b for every sample
///
/// With a threshold θ that begins at θ₀ and rises by s·m/|θ − m| (arXiv 1812.06574: θ₀ = 20, m = 10, s = 0.07, in mV) b is
/// θ − θ₀, with step = s·m/(θ₀ − m) and softening = θ₀ − m. Without `softening` every spike adds `step`.
package struct ThresholdAdaptation: Sendable {
  let step: Float
  let softening: Float
  let decay: Float

  /// An adaptation; see the members.
  package init(step: Float, softening: Float = .infinity, decay: Float = 1) {
    (self.step, self.softening, self.decay) = (step, softening, decay)
  }

  init(reading node: StrictNode) {
    step = Float(node.number("step", in: 0...1e6, default: 0.05))
    softening =
      node.has("softening") ? Float(node.number("softening", in: 1e-6...1e9)) : .infinity
    decay = Float(node.number("decay", in: 0...1, default: 1))
  }

  /// Moves thresholds by the spikes of some samples, samples × steps × units.
  package func adapt(
    _ thresholds: inout [Float], _ spikes: UnsafePointer<Float>, samples: Int, steps: Int
  ) {
    let units = thresholds.count
    for s in 0..<samples {
      for t in 0..<steps {
        let row = spikes + (s * steps + t) * units
        for j in 0..<units where row[j] > 0 {
          thresholds[j] += step / max(1e-6, abs(1 + thresholds[j] / softening))
        }
      }
      for j in 0..<units { thresholds[j] *= decay }
    }
  }
}
