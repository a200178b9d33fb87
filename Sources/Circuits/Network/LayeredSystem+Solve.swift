import DeviceModels
import LinearAlgebra
import NumericalMethods

extension LayeredSystem {
  /// The steady state.
  ///
  /// - Parameters:
  ///   - inputs: volts of the inputs.
  ///   - nudge: targets of the outputs in volts and β in siemens; `nil` is the free phase.
  ///   - start: a state to begin with; `nil` is what two sweeps over the units find from 0 V, or 0 V where cells have a law of
  ///     their own.
  /// - Throws: `NumericalFailure` where Newton's method or pivoting does not end, or a negative β leaves no stable state.
  package func settled(
    _ inputs: [Double], nudge: LayeredNetwork.Nudge? = nil, from start: UnitState? = nil
  ) throws(NumericalFailure) -> UnitState {
    let (fed, strength) = (fed(inputs, nudge), nudge?.strength ?? 0)
    var state = start ?? UnitState(count: count)
    if start == nil, !hasCellLaws { for _ in 0..<2 { sweep(&state, fed, strength) } }
    var pivoting = BlockPivoting(count: ideal.count)
    while true {
      for j in ideal where state.sides[j] != .free {
        state.voltages[j] = state.sides[j] == .lower ? bounds[j].lowerBound : bounds[j].upperBound
      }
      let balance = try relax(&state, inputs, fed, strength)
      let wrong = ideal.compactMap { j -> (unit: Int, side: UnitState.Side)? in
        let (v, leaving) = (state.voltages[j], balance.leaving[j])
        switch state.sides[j] {
        case .lower: return leaving < -balance.smallest ? (j, .free) : nil
        case .upper: return leaving > balance.smallest ? (j, .free) : nil
        case .free:
          if v < bounds[j].lowerBound { return (j, .lower) }
          return v > bounds[j].upperBound ? (j, .upper) : nil
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
    let now = currents(state, inputs, fed(inputs, nil), 0)
    var right = [Double](repeating: 0, count: count)
    for (j, target) in zip(units[units.count - 1], targets) {
      if state.sides[j] == .free { right[j] = target - state.voltages[j] }
    }
    guard let sweeps else {
      let x = try UnitEquations(self, state, strength: 0).solution(right, now)
      return UnitState(voltages: x, sides: state.sides)
    }
    func slope(_ j: Int, _ k: Int) -> Double {
      siemens[j * count + k] + (j == k ? now.slopes[j] : 0)
        + (now.cellSlopes.isEmpty ? 0 : now.cellSlopes[j * count + k])
    }
    var x = [Double](repeating: 0, count: count)
    let order = [1, 0].flatMap { odd in
      units.indices.filter { $0 % 2 == 1 - odd }.flatMap { units[$0] }
    }.filter { state.sides[$0] == .free }
    for _ in 0..<sweeps {
      for j in order {
        var sum = right[j]
        for k in 0..<count where k != j { sum -= slope(j, k) * x[k] }
        x[j] = sum / slope(j, j)
      }
    }
    return UnitState(voltages: x, sides: state.sides)
  }

  /// Puts one unit after the other where Kirchhoff's law holds with all others as they are.
  ///
  /// Newton's method from 0 V would come down the exponential of a diode in steps of its emission voltage.
  private func sweep(_ state: inout UnitState, _ fed: [Double], _ strength: Double) {
    for (l, layer) in layered.layers.enumerated() {
      for j in units[l] {
        let conductance = siemens[j * count + j] + (l == units.count - 1 ? strength : 0)
        // Where a nudge leaves a unit without a steady state the solution fails with the reason.
        guard conductance > 0 else { continue }
        var current = fed[j]
        for k in 0..<count where k != j { current -= siemens[j * count + k] * state.voltages[k] }
        var v = current / conductance
        let bounds = bounds[j]
        guard let diode = layer.diode else {
          state.sides[j] = v < bounds.lowerBound ? .lower : v > bounds.upperBound ? .upper : .free
          state.voltages[j] = min(max(v, bounds.lowerBound), bounds.upperBound)
          continue
        }
        // All cells of the unit are a resistance in series with the diode.
        var branch = diode
        branch.seriesResistance += 1 / conductance
        if v < bounds.lowerBound {
          v += branch.point(bounds.lowerBound - v).current / conductance
        } else if v > bounds.upperBound {
          v -= branch.point(v - bounds.upperBound).current / conductance
        }
        state.voltages[j] = v
      }
    }
  }

  /// Newton's method on the units that no ideal diode holds.
  ///
  /// - Returns: the amperes that leave each unit, and how few count as none.
  private func relax(
    _ state: inout UnitState, _ inputs: [Double], _ fed: [Double], _ strength: Double
  ) throws(NumericalFailure) -> (leaving: [Double], smallest: Double) {
    let equations = try UnitEquations(self, state, strength: strength)
    let free = equations.free
    func worst(_ leaving: [Double]) -> Double { free.reduce(0) { max($0, abs(leaving[$1])) } }
    var now = currents(state, inputs, fed, strength)
    var steps = 0
    while worst(now.leaving) > 1e-13 * now.size || steps == 0 {
      guard steps < 300 else { break }
      steps += 1
      let change = try equations.solution(now.leaving, now)
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
}
