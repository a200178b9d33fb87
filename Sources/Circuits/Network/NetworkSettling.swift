import NumericalMethods
import PhysicalUnits

/// How long a network takes to settle, and what that costs, in the free phase and in a nudged one.
package struct NetworkSettling: Sendable {
  /// One phase.
  package struct Phase: Hashable, Sendable {
    /// Seconds until every node stays within half a least significant bit of its final voltage.
    package var time: Double
    /// Joules that sources deliver until then: what elements take and capacitances store.
    package var energy: Double
  }

  /// From 0 V, all sources switched on at once.
  package var free: Phase
  /// From the free state, the nudge switched on; `nil` where nothing nudges.
  package var nudged: Phase?

  /// The phases as figures: quantity, value, unit.
  package var figures: [(name: String, value: Double, unit: String)] {
    var figures = [
      ("time to settle, free phase", free.time, "s"),
      ("energy of the free phase", free.energy, "J"),
    ]
    if let nudged {
      figures += [
        ("time to settle, nudged phase", nudged.time, "s"),
        ("energy of the nudged phase", nudged.energy, "J"),
      ]
    }
    return figures
  }
}

extension ResistiveNetwork {
  /// How many unknown voltages a transient may have: its Jacobian is dense.
  package static var settlingLimit: Int { 512 }

  /// Times and energies of settling with a capacitance from every node that nothing holds to ground.
  ///
  /// C·dV/dt = −(currents that leave the node), by backward differences. An ideal diode conducts above its threshold with a
  /// thousand times the largest conductance of the network, and not at all below.
  ///
  /// - Parameters:
  ///   - state: the free state.
  ///   - capacitance: of each node.
  ///   - bits: of the readout, whose range is the largest final voltage.
  ///   - nudge: a cost and by how many siemens it nudges; `nil` for the free phase alone.
  /// - Throws: `NumericalFailure` where the network has more than `settlingLimit` unknowns, or does not settle within a thousand
  ///   times the slowest node's first moment.
  package func settling(
    to state: NetworkState, capacitance: Farads, bits: Int,
    nudge: (cost: NetworkCost, strength: Double)? = nil
  ) throws(NumericalFailure) -> NetworkSettling {
    precondition(capacitance.value > 0 && bits > 0, "something to charge, some bits")
    let zeros = [Double](repeating: 0, count: nodeCount)
    let free = try softened.phase(from: zeros, near: state.voltages, capacitance.value, bits)
    guard let nudge else { return NetworkSettling(free: free.phase, nudged: nil) }
    let network = try nudged(nudge.cost, strength: nudge.strength).softened
    let start = free.voltages + [0]
    let second = try network.phase(from: start, near: start, capacitance.value, bits)
    return NetworkSettling(free: free.phase, nudged: second.phase)
  }

  /// The network with ideal diodes replaced by diodes with a small resistance.
  private var softened: ResistiveNetwork {
    let largest = branches.reduce(0.0) { largest, branch in
      switch branch.element {
      case .resistor(let ohms) where ohms > 0: max(largest, 1 / ohms)
      case .cell(let conductance, _, _) where conductance.isFinite: max(largest, conductance)
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

  /// Watts that all elements but sources take where nodes have these voltages.
  private func dissipation(_ volts: (Int) -> Double) -> Double {
    branches.reduce(0) { sum, branch in
      if branch.element.isIdeal || branch.element.isOpen { return sum }
      let across = volts(branch.from) - volts(branch.to)
      switch branch.element {
      case .current: return sum
      case .conductor(let conductance, let source):
        return sum + conductance * (across - source) * (across - source)
      default: return sum + across * point(branch.element, across).current
      }
    }
  }

  private func phase(
    from start: [Double], near guess: [Double], _ farads: Double, _ bits: Int
  ) throws(NumericalFailure) -> (phase: NetworkSettling.Phase, voltages: [Double]) {
    let solver = try NetworkSolver(self)
    guard solver.count <= Self.settlingLimit else {
      throw NumericalFailure(
        "the transient of \(solver.count) unknown voltages is too large, \(Self.settlingLimit) are allowed"
      )
    }
    let final = try solver.solve(tolerance: 1e-11, from: guess).voltages
    let free = (0..<nodeCount).filter { solver.unknownNumber(of: $0) >= 0 }
    let top = free.reduce(0) { max($0, abs(final[$1])) }
    let band = top * 0.5 / Double(1 << bits)
    let changes = zip(final, start).map { $0 - $1 }
    let largest = free.reduce(0) { max($0, abs(changes[$1])) }
    guard largest > band else { return (.init(time: 0, energy: 0), final) }
    let charges = (0..<nodeCount).map { solver.unknownNumber(of: $0) >= 0 ? farads : 0 }
    // The slowest node's first moment sets the scale of time.
    let moments = solver.response(toCurrents: zip(charges, changes).map { $0 * $1 }).voltages
    let scale = free.reduce(0.0) { scale, node in
      abs(changes[node]) > 1e-3 * largest ? max(scale, abs(moments[node] / changes[node])) : scale
    }
    func stored(_ volts: (Int) -> Double) -> Double {
      free.reduce(0) { $0 + 0.5 * farads * volts($1) * volts($1) }
    }
    let initially = stored { start[$0] }
    var phase = NetworkSettling.Phase(time: 0, energy: 0)
    var (before, lastOff, quiet) = (0.0, largest / band, 0.0)
    var power = dissipation { solver.unknownNumber(of: $0) >= 0 ? start[$0] : final[$0] }
    var (spent, isSettled) = (0.0, false)
    let transient = NetworkTransient(solver, capacitances: charges, least: 1e-3 * farads)
    try transient.run(from: start, until: 1000 * scale, step: scale / 50) { time, volts in
      let off = free.reduce(0) { max($0, abs(volts($1) - final[$1])) } / band
      let next = dissipation(volts)
      let used = 0.5 * (power + next) * (time - before)
      if off <= 1, lastOff > 1 {
        // Between the last step outside of the band and this one.
        let share = (lastOff - 1) / (lastOff - off)
        phase.time = before + share * (time - before)
        phase.energy = spent + share * used + stored(volts) - initially
      }
      quiet = off <= 1 ? quiet + time - before : 0
      (spent, power, before, lastOff) = (spent + used, next, time, off)
      isSettled = quiet > 3 * scale
      return !isSettled
    }
    guard isSettled else {
      throw NumericalFailure("the network does not settle within \(1000 * scale) s")
    }
    return (phase, final)
  }
}
