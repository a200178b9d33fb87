import Networks

/// The free state at which every training sample settled last: the next epoch begins there ("persistent particles", Scellier
/// and Bengio, arXiv 1602.05179).
package struct SettledParticles: Sendable {
  /// Units of all layers but the inputs.
  private let sizes: [Int]
  /// Samples × units, layer after layer; 0 where a sample was not seen yet.
  package var values: [Float]

  /// All units at 0.
  package init(_ network: SettlingNetwork, samples: Int) {
    sizes = Array(network.sizes.dropFirst())
    values = Array(repeating: 0, count: samples * network.stateCount)
  }

  private var width: Int { sizes.reduce(0, +) }

  /// Puts the units of `states` where the training samples `samples` settled last.
  func load(_ samples: ArraySlice<Int>, into states: inout SettlingStates) {
    for (s, sample) in samples.enumerated() {
      var place = sample * width
      for (k, size) in sizes.enumerated() {
        states.layers[k + 1].replaceSubrange(
          s * size..<(s + 1) * size, with: values[place..<place + size])
        place += size
      }
    }
  }

  /// Keeps the units of `states` for the training samples `samples`.
  mutating func keep(_ samples: ArraySlice<Int>, _ states: SettlingStates) {
    for (s, sample) in samples.enumerated() {
      var place = sample * width
      for (k, size) in sizes.enumerated() {
        values.replaceSubrange(
          place..<place + size, with: states.layers[k + 1][s * size..<(s + 1) * size])
        place += size
      }
    }
  }
}
