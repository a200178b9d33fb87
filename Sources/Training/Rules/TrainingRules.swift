import InputOutput

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
    ] + inSitu.map { training($0) }

  private static func training<Settings: InSituRuleSettings>(
    _ rule: Settings.Type
  ) -> any TrainingRule.Type { InSituTraining<Settings>.self }

  /// The rule called `name`, or `nil`.
  public static func rule(named name: String) -> (any TrainingRule.Type)? {
    all.first { $0.name == name }
  }

  /// The names of all rules.
  public static var names: [String] { all.map { $0.name } }
}
