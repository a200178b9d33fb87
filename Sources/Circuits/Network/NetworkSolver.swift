import DeviceModels
import LinearAlgebra
import NumericalMethods

// Nodes that ideal connections join are one unknown, so that no resistance of 0 is divided by. Newton's
// method on Kirchhoff's current law of the unknowns, each step by CHOLMOD with one analysis for all;
// steps are halved until they bring the solution nearer. Where cells are linear a second step is
// iterative refinement. Parts that no element joins to a held node carry no current and are at 0 V.

/// Solves any network by a sparse direct method.
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
  }

  let network: ResistiveNetwork
  private let groups: [Int]
  /// The number of a group's unknown; −1 where its voltage is known.
  private var unknown: [Int]
  /// The number of unknowns.
  private(set) var count = 0
  /// Branches that count: neither ideal nor open, between different groups.
  private let active: [Int]
  private var known: [Double]
  /// The places of the Jacobian's lower triangle, in the order in which they are computed.
  private let pattern: [(row: Int, column: Int)]
  private let matrix: SparseCholesky
  /// Slopes of active branches at the last solution.
  private var tangents: [Double] = []

  /// Analyses the circuit.
  /// - Throws: `NumericalFailure` where ideal connections join nodes held at different voltages.
  init(_ network: ResistiveNetwork) throws(NumericalFailure) {
    self.network = network
    let groups = network.groups
    self.groups = groups
    known = [Double](repeating: 0, count: network.nodeCount)
    var isHeld = [Bool](repeating: false, count: network.nodeCount)
    for (node, volts) in network.held.sorted(by: { $0.key < $1.key }) {
      let group = groups[node]
      guard !isHeld[group] || known[group] == volts else {
        throw NumericalFailure(
          "ideal connections join nodes held at \(known[group]) V and \(volts) V")
      }
      isHeld[group] = true
      known[group] = volts
    }
    active = network.branches.indices.filter { k in
      let branch = network.branches[k]
      return !branch.element.isIdeal && !branch.element.isOpen
        && groups[branch.from] != groups[branch.to]
    }
    let reached = network.reached(groups)
    unknown = [Int](repeating: -1, count: network.nodeCount)
    for node in 0..<network.nodeCount where groups[node] == node && reached[node] && !isHeld[node] {
      unknown[node] = count
      count += 1
    }
    var places: [(row: Int, column: Int)] = []
    for k in active {
      let a = unknown[groups[network.branches[k].from]]
      let b = unknown[groups[network.branches[k].to]]
      if a >= 0 { places.append((a, a)) }
      if b >= 0 { places.append((b, b)) }
      if a >= 0, b >= 0 { places.append((max(a, b), min(a, b))) }
    }
    pattern = places
    matrix = SparseCholesky(order: count, places: places)
  }

  /// Node voltages and branch currents.
  ///
  /// - Throws: `NumericalFailure` with step count and residual where the tolerance is not met.
  func solve(tolerance: Double = 1e-9, stepLimit: Int = 200) throws(NumericalFailure) -> Solution {
    var x = [Double](repeating: 0, count: count)
    var state = evaluate(x)
    var steps = 0
    while state.residual > tolerance || steps == 0 {
      guard steps < stepLimit, matrix.factorise(state.slopes) else {
        throw failure(state, steps, tolerance)
      }
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

  /// Node voltages and branch currents for currents fed into nodes, with held nodes at 0 V and cells
  /// replaced by their slopes at the last solution: one further triangular solve.
  func response(toCurrents fed: [Double]) -> (voltages: [Double], currents: [Double]) {
    var right = [Double](repeating: 0, count: count)
    for (node, current) in fed.enumerated() where unknown[groups[node]] >= 0 {
      right[unknown[groups[node]]] += current
    }
    let x = matrix.solve(right)
    let voltages = groups.map { unknown[$0] >= 0 ? x[unknown[$0]] : 0 }
    var currents = [Double](repeating: 0, count: network.branches.count)
    for (k, slope) in zip(active, tangents) {
      let branch = network.branches[k]
      currents[k] = slope * (voltages[branch.from] - voltages[branch.to])
    }
    addIdealCurrents(&currents, fed: fed)
    return (voltages, currents)
  }

  /// The number of a node's unknown, or −1.
  func unknownNumber(of node: Int) -> Int { unknown[groups[node]] }

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
    let group = groups[node]
    return unknown[group] >= 0 ? x[unknown[group]] : known[group]
  }

  private func evaluate(_ x: [Double]) -> State {
    var state = State(
      mismatch: [Double](repeating: 0, count: count), slopes: [], currents: [], tangents: [])
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
        state.mismatch[a] += current
        state.slopes.append(slope)
      }
      if b >= 0 {
        state.mismatch[b] -= current
        state.slopes.append(slope)
      }
      if a >= 0, b >= 0 { state.slopes.append(-slope) }
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
    addIdealCurrents(&currents, fed: [])
    tangents = state.tangents
    return Solution(
      voltages: (0..<network.nodeCount).map { voltage($0, x) }, currents: currents,
      residual: state.residual, steps: steps)
  }

  /// Currents of ideal connections, by Kirchhoff's law from the ends of each tree that they form. Where
  /// they form a loop the split is not determined: the last one of a loop carries nothing.
  private func addIdealCurrents(_ currents: inout [Double], fed: [Double]) {
    var leaving = [Double](repeating: 0, count: network.nodeCount)
    for (node, current) in fed.enumerated() { leaving[node] -= current }
    for k in active {
      leaving[network.branches[k].from] += currents[k]
      leaving[network.branches[k].to] -= currents[k]
    }
    var tree: [[(branch: Int, other: Int)]] = Array(repeating: [], count: network.nodeCount)
    var isOfTree = groups.indices.map { network.held[$0] != nil }
    // Trees grow from held nodes, whose sources take what is left over, and else from any node.
    var parents: [(node: Int, branch: Int, parent: Int)] = []
    for (k, branch) in network.branches.enumerated() where branch.element.isIdeal {
      tree[branch.from].append((k, branch.to))
      tree[branch.to].append((k, branch.from))
    }
    func grow(from roots: [Int]) {
      var queue = roots
      var next = 0
      while next < queue.count {
        let node = queue[next]
        next += 1
        for (branch, other) in tree[node] where !isOfTree[other] {
          isOfTree[other] = true
          parents.append((other, branch, node))
          queue.append(other)
        }
      }
    }
    grow(from: network.held.keys.sorted())
    for node in 0..<network.nodeCount where !isOfTree[node] {
      isOfTree[node] = true
      grow(from: [node])
    }
    for (node, branch, parent) in parents.reversed() {
      // What leaves the node through other elements comes through the tree.
      let comes = leaving[node]
      currents[branch] = network.branches[branch].from == parent ? comes : -comes
      leaving[parent] += comes
    }
  }
}
