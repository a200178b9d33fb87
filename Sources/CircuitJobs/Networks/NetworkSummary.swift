import ArrayFiles
import Circuits
import NumericalMethods
import Reporting

/// The states of a network, as figures, tables, arrays and a plot.
struct NetworkSummary {
  let file: NetworkFile
  let free: NetworkState
  /// The states nudged toward and away from the targets, and by how many siemens.
  let nudged: (toward: NetworkState, away: NetworkState, strength: Double)?
  /// Derivatives of the cost by each branch's conductance in V²/S: exact, and estimated by both nudged states.
  let gradient: [Double]
  let contrast: [Double]
  let settling: NetworkSettling?

  /// Solves all phases.
  /// - Throws: `NumericalFailure` where one has no steady state.
  init(_ options: NetworkOptions) throws(NumericalFailure) {
    let file = options.file
    let network = file.network
    let free = try network.steadyState(tolerance: options.tolerance)
    self.file = file
    self.free = free
    var (gradient, contrast): ([Double], [Double]) = ([], [])
    var nudged: (toward: NetworkState, away: NetworkState, strength: Double)?
    if let cost = file.cost {
      gradient = try network.gradient(of: cost.slopes(free.voltages), at: free)
      if let strength = options.nudge {
        func phase(_ strength: Double) throws(NumericalFailure) -> NetworkState {
          try network.nudgedState(
            cost, strength: strength, from: free, tolerance: options.tolerance)
        }
        let (toward, away) = (try phase(strength), try phase(-strength))
        nudged = (toward, away, strength)
        contrast = try network.contrast(toward, strength, away, -strength)
      }
    }
    (self.gradient, self.contrast, self.nudged) = (gradient, contrast, nudged)
    guard let capacitance = options.capacitance else {
      settling = nil
      return
    }
    var nudge: (cost: NetworkCost, strength: Double)?
    if let cost = file.cost, let strength = options.nudge { nudge = (cost, strength) }
    settling = try network.settling(
      to: free,
      capacitances: network.capacitances(node: capacitance.node, line: capacitance.line),
      bits: options.settlingBits, nudge: nudge)
  }

  /// One figure per row.
  func figures() throws(NumericalFailure) -> Table {
    var table = Table.quantities
    let network = file.network
    table.add("nodes", .whole(network.nodeCount))
    table.add("held nodes", .whole(network.held.count))
    table.add("branches", .whole(network.branches.count))
    if !network.amplifiers.isEmpty { table.add("amplifiers", .whole(network.amplifiers.count)) }
    table.add("Newton steps", .whole(free.steps))
    let diodes = network.branches.filter(\.isIdealDiode).count
    if diodes > 0 {
      table.add("ideal diodes", .whole(diodes))
      table.add("ideal diodes that conduct", .whole(free.conducting.filter { $0 }.count))
      table.add("changes of the set that conducts", .whole(free.rounds))
    }
    table.add("residual", .number(free.residual))
    table.add("co-content", .number(try network.coContent(voltages: free.voltages)), "W")
    let powers = network.powers(at: free)
    table.add("power delivered by sources", .number(powers.delivered), "W")
    table.add("power taken by elements", .number(powers.dissipated), "W")
    if let cost = file.cost {
      for (k, volts) in cost.outputs(free.voltages).enumerated() {
        table.add("output \(k)", .number(volts), "V")
      }
      table.add("cost", .number(cost.value(free.voltages)), "V²")
      table.add(
        "largest stable nudge",
        .number(min(network.nudgeLimit(cost), try network.stableNudgeLimit(cost, at: free))), "S")
    }
    if !contrast.isEmpty {
      let (aa, bb, ab) = zip(contrast, gradient).reduce((0.0, 0.0, 0.0)) {
        ($0.0 + $1.0 * $1.0, $0.1 + $1.1 * $1.1, $0.2 + $1.0 * $1.1)
      }
      table.add("cosine of contrast and gradient", .number(ab / (aa * bb).squareRoot()))
      table.add("length of the contrast over that of the gradient", .number((aa / bb).squareRoot()))
    }
    for figure in settling?.figures ?? [] {
      table.add(figure.name, .number(figure.value), figure.unit)
    }
    return table
  }

  /// The voltages of named nodes, one node per row.
  var nodes: Table {
    var columns = ["node", "voltage (V)"]
    if nudged != nil { columns += ["nudged (V)", "nudged away (V)"] }
    var table = Table(columns: columns)
    for (node, name) in file.nodeNames.enumerated() where !name.isEmpty {
      var row: [Table.Cell] = [.text(name), .number(free.voltages[node])]
      if let nudged {
        row += [.number(nudged.toward.voltages[node]), .number(nudged.away.voltages[node])]
      }
      table.append(row)
    }
    return table
  }

  /// What named branches carry, one branch per row.
  var branches: Table {
    var columns = ["branch", "voltage (V)", "current (A)", "power (W)"]
    if !gradient.isEmpty { columns.append("gradient of the cost (V²/S)") }
    if !contrast.isEmpty { columns.append("contrast (V²/S)") }
    var table = Table(columns: columns)
    let network = file.network
    for (k, name) in file.branchNames.enumerated() where !name.isEmpty {
      var row: [Table.Cell] = [
        .text(name), .number(network.voltage(ofBranch: k, at: free)), .number(free.currents[k]),
        .number(network.power(ofBranch: k, at: free)),
      ]
      if !gradient.isEmpty { row.append(.number(gradient[k])) }
      if !contrast.isEmpty { row.append(.number(contrast[k])) }
      table.append(row)
    }
    return table
  }

  /// Node voltages and branch currents of all phases.
  var arrays: [(name: String, array: NumericArray)] {
    func array(_ name: String, _ values: [Double]) -> (name: String, array: NumericArray) {
      (name, NumericArray(shape: [values.count], doubles: values))
    }
    let count = file.network.nodeCount
    var arrays = [array("V", free.voltages), array("I", free.currents)]
    if let nudged {
      arrays.append(array("Vtoward", Array(nudged.toward.voltages[..<count])))
      arrays.append(array("Vaway", Array(nudged.away.voltages[..<count])))
    }
    if !gradient.isEmpty { arrays.append(array("gradient", gradient)) }
    if !contrast.isEmpty { arrays.append(array("contrast", contrast)) }
    return arrays
  }

  /// Node voltages: of a layered network one series per layer over the number of the unit, else one over the number of the node.
  ///
  /// Points: no line leads from a node to the next. Those of several states stand beside each other.
  var plot: Plot {
    func points(_ name: String, _ nodes: [Int], _ state: NetworkState, aside: Double = 0)
      -> PlotSeries
    {
      PlotSeries(
        name, .points, x: nodes.indices.map { Double($0) + aside },
        y: nodes.map { state.voltages[$0] })
    }
    if file.units.isEmpty {
      let named = file.nodeNames.indices.filter { !file.nodeNames[$0].isEmpty }
      var plot = Plot(
        x: Plot.Axis(named.count > 16 ? "node" : "", step: 1), y: Plot.Axis("voltage (V)"),
        series: [points(nudged == nil ? "" : "free", named, free)])
      if named.count <= 16 { plot.categories = named.map { file.nodeNames[$0] } }
      if let nudged {
        plot.series.append(points("toward the targets", named, nudged.toward, aside: -0.2))
        plot.series.append(points("away from them", named, nudged.away, aside: 0.2))
      }
      return plot
    }
    let widest = Double(file.units.map(\.count).max() ?? 1)
    let middle = Double(file.units.count - 1) / 2
    return Plot(
      x: Plot.Axis("unit", range: -0.6...widest - 0.4, step: 1), y: Plot.Axis("voltage (V)"),
      series: file.units.enumerated().map { l, nodes in
        points("layer \(l + 1)", nodes, free, aside: 0.4 * (Double(l) - middle) / (middle + 1))
      })
  }
}
