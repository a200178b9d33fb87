import StrictYAML

/// One astrocyte for a layer of neurons: its state is a factor on depression and follows how much more the layer fires than
/// its inputs do,
///
///     a ← a + (weight·(Σ S_layer − Σ S_inputs) + 1 − a)/time
///
/// in every step, not below 0 (Ivanov and Michmizos, NeurIPS 2021, arXiv 2111.01760; their A is a times the rate of depression
/// A₀, and `weight` is their weight over A₀). An overactive layer so depresses its own links, a silent one recovers.
package struct Astrocyte: Sendable {
  let weight: Float
  /// In steps.
  let time: Float
  /// The state a.
  private(set) var state: Float = 1

  /// An astrocyte at rest; see the members.
  package init(weight: Float, time: Float) { (self.weight, self.time) = (weight, time) }

  init(reading node: StrictNode) {
    weight = Float(node.number("weight", in: -1e6...1e6, default: 0.1))
    time = Float(node.number("time", in: 1...1e9, default: 100))
  }

  /// The factors in the steps of one sample; the state stays at the last one.
  package mutating func follow(
    layer: UnsafePointer<Float>, units: Int, input: UnsafePointer<Float>, inputs: Int, steps: Int
  ) -> [Float] {
    (0..<steps).map { t in
      var difference: Float = 0
      for j in 0..<units { difference += layer[t * units + j] }
      for i in 0..<inputs { difference -= input[t * inputs + i] }
      state = max(0, state + (weight * difference + 1 - state) / time)
      return state
    }
  }

  mutating func visit(_ visitor: inout SavedState, _ name: String) {
    visitor.float("\(name).astrocyte", &state)
  }
}

/// The branching factor of a layer: the mean of n(t+1)/n(t) over the steps in which n(t) > 0 neurons fire (Beggs and Plenz,
/// Journal of Neuroscience 23, 11167, 2003). Activity that dies out is below 1, activity that grows above it.
package struct BranchingFactor: Sendable {
  private var sum = 0.0
  private var count = 0

  /// The mean; `nil` where no neuron fired.
  package var value: Double? { count > 0 ? sum / Double(count) : nil }

  /// No steps yet.
  package init() {}

  /// Begins anew.
  mutating func clear() { (sum, count) = (0, 0) }

  /// Adds one sample, steps × units.
  package mutating func add(_ spikes: UnsafePointer<Float>, units: Int, steps: Int) {
    var before: Float = 0
    for t in 0..<steps {
      var now: Float = 0
      for j in 0..<units { now += spikes[t * units + j] }
      if before > 0 {
        sum += Double(now / before)
        count += 1
      }
      before = now
    }
  }

  mutating func visit(_ visitor: inout SavedState, _ name: String) {
    visitor.number("\(name).branching", &sum)
    visitor.integer("\(name).branched", &count)
  }
}
