/// The in-situ rules by name.
public enum InSituRules {
  /// Every rule's settings.
  public static let all: [any InSituRuleSettings.Type] = [
    PulsedDescent.self, SignStep.self, MixedPrecision.self, TikiTaka.self, TikiTakaV2.self,
    ChoppedTikiTaka.self, AGAD.self,
  ]
  /// Their names.
  public static var names: [String] { all.map { $0.name } }
}
