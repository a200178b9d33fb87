import LinearAlgebra

extension ArrayCircuit {
  /// Where nodes and branches of the array stand in its network.
  ///
  /// Branches come in the order cells, segments before cells of driven lines, segments of bit lines,
  /// far ends of driven lines, far ends of bit lines.
  struct Places {
    let rows: Int
    let columns: Int
    let words: Int
    var cells: Int { rows * columns }

    func word(_ i: Int, _ j: Int) -> Int { i * columns + j }
    func bit(_ i: Int, _ j: Int) -> Int { cells + i * columns + j }
    func wordTerminal(_ k: Int) -> Int { 2 * cells + k }
    func bitTerminal(_ k: Int) -> Int { 2 * cells + words + k }
    var ground: Int { 2 * cells + words + columns }
    var nodes: Int { ground + 1 }
    var wordFar: Int { 3 * cells }
    var bitFar: Int { 3 * cells + words }
  }

  var places: Places {
    Places(
      rows: conductances.rowCount, columns: conductances.columnCount, words: wordTerminalCount)
  }

  /// The array between its terminals.
  /// - Precondition: as many voltages as terminals.
  func network(_ terminals: TerminalVoltages) -> ResistiveNetwork {
    precondition(
      terminals.words.count == wordTerminalCount && terminals.bits.count == bitTerminalCount,
      "a voltage, or none, a terminal")
    let p = places
    var branches: [ResistiveNetwork.Branch] = []
    branches.reserveCapacity(3 * p.cells + p.words + p.columns)
    func add(_ from: Int, _ to: Int, _ element: ResistiveNetwork.Element) {
      branches.append(.init(from: from, to: to, element: element))
    }
    func forEachCell(_ body: (Int, Int) -> Void) {
      for i in 0..<p.rows { for j in 0..<p.columns { body(i, j) } }
    }
    forEachCell { i, j in
      add(p.word(i, j), p.bit(i, j), .cell(conductances[i, j], overdrive: overdrives?[i, j]))
    }
    forEachCell { i, j in
      let before: Int
      switch arrangement {
      case .crossing: before = j > 0 ? p.word(i, j - 1) : p.wordTerminal(i)
      case .sourceLines: before = i > 0 ? p.word(i - 1, j) : p.wordTerminal(j)
      }
      add(before, p.word(i, j), .resistor(wordLineResistances[i, j]))
    }
    forEachCell { i, j in
      let below = i + 1 < p.rows ? p.bit(i + 1, j) : p.bitTerminal(j)
      add(p.bit(i, j), below, .resistor(bitLineResistances[i, j]))
    }
    for k in 0..<p.words {
      let last =
        arrangement == .crossing ? p.word(k, p.columns - 1) : p.word(p.rows - 1, k)
      add(far(wordFarEnd, p.wordTerminal(k), p.ground), last, .resistor(wordFarEnd.ohms))
    }
    for k in 0..<p.columns {
      add(p.bit(0, k), far(bitFarEnd, p.bitTerminal(k), p.ground), .resistor(bitFarEnd.ohms))
    }
    var held = [p.ground: 0.0]
    for (k, volts) in terminals.words.enumerated() { held[p.wordTerminal(k)] = volts }
    for (k, volts) in terminals.bits.enumerated() { held[p.bitTerminal(k)] = volts }
    return ResistiveNetwork(nodeCount: p.nodes, branches: branches, held: held, laws: [law])
  }

  private func far(_ end: FarEnd, _ terminal: Int, _ ground: Int) -> Int {
    if case .connected = end { return terminal }
    return ground
  }
}
