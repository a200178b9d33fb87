extension CellLaw {
  /// A cell as ngspice's elements between `plus` and `minus`; nothing where it is open.
  ///
  /// - Parameters:
  ///   - name: a name that is unique in the netlist.
  ///   - conductance: the memristor's, in siemens.
  public func spice(_ name: String, conductance: Double, plus: String, minus: String) -> [String] {
    guard conductance > 0 else { return [] }
    guard let access = access.spice("V(\(plus),x\(name))") else {
      return [memristorElement(name, conductance, plus, minus)]
    }
    return [
      "Ba\(name) \(plus) x\(name) I = \(access)",
      memristorElement(name, conductance, "x\(name)", minus),
    ]
  }

  private func memristorElement(_ name: String, _ g: Double, _ a: String, _ b: String) -> String {
    if memristor.isLinear { return "R\(name) \(a) \(b) \(1 / g)" }
    return "B\(name) \(a) \(b) I = \(g)*\(memristor.spice("V(\(a),\(b))"))"
  }
}
