import InputOutput
import StrictYAML

extension PhysicalLocalLearning: PhysicalNetwork {
  static let ruleName = "physical-local"
  static let ruleSummary =
    "Physical local learning: fixed random crossbars between maps that learn locally."
  static let exportTitle = "trained by physical local learning"

  /// Reads `sharpness`, `rate`, `inner-steps` and `label` of the rule, and `maps`.
  init(_ setup: TrainingSetup, _ frame: PhysicalFrame) throws(InputErrors) {
    var settings = Settings()
    let node = setup.rule
    settings.sharpness = Float(node.number("sharpness", in: 0.01...1000, default: 4))
    settings.rate = Float(node.number("rate", in: 0...10, default: 5e-4))
    settings.innerSteps = node.integer("inner-steps", in: 1...1000, default: 10)
    let overlay = node.choice("label", of: Overlay.allCases.map(\.rawValue), default: "prepend")
    settings.overlay = Overlay(rawValue: overlay) ?? .prepend
    var inputs = frame.inputCount
    if settings.overlay == .replace && inputs < setup.classCount {
      node.child("label").fault("a sample has fewer numbers than there are classes: prepend them")
      inputs = setup.classCount
    }
    self.init(
      inputs: inputs, width: frame.width, blockCount: frame.blocks, classes: setup.classCount,
      skips: frame.skips, settings: settings, key: setup.key, physics: frame.physics)
    if let design = try MapArrayDesign(setup) { place(on: design) }
  }
}
