import DeviceModels
import LinearAlgebra
import NumericalMethods

extension LayeredSystem {
  /// The steady state.
  ///
  /// - Parameters:
  ///   - inputs: volts of the inputs.
  ///   - nudge: targets of the outputs in volts and β in siemens; `nil` is the free phase.
  ///   - start: a state to begin with; `nil` is all units at 0 V.
  /// - Throws: `NumericalFailure` where Newton's method or pivoting does not end, or a negative β leaves no stable state.
  package func settled(
    _ inputs: [Double], nudge: LayeredNetwork.Nudge? = nil, from start: UnitState? = nil
  ) throws(NumericalFailure) -> UnitState {
    var state =
      start
      ?? UnitState(
        voltages: Array(repeating: 0, count: count), sides: Array(repeating: .free, count: count))
    let ideal = (0..<count).filter { hasIdealDiode($0) }
    let fed = fed(inputs, nudge)
    var pivoting = BlockPivoting(count: ideal.count)
    while true {
      for j in ideal where state.sides[j] != .free {
        let bounds = bounds(of: j)
        state.voltages[j] = state.sides[j] == .lower ? bounds.lowerBound : bounds.upperBound
      }
      let balance = try relax(&state, inputs, fed, nudge?.strength ?? 0)
      let wrong = ideal.compactMap { j -> (unit: Int, side: UnitState.Side)? in
        let bounds = bounds(of: j)
        let (v, leaving) = (state.voltages[j], balance.leaving[j])
        switch state.sides[j] {
        case .lower: return leaving < -balance.smallest ? (j, .free) : nil
        case .upper: return leaving > balance.smallest ? (j, .free) : nil
        case .free:
          if v < bounds.lowerBound { return (j, .lower) }
          return v > bounds.upperBound ? (j, .upper) : nil
        }
      }
      if wrong.isEmpty { return state }
      for (j, side) in try pivoting.changes(wrong) { state.sides[j] = side }
    }
  }

  /// dV/dβ at β = 0 of all units, in volts per siemens: held units stay, all others follow the slopes of `state` with t − V fed
  /// into the outputs.
  ///
  /// - Parameters:
  ///   - targets: volts.
  ///   - sweeps: `nil` solves exactly; else so many sweeps over the units, layers at odd places first, from 0.
  /// - Throws: `NumericalFailure` where the slopes are not positive definite.
  package func response(
    _ state: UnitState, inputs: [Double], targets: [Double], sweeps: Int? = nil
  ) throws(NumericalFailure) -> UnitState {
    let slopes = currents(state, inputs, fed(inputs, nil), 0).slopes
    var right = [Double](repeating: 0, count: count)
    for (j, target) in zip(units[units.count - 1], targets) {
      if state.sides[j] == .free { right[j] = target - state.voltages[j] }
    }
    let free = (0..<count).filter { state.sides[$0] == .free }
    guard let sweeps else {
      let x = try solve(slopes, free, right)
      return UnitState(voltages: x, sides: state.sides)
    }
    var x = [Double](repeating: 0, count: count)
    let order = [1, 0].flatMap { odd in
      units.indices.filter { $0 % 2 == 1 - odd }.flatMap { units[$0] }
    }.filter { state.sides[$0] == .free }
    for _ in 0..<sweeps {
      for j in order {
        var sum = right[j]
        for k in 0..<count where k != j { sum -= slopes[j * count + k] * x[k] }
        x[j] = sum / slopes[j * count + j]
      }
    }
    return UnitState(voltages: x, sides: state.sides)
  }

  /// Newton's method on the units that no ideal diode holds.
  ///
  /// - Returns: the amperes that leave each unit, and how few count as none.
  private func relax(
    _ state: inout UnitState, _ inputs: [Double], _ fed: [Double], _ strength: Double
  ) throws(NumericalFailure) -> (leaving: [Double], smallest: Double) {
    let free = (0..<count).filter { state.sides[$0] == .free }
    func worst(_ leaving: [Double]) -> Double { free.reduce(0) { max($0, abs(leaving[$1])) } }
    var now = currents(state, inputs, fed, strength)
    var steps = 0
    while worst(now.leaving) > 1e-13 * now.size || steps == 0 {
      guard steps < 300 else { break }
      steps += 1
      let change = try solve(now.slopes, free, now.leaving)
      func along(_ leaving: [Double]) -> Double { free.reduce(0) { $0 + leaving[$1] * change[$1] } }
      let (steepness, before) = (along(now.leaving), worst(now.leaving))
      var length = 1.0
      var found: (UnitState, Currents)?
      while length > 1e-12, found == nil {
        var tried = state
        for j in free { tried.voltages[j] -= length * change[j] }
        let next = currents(tried, inputs, fed, strength)
        if worst(next.leaving) <= (1 - 1e-4 * length) * before
          || abs(along(next.leaving)) <= 0.5 * steepness
        {
          found = (tried, next)
        }
        length *= 0.5
      }
      guard let found else { break }
      (state, now) = found
    }
    guard worst(now.leaving) <= 1e-10 * now.size else {
      throw NumericalFailure(
        "the units do not settle: a current of \(worst(now.leaving)) A is left after \(steps) Newton steps"
      )
    }
    return (now.leaving, 1e-10 * now.size)
  }

  /// x with A_FF·x_F = b_F for the free units F, 0 at the others.
  private func solve(
    _ slopes: [Double], _ free: [Int], _ b: [Double]
  ) throws(NumericalFailure) -> [Double] {
    let m = free.count
    let part = [Double](unsafeUninitializedCapacity: m * m) { part, filled in
      for (a, i) in free.enumerated() {
        for (c, j) in free.enumerated() { part[a * m + c] = slopes[i * count + j] }
      }
      filled = m * m
    }
    guard let factors = DenseCholesky(part, order: m) else {
      throw NumericalFailure(
        "the network has no stable state with this nudging: the outputs' conductances must exceed it"
      )
    }
    var x = [Double](repeating: 0, count: count)
    for (j, value) in zip(free, factors.solve(free.map { b[$0] })) { x[j] = value }
    return x
  }
}
