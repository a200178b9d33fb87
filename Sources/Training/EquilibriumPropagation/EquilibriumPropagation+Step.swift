import LinearAlgebra
import Networks

/// The steady states of some samples that the gradient compares.
struct SettledPhases: Sendable {
  /// Without nudging.
  var free: SettlingStates
  /// The first and the second state; or the free one and its derivative by β.
  var first: SettlingStates
  var second: SettlingStates
}

extension EquilibriumPropagation {
  /// What a step did.
  package struct Step: Sendable {
    /// The mean of C over the batch, and how many outputs named the class.
    package var loss: Double
    package var correct: Int
    /// The changes of all matrices, as outer products or, where these do not tell them, number by number.
    package var changes: [UpdateRanks] = []
    package var denseChanges: [[Float]] = []
    /// The changes of all biases.
    package var biasChanges: [[Float]] = []
    /// How many samples it saw, and the factor on all learning rates.
    package var samples: Int
    package var gain: Float
    /// Where the training samples settled without nudging; empty where nothing is kept.
    var kept: [(samples: ArraySlice<Int>, states: SettlingStates)] = []
  }

  /// Settles a batch and finds what to change, without changing it.
  ///
  /// - Parameters:
  ///   - x: samples × features.
  ///   - samples: their numbers among all training samples, where particles are kept.
  ///   - gain: a factor on all learning rates.
  package func changes(
    _ x: Matrix<Float>, labels: [Int32], samples numbers: [Int] = [], step: Int, gain: Float = 1
  ) -> Step {
    precondition(particles == nil || numbers.count == x.rowCount, "a number a sample")
    let groups = Self.groups(x.rowCount)
    let nudgings = nudgings(step: step)
    let later = hardware?.drifted(network, key: key)
    var phases = Self.mapped(groups) { samples in
      settled(
        x, labels: labels, samples: samples,
        numbers: particles == nil ? [] : numbers[samples], nudgings: nudgings, later: later)
    }
    let kept =
      particles == nil ? [] : zip(groups, phases).map { (numbers[$0], $1.free) }
    addReadNoise(to: &phases, step: step)
    var result = summary(phases, labels: labels, nudgings: nudgings, gain: gain)
    result.kept = kept
    let scale = scale(result, nudgings)
    for k in 0..<network.layerCount {
      result.changes.append(change(of: k, phases, scale: scale * rates[k]))
    }
    return result
  }

  /// Adds what a step found; weights stay in their window.
  package mutating func apply(_ step: Step) {
    for (samples, states) in step.kept { particles?.keep(samples, states) }
    cells?.beginWriting()
    for k in 0..<network.layerCount {
      if cells == nil, step.denseChanges.isEmpty {
        network.matrices[k].update(
          step.changes[k], low: window.lowerBound, high: window.upperBound)
      } else {
        let change =
          step.denseChanges.isEmpty
          ? network.matrices[k].dense(step.changes[k]) : step.denseChanges[k]
        network.matrices[k].set(changed(k, by: change, step))
      }
      for j in network.biases[k].indices { network.biases[k][j] += step.biasChanges[k][j] }
    }
  }

  private func settled(
    _ x: Matrix<Float>, labels: [Int32], samples: Range<Int>, numbers: ArraySlice<Int>,
    nudgings: (first: Float, second: Float), later: SettlingNetwork?
  ) -> SettledPhases {
    let lines = x.elements.withUnsafeBufferPointer {
      network.inputs($0.baseAddress! + samples.lowerBound * x.columnCount, samples: samples.count)
    }
    var free = SettlingStates(network, lines: lines, samples: samples.count)
    particles?.load(numbers, into: &free)
    network.settle(&free, sweeps: sweeps)
    var target = [Float](repeating: 0, count: samples.count * network.outputCount)
    for s in 0..<samples.count {
      target[s * network.outputCount + Int(labels[samples.lowerBound + s])] = 1
    }
    switch gradient {
    case .equilibriumPropagation:
      var (first, second) = (free, free)
      if nudgings.first != 0 {
        network.settle(
          &first, sweeps: nudgedSweeps, nudge: Nudge(strength: nudgings.first, target: target))
      }
      let network = later ?? network
      if later != nil {
        second = SettlingStates(network, lines: lines, samples: samples.count)
        second.layers = free.layers
      }
      network.settle(
        &second, sweeps: nudgedSweeps, nudge: Nudge(strength: nudgings.second, target: target))
      return SettledPhases(free: free, first: first, second: second)
    case .backpropagation, .truncated:
      let response = network.response(
        free, target: target, sweeps: gradient == .truncated ? nudgedSweeps : 4 * sweeps)
      return SettledPhases(free: free, first: free, second: response)
    }
  }

  /// −rate·dC/dW of matrix `k` as outer products; `scale` is the rate over the batch and β₂ − β₁.
  private func change(of k: Int, _ phases: [SettledPhases], scale: Float) -> UpdateRanks {
    let (rows, columns) = (network.sizes[k], network.sizes[k + 1])
    var result = UpdateRanks(rows: [], columns: [], ranks: 0)
    let isResistive = network.kind != .energy
    if isResistive {
      result.rowShift = [Float](repeating: 0, count: rows)
      result.columnShift = [Float](repeating: 0, count: columns)
    }
    func append(_ u: [Float], _ v: [Float], _ factor: Float, samples: Int) {
      result.rows.append(contentsOf: u.map { factor * $0 })
      result.columns.append(contentsOf: v)
      result.ranks += samples
    }
    /// Adds Σ over samples of factor·a·b, unit by unit.
    func gather(_ sums: inout [Float], _ a: [Float], _ b: [Float], _ factor: Float) {
      let count = sums.count
      for s in stride(from: 0, to: a.count, by: count) {
        for i in 0..<count { sums[i] += factor * a[s + i] * b[s + i] }
      }
    }
    for phase in phases {
      let n = phase.free.samples
      let (u1, v1) = (phase.first.layers[k], phase.first.layers[k + 1])
      let (u2, v2) = (phase.second.layers[k], phase.second.layers[k + 1])
      if gradient == .equilibriumPropagation {
        if k == 0 {
          append(u1, zip(v2, v1).map { $0 - $1 }, scale, samples: n)
        } else {
          append(u2, v2, scale, samples: n)
          append(u1, v1, -scale, samples: n)
        }
        if isResistive {
          if k > 0 {
            gather(&result.rowShift, u2, u2, 0.5 * scale)
            gather(&result.rowShift, u1, u1, -0.5 * scale)
          }
          gather(&result.columnShift, v2, v2, 0.5 * scale)
          gather(&result.columnShift, v1, v1, -0.5 * scale)
        }
      } else {
        // `second` is the derivative: ΔW = scale·(u·λv + λu·v), less u·λu and v·λv where resistive.
        append(u1, v2, scale, samples: n)
        if k > 0 { append(u2, v1, scale, samples: n) }
        if isResistive {
          if k > 0 { gather(&result.rowShift, u1, u2, scale) }
          gather(&result.columnShift, v1, v2, scale)
        }
      }
    }
    return result
  }
}
