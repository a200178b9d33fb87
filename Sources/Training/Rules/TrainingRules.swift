import InputOutput
import StrictYAML

/// The rules that run files can name.
public enum TrainingRules {
  /// One line a rule that changes devices on arrays.
  static let inSitu: [any InSituRuleSettings.Type] = [
    PulsedDescent.self,
    SignStep.self,
    MixedPrecision.self,
    TikiTaka.self,
    TikiTakaV2.self,
    ChoppedTikiTaka.self,
    AGAD.self,
    WriteVerify.self,
  ]

  /// One line a rule of another kind; those on arrays come with them.
  public static let all: [any TrainingRule.Type] =
    [
      BackpropagationRule.self,
      ForwardForwardTraining.self,
      PhysicalTraining<PhysicalLocalLearning>.self,
      PhysicalTraining<PhysicalBackpropagation>.self,
      HardwareAwareRule.self,
      StochasticRule.self,
      DirectFeedback.self,
      EquilibriumPropagationRule.self,
      ReadoutRule.self,
      PlasticityRule.self,
      ContrastiveRule.self,
    ] + inSitu.map { training($0) }

  private static func training<Settings: InSituRuleSettings>(
    _ rule: Settings.Type
  ) -> any TrainingRule.Type { InSituTraining<Settings>.self }

  /// The rule by which the updates of another rule reach devices: a name, or a mapping with `name` and the
  /// rule's own keys.
  static func updates(reading node: StrictNode) -> any InSituRuleSettings {
    let name = node.keys.isEmpty ? node.text() ?? "" : node.text("name")
    let known = inSitu.map { $0.name }
    if !known.contains(name) {
      (node.keys.isEmpty ? node : node.child("name")).fault(
        unknownName("rule", name, known: known))
    }
    let type = inSitu.first { $0.name == name } ?? PulsedDescent.self
    return type.init(reading: node)
  }

  /// The rule called `name`, or `nil`.
  public static func rule(named name: String) -> (any TrainingRule.Type)? {
    all.first { $0.name == name }
  }

  /// The names of all rules.
  public static var names: [String] { all.map { $0.name } }
}
