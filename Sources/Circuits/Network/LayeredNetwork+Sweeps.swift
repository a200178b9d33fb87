import NumericalMethods

/// Block-coordinate descent: where cells are ohmic, wires and diodes ideal and nothing amplifies, each unit's voltage
/// that minimizes the co-content for given neighbors is their mean weighted by the cells between them, within its bounds.
/// Units of one layer do not see each other, so that a layer is one step.
extension LayeredNetwork {
  /// Targets of the outputs in volts, and how strongly the outputs are nudged toward them, β in siemens; β may be negative.
  package struct Nudge: Hashable, Sendable {
    package var targets: [Double]
    package var strength: Double

    package init(targets: [Double], strength: Double) {
      (self.targets, self.strength) = (targets, strength)
    }
  }

  /// Whether sweeps find the steady state.
  package var allowsSweeps: Bool {
    layers.allSatisfy { $0.wires == nil && $0.law == .ohmic && $0.diode == nil && $0.gain == 1 }
  }

  /// Units at 0 V, or at the bound that is nearest.
  package var restingUnits: [[Double]] {
    layers.map { $0.bounds.map { min(max(0, $0.lowerBound), $0.upperBound) } }
  }

  /// The largest β by which a negative phase may nudge: the least total conductance at an output, of a pair that of both
  /// in series.
  package var nudgeLimit: Double {
    let last = layers[layers.count - 1]
    let sums = (0..<last.count).map { j in
      (0..<last.conductances.rowCount).reduce(0) { $0 + last.conductances[$1, j] }
    }
    guard hasOutputPairs else { return sums.min() ?? 0 }
    let half = last.count / 2
    return (0..<half).map { k in
      let (a, b) = (sums[k], sums[half + k])
      return a + b > 0 ? a * b / (a + b) : 0
    }.min() ?? 0
  }

  /// One sweep: every layer from the first to the last.
  ///
  /// - Parameters:
  ///   - units: volts of the units, layer by layer.
  ///   - inputs: volts of the inputs.
  ///   - nudge: what nudges the outputs; `nil` is the free phase.
  /// - Throws: `NumericalFailure` where β is negative and at least as large as `nudgeLimit`.
  /// - Precondition: `allowsSweeps`.
  package func sweep(
    _ units: inout [[Double]], inputs: [Double], nudge: Nudge? = nil
  ) throws(NumericalFailure) {
    precondition(allowsSweeps, "linear units between ideal diodes")
    if let nudge, -nudge.strength >= nudgeLimit {
      throw NumericalFailure(
        "a nudge of \(nudge.strength) S leaves an output without a positive conductance: less than \(nudgeLimit) S is allowed"
      )
    }
    for (l, layer) in layers.enumerated() {
      let below = l == 0 ? inputs : units[l - 1]
      for j in 0..<layer.count {
        var current = layer.biases.isEmpty ? 0 : layer.biases[j]
        var sum = 0.0
        for i in below.indices {
          current += layer.conductances[i, j] * below[i]
          sum += layer.conductances[i, j]
        }
        if l + 1 < layers.count {
          for k in units[l + 1].indices {
            current += layers[l + 1].conductances[j, k] * units[l + 1][k]
            sum += layers[l + 1].conductances[j, k]
          }
        } else if let nudge {
          addNudge(nudge, unit: j, units[l], &current, &sum)
        }
        guard sum > 0 else { continue }
        units[l][j] = min(
          max(current / sum, layer.bounds[j].lowerBound), layer.bounds[j].upperBound)
      }
    }
  }

  private func addNudge(
    _ nudge: Nudge, unit j: Int, _ outputs: [Double], _ current: inout Double, _ sum: inout Double
  ) {
    sum += nudge.strength
    guard hasOutputPairs else {
      current += nudge.strength * nudge.targets[j]
      return
    }
    let half = outputs.count / 2
    let goal =
      j < half ? outputs[half + j] + nudge.targets[j] : outputs[j - half] - nudge.targets[j - half]
    current += nudge.strength * goal
  }

  /// The steady state by sweeps.
  ///
  /// - Parameters:
  ///   - start: volts of the units to begin with; `nil` is `restingUnits`.
  ///   - tolerance: how much the last sweep may change a voltage, in volts.
  ///   - limit: the most sweeps.
  /// - Returns: volts of the units, and how many sweeps they took.
  /// - Throws: `NumericalFailure` as `sweep`, and where `limit` sweeps do not suffice.
  package func settled(
    inputs: [Double], nudge: Nudge? = nil, from start: [[Double]]? = nil, tolerance: Double = 1e-12,
    limit: Int = 10_000
  ) throws(NumericalFailure) -> (units: [[Double]], sweeps: Int) {
    var units = start ?? restingUnits
    for k in 1...limit {
      let before = units
      try sweep(&units, inputs: inputs, nudge: nudge)
      let change = zip(before.joined(), units.joined()).reduce(0) { max($0, abs($1.0 - $1.1)) }
      if change <= tolerance { return (units, k) }
      guard change.isFinite else { break }
    }
    throw NumericalFailure(
      "the units do not settle to \(tolerance) V in \(limit) sweeps: allow more, or nudge less")
  }
}
