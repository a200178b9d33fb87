import InputOutput
import StrictYAML

extension ConductionLaw {
  /// The laws by the names that device files and commands use.
  public static let names = [
    "ohmic", "sinh", "cubic", "exponential", "poole-frenkel", "table",
  ]

  /// The law called `name` with its one parameter (1/V; 1/V² for cubic, 1/√V for poole-frenkel); a
  /// `table` follows from points, and is ohmic here.
  public init(named name: String, steepness: Double) {
    switch name {
    case "sinh": self = .sinh(steepness: steepness)
    case "cubic": self = .cubic(curvature: steepness)
    case "exponential": self = .exponential(steepness: steepness)
    case "poole-frenkel": self = .pooleFrenkel(steepness: steepness)
    default: self = .ohmic
    }
  }

  /// Reads the `conduction:` section of a device file: how the current follows the voltage while the state
  /// stands still. What is wrong is recorded at the node.
  ///
  /// ```yaml
  /// conduction: {law: sinh, steepness: 4}        # 1/V; 1/V² for cubic, 1/√V for poole-frenkel
  /// conduction: {law: table, voltages: [0.1 V, 0.2 V], currents: [1 uA, 2.4 uA]}
  /// ```
  public init(reading node: StrictNode) {
    let name = node.choice("law", of: Self.names)
    guard name == "table" else {
      self.init(
        named: name,
        steepness: name == "ohmic" ? 1 : node.number("steepness", in: 1e-6...100))
      return
    }
    func numbers(_ key: String, unit: String) -> [Double] {
      node.child(key).elements().compactMap { $0.quantity(unit: unit, in: 0...1e6) }
    }
    do throws(InputError) {
      self = .table(
        try ConductionTable(
          voltages: numbers("voltages", unit: "V"), currents: numbers("currents", unit: "A")))
    } catch {
      node.fault(error.problem)
      self = .ohmic
    }
  }
}
