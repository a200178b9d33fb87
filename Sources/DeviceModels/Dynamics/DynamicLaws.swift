/// The laws of dynamics by the names that model files use.
public enum DynamicLaws {
  /// Every law.
  public static let all: [any DynamicLaw.Type] = [
    LinearIonDrift.self, NonlinearIonDrift.self, TEAM.self, VTEAM.self, Yakopcic.self,
    SimmonsTunnelBarrier.self, StanfordRRAM.self, ValenceChange.self, MottThresholdSwitch.self,
    DiffusiveThresholdSwitch.self, PhaseChange.self, MacrospinJunction.self,
  ]

  /// Their names.
  public static var names: [String] { all.map { $0.law } }

  /// The law called `name`.
  public static func named(_ name: String) -> (any DynamicLaw.Type)? {
    all.first { $0.law == name }
  }
}
