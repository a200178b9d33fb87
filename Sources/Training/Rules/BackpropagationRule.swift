import Networks

/// Digital backpropagation: the baseline of every other rule.
public struct BackpropagationRule: NetworkRule {
  public static let name = "backpropagation"
  public static let readsSequences = true
  public static let readsNumbers = true

  var network: Backpropagation
  let rate: Float

  /// Reads `network`, `loss` and `optimizer`.
  public init(_ setup: TrainingSetup) throws {
    let (optimizer, rate) = setup.optimizer()
    self.rate = rate
    let start = TrainingNetwork(setup)
    network = try setup.trained(start, optimizer: optimizer, title: "trained by backpropagation") {
      DigitalSite($0, loop: start.loop(of: $0))
    }
    if let weights = try setup.startingWeights() { try network.start(from: weights) }
  }
}
