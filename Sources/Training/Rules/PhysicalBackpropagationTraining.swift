import InputOutput

extension PhysicalBackpropagation: PhysicalNetwork {
  static let ruleName = "physical-backpropagation"
  static let ruleSummary =
    "Backpropagation through a model of fixed random crossbars as they were at the start."
  static let exportTitle = "trained through a model of the physics"

  /// Reads `rate` of the rule.
  init(_ setup: TrainingSetup, _ frame: PhysicalFrame) throws(InputErrors) {
    self.init(
      inputs: frame.inputCount, width: frame.width, blockCount: frame.blocks,
      classes: setup.classCount, skips: frame.skips,
      rate: Float(setup.rule.number("rate", in: 0...10, default: 5e-4)), key: setup.key,
      physics: frame.physics)
  }
}
