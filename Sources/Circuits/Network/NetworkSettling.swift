import NumericalMethods
import PhysicalUnits

/// How long a network takes to settle, and what that costs, in the free phase and in a nudged one.
package struct NetworkSettling: Sendable {
  /// One phase.
  package struct Phase: Hashable, Sendable {
    /// Seconds until every node stays within half a least significant bit of its final voltage.
    package var time: Double
    /// Joules that sources deliver until then, elements take, and capacitances store: the first is the sum of the others.
    package var energy: Double
    package var dissipated: Double
    package var stored: Double
  }

  /// From 0 V, all sources switched on at once.
  package var free: Phase
  /// From the free state, the nudge switched on; `nil` where nothing nudges.
  package var nudged: Phase?

  /// The phases as figures: quantity, value, unit.
  package var figures: [(name: String, value: Double, unit: String)] {
    func figures(_ phase: Phase, _ name: String) -> [(name: String, value: Double, unit: String)] {
      [
        ("time to settle, \(name) phase", phase.time, "s"),
        ("energy of the \(name) phase", phase.energy, "J"),
        ("energy that elements take, \(name) phase", phase.dissipated, "J"),
        ("energy that capacitances store, \(name) phase", phase.stored, "J"),
      ]
    }
    return figures(free, "free") + (nudged.map { figures($0, "nudged") } ?? [])
  }
}

extension ResistiveNetwork {
  /// How many unknown voltages a transient may have: its Jacobian is dense.
  package static var settlingLimit: Int { 512 }

  /// Farads of every node to ground: `node` each, and `line` for every cell on a line that ends there.
  package func capacitances(node: Farads, line: Farads = Farads(0)) -> [Double] {
    var sums = [Double](repeating: node.value, count: nodeCount)
    for branch in branches {
      guard case .cell = branch.element else { continue }
      sums[branch.from] += line.value
      sums[branch.to] += line.value
    }
    return sums
  }

  /// Times and energies of settling with capacitances from the nodes that nothing holds to ground.
  ///
  /// C·dV/dt = −(currents that leave the node), by backward differences. An ideal diode conducts above its threshold with a
  /// thousand times the largest conductance of the network, and not at all below.
  ///
  /// - Parameters:
  ///   - state: the free state.
  ///   - capacitances: farads of each node; those of held nodes do not count.
  ///   - bits: of the readout, whose range is the largest final voltage.
  ///   - ranges: nodes that are read with a range of their own, such as layers; empty for one range of all nodes.
  ///   - nudge: a cost and by how many siemens it nudges; `nil` for the free phase alone.
  /// - Throws: `NumericalFailure` where the network has more than `settlingLimit` unknowns, or does not settle within a thousand
  ///   times the slowest node's first moment.
  package func settling(
    to state: NetworkState, capacitances: [Double], bits: Int, ranges: [[Int]] = [],
    nudge: (cost: NetworkCost, strength: Double)? = nil
  ) throws(NumericalFailure) -> NetworkSettling {
    precondition(
      capacitances.count == nodeCount && capacitances.contains { $0 > 0 } && bits > 0,
      "something to charge, some bits")
    let zeros = [Double](repeating: 0, count: nodeCount)
    let free = try softened.phase(
      from: zeros, near: state.voltages, capacitances, (bits, ranges))
    guard let nudge else { return NetworkSettling(free: free.phase, nudged: nil) }
    let network = try nudged(nudge.cost, strength: nudge.strength).softened
    let start = free.voltages + [0]
    let second = try network.phase(
      from: start, near: start, capacitances + [0], (bits, ranges))
    return NetworkSettling(free: free.phase, nudged: second.phase)
  }

  /// The network with ideal diodes replaced by diodes with a small resistance.
  private var softened: ResistiveNetwork {
    let largest = branches.reduce(0.0) { largest, branch in
      switch branch.element {
      case .resistor(let ohms) where ohms > 0: max(largest, 1 / ohms)
      case .cell(let conductance, _, _) where conductance.isFinite: max(largest, conductance)
      case .conductor(let conductance, _): max(largest, abs(conductance))
      default: largest
      }
    }
    var soft = branches
    for k in soft.indices {
      guard case .idealDiode(let threshold) = soft[k].element else { continue }
      soft[k].element = .linearDiode(threshold: threshold, conductance: 1e3 * largest)
    }
    return with(branches: soft)
  }

  /// Half of a least significant bit of every node that is not held, in volts.
  private func bands(
    _ free: [Int], final: [Double], _ readout: (bits: Int, ranges: [[Int]])
  ) -> [Double] {
    let half = 0.5 / Double(1 << readout.bits)
    func top(_ nodes: [Int]) -> Double { nodes.reduce(0) { max($0, abs(final[$1])) } }
    var bands = [Double](repeating: half * top(free), count: nodeCount)
    for nodes in readout.ranges {
      let own = top(nodes)
      if own > 0 { for node in nodes { bands[node] = half * own } }
    }
    return bands
  }

  private func phase(
    from start: [Double], near guess: [Double], _ farads: [Double],
    _ readout: (bits: Int, ranges: [[Int]])
  ) throws(NumericalFailure) -> (phase: NetworkSettling.Phase, voltages: [Double]) {
    let solver = try NetworkSolver(self)
    guard solver.count <= Self.settlingLimit else {
      throw NumericalFailure(
        "the transient of \(solver.count) unknown voltages is too large, \(Self.settlingLimit) are allowed"
      )
    }
    let final = try solver.solve(tolerance: 1e-11, from: guess).voltages
    let free = (0..<nodeCount).filter { solver.unknownNumber(of: $0) >= 0 }
    let bands = bands(free, final: final, readout)
    let least = farads.reduce(Double.infinity) { $1 > 0 ? min($0, $1) : $0 }
    let transient = NetworkTransient(solver, capacitances: farads, least: 1e-3 * least)
    let first = transient.switched(from: start)
    let changes = zip(final, first.voltages).map { $0 - $1 }
    let largest = free.reduce(0) { max($0, abs(changes[$1])) }
    var lastOff = free.reduce(0) { max($0, abs(changes[$1]) / bands[$1]) }
    var (delivered, dissipated) = (first.delivered, first.delivered - first.stored)
    var phase = NetworkSettling.Phase(
      time: 0, energy: delivered, dissipated: dissipated, stored: first.stored)
    guard lastOff > 1 else { return (phase, final) }
    let charges = (0..<nodeCount).map {
      solver.unknownNumber(of: $0) >= 0 ? transient.capacitances[$0] : 0
    }
    // The slowest node's first moment sets the scale of time.
    let moments = solver.response(toCurrents: zip(charges, changes).map { $0 * $1 }).voltages
    let scale = free.reduce(0.0) { scale, node in
      abs(changes[node]) > 1e-3 * largest ? max(scale, abs(moments[node] / changes[node])) : scale
    }
    var (before, quiet, isSettled) = (0.0, 0.0, false)
    var last = transient.powers { first.voltages[$0] }
    let initially = last.stored - first.stored
    try transient.run(from: start, until: 1000 * scale, step: scale / 50) { time, volts in
      let off = free.reduce(0) { max($0, abs(volts($1) - final[$1]) / bands[$1]) }
      let next = transient.powers(volts)
      let step = time - before
      let came = 0.5 * (last.delivered + next.delivered) * step
      let went = 0.5 * (last.dissipated + next.dissipated) * step
      if off <= 1, lastOff > 1 {
        // Between the last step outside of the band and this one.
        let share = (lastOff - 1) / (lastOff - off)
        phase = .init(
          time: before + share * step, energy: delivered + share * came,
          dissipated: dissipated + share * went,
          stored: last.stored + share * (next.stored - last.stored) - initially)
      }
      quiet = off <= 1 ? quiet + step : 0
      (delivered, dissipated) = (delivered + came, dissipated + went)
      (last, before, lastOff) = (next, time, off)
      isSettled = quiet > 3 * scale
      return !isSettled
    }
    guard isSettled else {
      throw NumericalFailure("the network does not settle within \(1000 * scale) s")
    }
    return (phase, final)
  }
}
