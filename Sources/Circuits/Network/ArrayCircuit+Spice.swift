import DeviceModels
import InputOutput

extension ArrayCircuit {
  /// This circuit as an ngspice netlist, whose batch run prints every terminal's current i(vo0), i(vo1),
  /// … of bit lines and i(vs0), … of driven lines, and the voltages v(…) of floating bit lines.
  ///
  /// Nodes: `s3` terminal of driven line 3, `u3_7` and `w3_7` the nodes of cell (3, 7), `o7` the
  /// terminal of bit line 7. Nodes that ideal connections join have the name of one of them. SPICE
  /// counts the current of a source from plus to minus through it.
  /// - Precondition: as many voltages as terminals.
  public func spiceNetlist(_ terminals: TerminalVoltages) -> String {
    let network = network(terminals)
    let p = places
    var groups = network.groups
    // Parts that nothing holds would leave SPICE without an operating point.
    let reached = network.reached(groups)
    let isReached = groups.map { reached[$0] }
    let grounded = groups[p.ground]
    for k in groups.indices where groups[k] == grounded { groups[k] = p.ground }
    var lines = ["* array of \(p.rows)×\(p.columns) cells"]
    func name(_ node: Int) -> String {
      let group = groups[node]
      if group == p.ground { return "0" }
      if group < 2 * p.cells {
        let cell = group % p.cells
        return "\(group < p.cells ? "u" : "w")\(cell / p.columns)_\(cell % p.columns)"
      }
      let k = group - 2 * p.cells
      return k < p.words ? "s\(k)" : "o\(k - p.words)"
    }
    for (k, branch) in network.branches.enumerated() {
      guard !branch.element.isIdeal, !branch.element.isOpen, isReached[branch.from] else {
        continue
      }
      let (from, to) = (name(branch.from), name(branch.to))
      guard from != to else { continue }
      switch branch.element {
      case .resistor(let ohms): lines.append("R\(k) \(from) \(to) \(ohms)")
      case .cell(let conductance, _, let overdrive):
        lines += law.with(overdrive: overdrive).spice(
          "c\(k)", conductance: conductance, plus: from, minus: to)
      default: preconditionFailure("an array consists of resistors and cells")
      }
    }
    var printed: [String] = []
    for (letter, first, voltages) in [
      ("o", p.bitTerminal(0), terminals.bits), ("s", p.wordTerminal(0), terminals.words),
    ] {
      for (k, volts) in voltages.enumerated() {
        if let volts {
          lines.append("V\(letter)\(k) \(name(first + k)) 0 \(volts)")
          printed.append("i(v\(letter)\(k))")
        } else if letter == "o" {
          // A large resistor gives a line that nothing reaches a voltage.
          lines.append("Rf\(k) \(name(first + k)) 0 1e18")
          printed.append("v(\(name(first + k)))")
        }
      }
    }
    lines += [
      ".options reltol=1e-9 abstol=1e-18 vntol=1e-13 gmin=1e-18 itl1=2000", ".control",
      "set numdgt=15", "op",
    ]
    lines += printed.map { "print \($0)" }
    return (lines + [".endc", ".end", ""]).joined(separator: "\n")
  }
}

extension Ngspice {
  /// The largest deviation of a solution from what ngspice printed for its netlist, over terminal
  /// currents relative to the largest of them, and floating bit lines' voltages relative to theirs;
  /// but not to less than 1 nA and 1 nV, below which the simulator's own leakage shows.
  /// - Throws: `RunError` where a number is missing.
  public static func deviation(
    of solution: CircuitSolution, under terminals: TerminalVoltages, netlist: String,
    from printed: [String: Double]
  ) throws(RunError) -> Double {
    var worst: [Double] = [0, 0]
    var largest: [Double] = [1e-9, 1e-9]
    func compare(_ kind: Int, _ name: String, _ ours: Double, sign: Double) throws(RunError) {
      guard let other = printed[name] else { throw RunError("ngspice printed no \(name)") }
      worst[kind] = max(worst[kind], abs(ours - sign * other))
      largest[kind] = max(largest[kind], abs(other))
    }
    // Floating bit lines are printed in their order.
    let voltages = netlist.split(separator: "\n").filter { $0.hasPrefix("print v(") }
      .map { String($0.dropFirst(6)) }
    var next = 0
    for (k, volts) in terminals.bits.enumerated() {
      if volts != nil {
        try compare(0, "i(vo\(k))", solution.bitTerminalCurrents[k], sign: 1)
      } else {
        try compare(1, voltages[next], solution.bitTerminalVoltages[k], sign: 1)
        next += 1
      }
    }
    for (k, volts) in terminals.words.enumerated() where volts != nil {
      try compare(0, "i(vs\(k))", solution.wordTerminalCurrents[k], sign: -1)
    }
    return zip(worst, largest).map { $0 / $1 }.max() ?? 0
  }
}
