import InputOutput

/// The rules that run files can name.
public enum TrainingRules {
  /// One line a rule.
  public static let all: [any TrainingRule.Type] = [
    BackpropagationRule.self,
    ForwardForwardTraining.self,
    InSituTraining<PulsedDescent>.self,
    InSituTraining<SignStep>.self,
    InSituTraining<MixedPrecision>.self,
    InSituTraining<TikiTaka>.self,
    InSituTraining<TikiTakaV2>.self,
    InSituTraining<ChoppedTikiTaka>.self,
    InSituTraining<AGAD>.self,
    PhysicalTraining<PhysicalLocalLearning>.self,
    PhysicalTraining<PhysicalBackpropagation>.self,
    HardwareAwareRule.self,
    StochasticRule.self,
  ]

  /// The rule called `name`, or `nil`.
  public static func rule(named name: String) -> (any TrainingRule.Type)? {
    all.first { $0.name == name }
  }

  /// The names of all rules.
  public static var names: [String] { all.map { $0.name } }
}
