import PhysicalUnits

extension SolveOptions {
  /// What was solved, as a title: "64×64 array, mode forwards, sinh cells, wires of 1 Ω per segment".
  var title: String {
    func given(_ key: String) -> String { resolved.first { $0.key == key }?.text ?? "" }
    let (rows, columns) = (circuit.conductances.rowCount, circuit.conductances.columnCount)
    let law = given("law")
    let wire = [given("wire-resistance"), given("word-resistance")].first { !$0.isEmpty } ?? ""
    let resistance = UnitValue(parsing: wire).map { TypesetUnit.quantity($0.value, $0.unit) }
    return "\(rows)×\(columns) array, mode \(given("mode"))"
      + (law.isEmpty ? "" : ", \(law) cells")
      + (resistance.map { ", wires of \($0) per segment" } ?? "")
  }
}
