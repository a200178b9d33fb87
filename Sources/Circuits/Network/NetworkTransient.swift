import LinearAlgebra
import NumericalMethods
import PhysicalUnits

/// The charging of a network's nodes after its held nodes jump from 0 V.
///
/// C·dv/dt = −(currents that leave each unknown), by backward differences with the exact Jacobian.
struct NetworkTransient {
  let solver: NetworkSolver
  /// Farads of each node to ground.
  let capacitances: [Double]
  /// Farads of each unknown.
  let charges: [Double]
  private let integrator: ODEIntegrator

  /// - Parameters:
  ///   - capacitances: farads of each node; a group of nodes without any gets `least`.
  init(_ solver: NetworkSolver, capacitances: [Double], least: Double) {
    self.solver = solver
    func sums(_ farads: [Double]) -> [Double] {
      var sums = [Double](repeating: 0, count: solver.count)
      for (node, farads) in farads.enumerated() {
        let k = solver.unknownNumber(of: node)
        if k >= 0 { sums[k] += solver.chargeWeight(of: node) * farads }
      }
      return sums
    }
    var complete = capacitances
    let given = sums(capacitances)
    for node in capacitances.indices where solver.nodes.roots[node] == node {
      let k = solver.unknownNumber(of: node)
      if k >= 0, given[k] <= 0 { complete[node] = least }
    }
    let charged = sums(complete)
    self.capacitances = complete
    charges = charged
    integrator = ODEIntegrator(
      dimension: max(1, solver.count), method: .backwardDifferences,
      tolerance: ODETolerance(absolute: 1e-9, relative: 1e-7),
      rates: { _, state, rates in
        solver.fillMismatch(at: state, rates)
        for k in charged.indices { rates[k] = -rates[k] / charged[k] }
        return true
      },
      jacobian: { _, state, jacobian, timeDerivative in
        let count = charged.count
        solver.fillJacobian(at: state, jacobian)
        for i in 0..<count {
          timeDerivative[i] = 0
          for j in 0..<count { jacobian[i * count + j] /= -charged[i] }
        }
        return true
      })
  }

  /// Calls `body` with time and node voltages after every step of at most `step` seconds, until it
  /// returns false or `end` seconds are over.
  ///
  /// - Parameter start: volts of the nodes before the beginning; `nil` is 0 V.
  /// - Throws: `NumericalFailure` where the integration stops.
  func run(
    from start: [Double]? = nil, until end: Double, step: Double,
    _ body: (Double, (Int) -> Double) -> Bool
  ) throws(NumericalFailure) {
    integrator.maximumStep = step
    var state = unknowns(from: start ?? capacitances.map { _ in 0 })
    while state.count < integrator.dimension { state.append(0) }
    integrator.start(at: 0, state: state, firstStep: step * 1e-3)
    while integrator.time < end {
      try integrator.step(upTo: end)
      let x = Array(integrator.state)
      guard body(integrator.time, { solver.nodeVoltage($0, x) }) else { return }
    }
  }

  /// The unknowns right after all sources are switched on, where nodes were at `start` volts before: voltage sources between
  /// nodes that nothing holds divide the capacitances' charge, of which each group of such nodes keeps the sum.
  func unknowns(from start: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: charges.count)
    for (node, farads) in capacitances.enumerated() {
      let k = solver.unknownNumber(of: node)
      guard k >= 0 else { continue }
      let shifted = (start[node] - solver.nodes.offsets[node]) / solver.nodes.scales[node]
      sums[k] += solver.chargeWeight(of: node) * farads * shifted
    }
    return zip(sums, charges).map { $0 / $1 }
  }
}

extension ArrayCircuit {
  /// Seconds until each bit line's terminal current (the voltage, where it floats) stays within
  /// `accuracy` of the largest final one after a step of all terminals from 0 V.
  ///
  /// Every cell's node on its driven line and on its bit line has `capacitance` to ground. For half a
  /// least significant bit of b bits, `accuracy` is 2^−(b + 1).
  ///
  /// - Throws: `NumericalFailure` where the array has more than `settlingLimit` cells, or something
  ///   does not settle within a thousand times the slowest node's first moment.
  public func settlingTimes(
    _ terminals: TerminalVoltages, capacitance: Farads, accuracy: Double
  ) throws(NumericalFailure) -> [Double] {
    precondition(capacitance.value > 0 && accuracy > 0, "something to charge, some accuracy")
    let p = places
    guard p.cells <= Self.settlingLimit else {
      throw NumericalFailure(
        "the transient of \(p.rows)×\(p.columns) cells is too large, \(Self.settlingLimit) cells are allowed"
      )
    }
    let network = network(terminals)
    let solver = try NetworkSolver(network)
    let final = try solver.solve()
    var charges = [Double](repeating: 0, count: p.nodes)
    for node in 0..<2 * p.cells { charges[node] = capacitance.value }
    // A terminal's current is that of all elements which end in its group of nodes.
    let groups = network.groups
    var ending: [Int: [(branch: Int, sign: Double)]] = [:]
    for (k, branch) in network.branches.enumerated()
    where !branch.element.isIdeal && !branch.element.isOpen {
      let (from, to) = (groups[branch.from], groups[branch.to])
      guard from != to else { continue }
      ending[to, default: []].append((k, 1))
      ending[from, default: []].append((k, -1))
    }
    func output(_ k: Int, _ volts: (Int) -> Double) -> Double {
      guard terminals.bits[k] != nil else { return volts(p.bitTerminal(k)) }
      return ending[groups[p.bitTerminal(k)], default: []].reduce(0) { sum, part in
        let branch = network.branches[part.branch]
        let across = volts(branch.from) - volts(branch.to)
        return sum + part.sign * network.point(branch.element, across).current
      }
    }
    let ends = (0..<p.columns).map { output($0) { final.voltages[$0] } }
    let band = accuracy * ends.reduce(0) { max($0, abs($1)) }
    guard band > 0 else { return Array(repeating: 0, count: p.columns) }
    // The slowest node's first moment sets the scale of time.
    let moments = solver.response(toCurrents: zip(charges, final.voltages).map { $0 * $1 }).voltages
    let top = final.voltages.reduce(0) { max($0, abs($1)) }
    let scale = zip(moments, final.voltages).reduce(capacitance.value * 1e-3) { scale, node in
      abs(node.1) > 1e-3 * top ? max(scale, abs(node.0 / node.1)) : scale
    }
    var times = [Double](repeating: 0, count: p.columns)
    var last = [Double](repeating: 0, count: p.columns)
    var (before, quiet) = (0.0, 0.0)
    let transient = NetworkTransient(
      solver, capacitances: charges, least: 1e-3 * capacitance.value)
    var isSettled = false
    try transient.run(until: 1000 * scale, step: scale / 50) { time, volts in
      var isWithin = true
      for k in times.indices {
        let off = abs(output(k, volts) - ends[k]) / band
        if off > 1 {
          isWithin = false
          times[k] = .infinity
        } else if times[k] == .infinity || before == 0 {
          // Between the last step outside of the band and this one.
          let share = last[k] > off ? (last[k] - 1) / (last[k] - off) : 1
          times[k] = before + share * (time - before)
        }
        last[k] = off
      }
      quiet = isWithin ? quiet + time - before : 0
      before = time
      isSettled = quiet > 3 * scale
      return !isSettled
    }
    guard isSettled else {
      throw NumericalFailure("the outputs do not settle within \(1000 * scale) s")
    }
    return times
  }

  /// How many cells a transient may have: its Jacobian is dense.
  public static var settlingLimit: Int { 256 }
}
