import DeviceModels
import LinearAlgebra
import NumericalMethods

// Nodes that ideal connections join are one unknown, so that no resistance of 0 is divided by. Newton's
// method on Kirchhoff's current law of the unknowns, each step by CHOLMOD with one analysis for all;
// steps are halved until they bring the solution nearer. Where cells are linear a second step is
// iterative refinement. Parts that no element joins to a held node carry no current and are at 0 V. Voltage sources and
// amplifiers only change what a node makes of its group's unknown (`NodeGroups`): the matrix stays symmetric.

/// Solves any network without ideal diodes by a sparse direct method.
final class NetworkSolver {
  /// What was found.
  struct Solution: Sendable {
    /// Volts, one a node.
    var voltages: [Double]
    /// Amperes, one a branch.
    var currents: [Double]
    /// The largest Kirchhoff mismatch over the largest cell current.
    var residual: Double
    /// Newton steps, of which a linear network takes one or two.
    var steps: Int
    /// Amperes that each amplifier delivers at its output.
    var amplifierCurrents: [Double]
  }

  let network: ResistiveNetwork
  /// How nodes follow from unknowns.
  let nodes: NodeGroups
  private let groups: [Int]
  /// The number of a group's unknown; −1 where its voltage is known.
  private let unknown: [Int]
  /// The number of unknowns.
  let count: Int
  /// Branches that count: neither ideal nor open, and not between nodes of one voltage, unless a current flows there all the
  /// same, as that of a current source beside a diode that conducts.
  private let active: [Int]
  /// Volts of each node where its group's voltage is known.
  private let known: [Double]
  /// What one ampere that leaves a node counts in its group's equation.
  private let weights: [Double]
  /// The places of the Jacobian's lower triangle, in the order in which they are computed.
  private let pattern: [(row: Int, column: Int)]
  private let matrix: SparseCholesky
  /// Slopes of active branches at the last solution.
  private var tangents: [Double] = []
  /// The matrix at the last solution, and the one that is factorized.
  private var finalSlopes: [Double] = []
  private var factorizedSlopes: [Double] = []

  /// Analyses the circuit.
  /// - Throws: `NumericalFailure` where ideal elements contradict each other, something bypasses an amplifier, or a current
  ///   source drives what nothing else holds.
  init(_ network: ResistiveNetwork) throws(NumericalFailure) {
    self.network = network
    let nodes = try NodeGroups(network)
    self.nodes = nodes
    let groups = nodes.roots
    self.groups = groups
    weights = zip(nodes.scales, nodes.gains).map { $0 / ($1 * $1) }
    var roots = [Double?](repeating: nil, count: network.nodeCount)
    for (node, volts) in network.held.sorted(by: { $0.key < $1.key }) {
      let root = (volts - nodes.offsets[node]) / nodes.scales[node]
      let other = roots[groups[node]]
      guard other == nil || abs(other! - root) <= 1e-12 * max(abs(root), abs(nodes.offsets[node]))
      else {
        throw NumericalFailure("ideal connections join nodes held at \(other!) V and \(root) V")
      }
      if other == nil { roots[groups[node]] = root }
    }
    var known = (0..<network.nodeCount).map { node in
      roots[groups[node]].map { nodes.scales[node] * $0 + nodes.offsets[node] } ?? 0
    }
    for (node, volts) in network.held { known[node] = volts }
    self.known = known
    active = network.branches.indices.filter { k in
      let branch = network.branches[k]
      if branch.element.isIdeal || branch.element.isOpen { return false }
      return groups[branch.from] != groups[branch.to]
        || nodes.offsets[branch.from] != nodes.offsets[branch.to]
        || network.point(branch.element, 0).current != 0
    }
    let reached = network.reached(groups)
    var (unknown, count) = ([Int](repeating: -1, count: network.nodeCount), 0)
    for node in 0..<network.nodeCount
    where groups[node] == node && reached[node] && roots[node] == nil {
      unknown[node] = count
      count += 1
    }
    (self.unknown, self.count) = (unknown, count)
    var places: [(row: Int, column: Int)] = []
    for k in active {
      let branch = network.branches[k]
      let a = unknown[groups[branch.from]]
      let b = unknown[groups[branch.to]]
      if case .current = branch.element, groups[branch.from] != groups[branch.to] {
        guard reached[groups[branch.from]], reached[groups[branch.to]] else {
          throw NumericalFailure(
            "a current source drives a node that nothing joins to a held node: give it a resistance to ground"
          )
        }
      }
      if a >= 0 { places.append((a, a)) }
      if b >= 0 { places.append((b, b)) }
      if a >= 0, b >= 0 { places.append((max(a, b), min(a, b))) }
    }
    pattern = places
    matrix = SparseCholesky(order: count, places: places)
  }

  /// Node voltages and branch currents.
  ///
  /// - Parameter start: node voltages to begin with; `nil` is 0 V.
  /// - Throws: `NumericalFailure` with step count and residual where the tolerance is not met.
  func solve(
    tolerance: Double = 1e-9, stepLimit: Int = 200, from start: [Double]? = nil
  ) throws(NumericalFailure) -> Solution {
    var x = start.map(unknowns) ?? [Double](repeating: 0, count: count)
    var state = evaluate(x)
    var steps = 0
    while state.residual > tolerance || steps == 0 {
      guard steps < stepLimit else { throw failure(state, steps, tolerance) }
      try factorize(state.slopes)
      let change = matrix.solve(state.mismatch)
      steps += 1
      guard let (tried, next) = search(from: x, state, along: change, tolerance) else {
        if state.residual <= tolerance { break }
        throw failure(state, steps, tolerance)
      }
      x = tried
      state = next
    }
    return solution(x, state, steps)
  }

  /// The first of halving steps after which the mismatch is smaller, or after which the co-content's
  /// slope along the step has fallen to half: cells' currents rise with their voltages, so that the
  /// solution is the minimum of a convex function whose gradient is the mismatch.
  private func search(
    from x: [Double], _ state: State, along change: [Double], _ tolerance: Double
  ) -> ([Double], State)? {
    func slope(_ mismatch: [Double]) -> Double {
      zip(mismatch, change).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let steepness = slope(state.mismatch)
    var length = 1.0
    while length > 1e-12 {
      let tried = zip(x, change).map { $0 - length * $1 }
      let next = evaluate(tried)
      if next.residual <= tolerance || next.worst <= (1 - 1e-4 * length) * state.worst
        || abs(slope(next.mismatch)) <= 0.5 * steepness
      {
        return (tried, next)
      }
      length *= 0.5
    }
    return nil
  }

  private func factorize(_ slopes: [Double]) throws(NumericalFailure) {
    guard matrix.factorise(slopes) else {
      factorizedSlopes = []
      let isNegative = network.branches.contains {
        if case .conductor(let conductance, _) = $0.element { conductance < 0 } else { false }
      }
      throw NumericalFailure(
        isNegative
          ? "the negative conductances leave the network without a stable state"
          : "the equations of the network of \(count) unknown voltages are singular to working precision"
      )
    }
    factorizedSlopes = slopes
  }

  /// The unknowns at given node voltages.
  func unknowns(_ voltages: [Double]) -> [Double] {
    var x = [Double](repeating: 0, count: count)
    for node in voltages.indices where unknown[node] >= 0 { x[unknown[node]] = voltages[node] }
    return x
  }

  /// Takes the slopes at given node voltages for `response`, without a solve.
  /// - Throws: `NumericalFailure` where the matrix is not positive definite.
  func linearize(at voltages: [Double]) throws(NumericalFailure) {
    let state = evaluate(unknowns(voltages))
    (tangents, finalSlopes) = (state.tangents, state.slopes)
    try factorize(state.slopes)
  }

  /// Node voltages and branch currents for currents fed into nodes, with held nodes and voltage sources at 0 V and
  /// elements replaced by their slopes at the last solution: one further triangular solve.
  func response(toCurrents fed: [Double]) -> (voltages: [Double], currents: [Double]) {
    if factorizedSlopes != finalSlopes, matrix.factorise(finalSlopes) {
      factorizedSlopes = finalSlopes
    }
    var right = [Double](repeating: 0, count: count)
    for (node, current) in fed.enumerated() where unknown[groups[node]] >= 0 {
      right[unknown[groups[node]]] += weights[node] * current
    }
    let x = matrix.solve(right)
    let voltages = groups.indices.map {
      unknown[groups[$0]] >= 0 ? nodes.scales[$0] * x[unknown[groups[$0]]] : 0
    }
    var currents = [Double](repeating: 0, count: network.branches.count)
    for (k, slope) in zip(active, tangents) {
      let branch = network.branches[k]
      currents[k] = slope * (voltages[branch.from] - voltages[branch.to])
    }
    _ = addIdealCurrents(&currents, fed: fed)
    return (voltages, currents)
  }

  /// The number of a node's unknown, or −1.
  func unknownNumber(of node: Int) -> Int { unknown[groups[node]] }

  /// What a farad at a node counts in its unknown's equation.
  func chargeWeight(of node: Int) -> Double { weights[node] * nodes.scales[node] }

  /// The voltage of a node where the unknowns are `x`.
  func nodeVoltage(_ node: Int, _ x: [Double]) -> Double { voltage(node, x) }

  /// Writes the currents that leave each unknown.
  func fillMismatch(at x: UnsafePointer<Double>, _ mismatch: UnsafeMutablePointer<Double>) {
    let state = evaluate(Array(UnsafeBufferPointer(start: x, count: count)))
    for k in 0..<count { mismatch[k] = state.mismatch[k] }
  }

  /// Writes the derivatives of those currents, a dense matrix, row major.
  func fillJacobian(at x: UnsafePointer<Double>, _ jacobian: UnsafeMutablePointer<Double>) {
    let state = evaluate(Array(UnsafeBufferPointer(start: x, count: count)))
    for k in 0..<count * count { jacobian[k] = 0 }
    for (place, slope) in zip(pattern, state.slopes) {
      jacobian[place.row * count + place.column] += slope
      if place.row != place.column { jacobian[place.column * count + place.row] += slope }
    }
  }

  private struct State {
    /// Amperes that leave each unknown.
    var mismatch: [Double]
    /// Elements of the Jacobian, in the order of places.
    var slopes: [Double]
    /// Amperes and slopes of active branches.
    var currents: [Double]
    var tangents: [Double]
    var worst = 0.0
    var residual = 0.0
    /// The mismatch that rounding of the node voltages makes at most, in amperes.
    var rounding = 0.0
  }

  private func voltage(_ node: Int, _ x: [Double]) -> Double {
    let k = unknown[groups[node]]
    return k >= 0 ? nodes.scales[node] * x[k] + nodes.offsets[node] : known[node]
  }

  private func evaluate(_ x: [Double]) -> State {
    var state = State(
      mismatch: [Double](repeating: 0, count: count), slopes: [], currents: [], tangents: [])
    state.slopes.reserveCapacity(pattern.count)
    state.currents.reserveCapacity(active.count)
    state.tangents.reserveCapacity(active.count)
    var largest = 0.0
    var rounding = 0.0
    for k in active {
      let branch = network.branches[k]
      let (from, to) = (voltage(branch.from, x), voltage(branch.to, x))
      let (current, slope) = network.point(branch.element, from - to)
      rounding = max(rounding, slope * max(abs(from), abs(to)) * 0x1p-50)
      state.currents.append(current)
      state.tangents.append(slope)
      if case .cell = branch.element { largest = max(largest, abs(current)) }
      let (a, b) = (unknown[groups[branch.from]], unknown[groups[branch.to]])
      if a >= 0 {
        state.mismatch[a] += weights[branch.from] * current
        state.slopes.append(weights[branch.from] * nodes.scales[branch.from] * slope)
      }
      if b >= 0 {
        state.mismatch[b] -= weights[branch.to] * current
        state.slopes.append(weights[branch.to] * nodes.scales[branch.to] * slope)
      }
      if a >= 0, b >= 0 {
        // Twice on the diagonal where a source joins both ends: the sum is then 0.
        let both = a == b ? 2.0 : 1
        state.slopes.append(-both * weights[branch.from] * nodes.scales[branch.to] * slope)
      }
    }
    state.worst = state.mismatch.reduce(0) { max($0, abs($1)) }
    if largest == 0 { largest = state.currents.reduce(0) { max($0, abs($1)) } }
    // Where nothing flows but what rounding makes, Kirchhoff's law is met.
    let isDead = largest <= rounding && state.worst <= rounding
    state.residual = state.worst == 0 || isDead ? 0 : state.worst / largest
    state.rounding = rounding
    return state
  }

  private func failure(_ state: State, _ steps: Int, _ tolerance: Double) -> NumericalFailure {
    let remedy =
      state.worst <= 8 * state.rounding
      ? "where segments have so little resistance against the cells, rounding leaves as much: set them to 0 Ohm, or allow a larger tolerance"
      : "lower the voltages, the steepness of the cells' law or the wire resistance, or allow a larger tolerance"
    return NumericalFailure(
      "the network of \(count) unknown voltages was solved to a residual of \(state.residual) after \(steps) Newton steps, \(tolerance) was asked for: \(remedy)"
    )
  }

  private func solution(_ x: [Double], _ state: State, _ steps: Int) -> Solution {
    var currents = [Double](repeating: 0, count: network.branches.count)
    for (k, current) in zip(active, state.currents) { currents[k] = current }
    let delivered = addIdealCurrents(&currents, fed: [])
    (tangents, finalSlopes) = (state.tangents, state.slopes)
    return Solution(
      voltages: (0..<network.nodeCount).map { voltage($0, x) }, currents: currents,
      residual: state.residual, steps: steps, amplifierCurrents: delivered)
  }
}
