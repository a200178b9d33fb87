import Circuits
import InputOutput
import PhysicalUnits
import Randomness
import Reporting

/// What a `solve` job of a network is about.
struct NetworkOptions: Sendable {
  let file: NetworkFile
  let path: String
  /// By how many siemens the outputs are nudged toward their targets and away from them; `nil` where not asked for.
  let nudge: Double?
  let tolerance: Double
  /// Of every node to ground, and of a line per cell on it; `nil` where the time to settle is not asked for.
  let capacitance: (node: Farads, line: Farads)?
  /// To half a least significant bit of how many bits the nodes settle.
  let settlingBits: Int
  let checksWithNgspice: Bool
  let netlist: String?
  let resolved: [(key: String, text: String)]

  /// - Throws: `InputErrors` with every fault of the settings or of the file; `InputError` where arrays do not fit.
  init(_ settings: [Setting]) throws {
    let reader = SettingsReader(settings)
    path = reader.text("network")
    let overrides = reader.overrides("network")
    let strength = reader.quantity("nudge", unit: "S", in: 0...1e3, default: "0 S")
    nudge = strength > 0 ? strength : nil
    tolerance = reader.quantity("tolerance", unit: "", in: 1e-14...1e-2, default: "1e-10")
    let farads = reader.quantity("capacitance", unit: "F", in: 0...1, default: "0 F")
    let perCell = reader.quantity("line-capacitance", unit: "F", in: 0...1, default: "0 F")
    capacitance = farads + perCell > 0 ? (Farads(farads), Farads(perCell)) : nil
    settlingBits = reader.integer("settling-bits", in: 1...24, default: 8)
    checksWithNgspice = reader.choice("check", of: ["none", "ngspice"], default: "none") != "none"
    netlist = reader.optionalText("netlist")
    let key = StreamKey(seed: reader.seed()).child("network")
    try reader.finish()
    resolved = reader.resolved
    file = try NetworkFile(path: path, overrides: overrides, key: key)
    if nudge != nil, file.cost == nil {
      throw InputError(path, "has no targets, which --nudge needs")
    }
  }
}
