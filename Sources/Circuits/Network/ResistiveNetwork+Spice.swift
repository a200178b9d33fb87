import DeviceModels
import InputOutput

extension ResistiveNetwork {
  /// The network at a steady state as an ngspice netlist, whose batch run prints the voltage v(n3) of every node 3.
  ///
  /// Nodes that ideal connections join have the name of the first of them. Ideal diodes, of which SPICE has none, are clamps: one
  /// that conducts is a source of its threshold, Vd3 for branch 3, whose current is printed too; one that blocks is
  /// left out. The state is that of the network where all those currents are 0 or more and no diode that is left out is
  /// above its threshold, which `deviation` checks. An amplifier is a controlled voltage source E, and a controlled current
  /// source F that draws 1/gain of its current.
  ///
  /// - Parameter printed: the nodes whose voltages are printed, each by the name of the first that it is joined to; `nil` is all.
  package func spiceNetlist(at state: NetworkState, printing printed: [Int]? = nil) -> String {
    let connections = branches.filter {
      if case .source = $0.element { false } else { $0.element.isIdeal }
    }
    let joined = ResistiveNetwork(
      nodeCount: nodeCount, branches: connections, held: held, laws: laws)
    let groups = joined.groups
    func name(_ node: Int) -> String { "n\(groups[node])" }
    var lines = ["* network of \(nodeCount) nodes and \(branches.count) elements"]
    let isReached = fixing(state.conducting).reachedNodes
    var clamps: [String] = []
    for (k, branch) in branches.enumerated() {
      let (from, to) = (name(branch.from), name(branch.to))
      guard from != to, isReached[branch.from], isReached[branch.to] else { continue }
      guard case .idealDiode(let threshold) = branch.element else {
        lines += spice(branch.element, "\(k)", from, to)
        continue
      }
      guard state.conducting[k] else { continue }
      lines.append("Vd\(k) \(from) \(to) \(threshold)")
      clamps.append("print i(vd\(k))")
    }
    var known: Set<Int> = []
    for (node, volts) in held.sorted(by: { $0.key < $1.key })
    where known.insert(groups[node]).inserted {
      lines.append("Vh\(node) \(name(node)) 0 \(volts)")
    }
    for (k, amplifier) in amplifiers.enumerated() {
      lines += [
        "Ea\(k) a\(k) 0 \(name(amplifier.input)) 0 \(amplifier.gain)",
        "Va\(k) a\(k) \(name(amplifier.output)) 0",
        "Fa\(k) \(name(amplifier.input)) 0 Va\(k) \(1 / amplifier.gain)",
      ]
    }
    lines += [
      ".options reltol=1e-9 abstol=1e-18 vntol=1e-13 gmin=1e-18 itl1=2000", ".control",
      "set numdgt=15", "op",
    ]
    lines += (printed.map { $0.map { groups[$0] } } ?? (0..<nodeCount).filter { groups[$0] == $0 })
      .filter { isReached[$0] }.map { "print v(n\($0))" }
    lines += clamps
    return (lines + [".endc", ".end", ""]).joined(separator: "\n")
  }

  /// Whether elements other than current sources join each node to a held one; open ones do not.
  private var reachedNodes: [Bool] {
    guard let groups = try? NodeGroups(self).roots else {
      return Array(repeating: true, count: nodeCount)
    }
    let reached = reached(groups)
    return groups.map { reached[$0] }
  }

  private func spice(_ element: Element, _ name: String, _ from: String, _ to: String) -> [String] {
    switch element {
    case .resistor(let ohms): ohms == .infinity ? [] : ["R\(name) \(from) \(to) \(ohms)"]
    case .cell(let conductance, let law, let overdrive):
      laws[law].with(overdrive: overdrive)
        .spice("c\(name)", conductance: conductance, plus: from, minus: to)
    case .conductor(let conductance, let volts):
      conductance == 0
        ? [] : ["B\(name) \(from) \(to) I = \(conductance)*(V(\(from),\(to))-(\(volts)))"]
    case .source(let volts): ["V\(name) \(from) \(to) \(volts)"]
    case .current(let amperes): amperes == 0 ? [] : ["I\(name) \(from) \(to) \(amperes)"]
    case .diode(let diode): spice(diode, name, from, to)
    case .linearDiode(let threshold, let conductance):
      ["B\(name) \(from) \(to) I = \(conductance)*max(V(\(from),\(to))-(\(threshold)),0)"]
    case .idealDiode: []
    }
  }

  private func spice(
    _ diode: ExponentialDiode, _ name: String, _ from: String, _ to: String
  ) -> [String] {
    func junction(_ to: String) -> String {
      "B\(name) \(from) \(to) I = \(diode.saturationCurrent)*(exp(V(\(from),\(to))/\(diode.emissionVoltage))-1)"
    }
    if diode.seriesResistance == 0 { return [junction(to)] }
    return [junction("x\(name)"), "R\(name) x\(name) \(to) \(diode.seriesResistance)"]
  }
}

extension Ngspice {
  /// The largest deviation of a state's node voltages from what ngspice printed for its netlist, relative to the largest; the
  /// voltage by which an ideal diode that blocks is above its threshold counts too.
  /// - Throws: `RunError` where a voltage is missing, or an ideal diode conducts backwards.
  package static func deviation(
    of state: NetworkState, in network: ResistiveNetwork, from printed: [String: Double]
  ) throws(RunError) -> Double {
    var (worst, largest) = (0.0, 1e-9)
    var count = 0
    for (node, volts) in state.voltages.enumerated() {
      guard let other = printed["v(n\(node))"] else { continue }
      count += 1
      worst = max(worst, abs(volts - other))
      largest = max(largest, abs(other))
    }
    guard count > 0 else { throw RunError("ngspice printed no voltage of the network") }
    let current = state.currents.reduce(0) { max($0, abs($1)) }
    for (k, branch) in network.branches.enumerated() {
      guard case .idealDiode(let threshold) = branch.element else { continue }
      if let other = printed["i(vd\(k))"], other < -1e-6 * current {
        throw RunError(
          "ngspice finds \(other) A through the ideal diode of branch \(k), 0 or more is expected")
      }
      if !state.conducting[k], let from = printed["v(n\(branch.from))"],
        let to = printed["v(n\(branch.to))"]
      {
        worst = max(worst, from - to - threshold)
      }
    }
    return worst / largest
  }
}
