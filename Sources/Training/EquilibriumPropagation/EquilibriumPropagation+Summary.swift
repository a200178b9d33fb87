import Networks

extension EquilibriumPropagation {
  /// The rate of a learning rate of 1 over the batch and β₂ − β₁.
  func scale(_ step: Step, _ nudgings: (first: Float, second: Float)) -> Float {
    let difference = gradient == .equilibriumPropagation ? nudgings.second - nudgings.first : 1
    return step.gain / (Float(step.samples) * difference)
  }

  /// The loss, what was named rightly, and the changes of biases.
  func summary(
    _ phases: [SettledPhases], labels: [Int32], nudgings: (first: Float, second: Float),
    gain: Float
  ) -> Step {
    var result = Step(
      loss: 0, correct: 0, samples: phases.reduce(0) { $0 + $1.free.samples }, gain: gain)
    let outputs = network.outputCount
    var first = 0
    for phase in phases {
      let y = phase.free.layers[network.layerCount]
      for s in 0..<phase.free.samples {
        let label = Int(labels[first + s])
        y.withUnsafeBufferPointer { y in
          let row = UnsafeBufferPointer(rebasing: y[s * outputs..<(s + 1) * outputs])
          if placeOfLargest(row) == label { result.correct += 1 }
          for k in 0..<outputs {
            let e = Double(row[k] - (k == label ? 1 : 0))
            result.loss += 0.5 * e * e
          }
        }
      }
      first += phase.free.samples
    }
    result.loss /= Double(max(1, result.samples))
    let scale = scale(result, nudgings)
    for k in 0..<network.layerCount {
      result.biasChanges.append(biasChange(of: k, phases, scale: scale * biasRates[k]))
    }
    return result
  }

  /// −rate·dC/db: the mean change of every unit.
  private func biasChange(of k: Int, _ phases: [SettledPhases], scale: Float) -> [Float] {
    var sum = [Float](repeating: 0, count: network.sizes[k + 1])
    let isDifference = gradient == .equilibriumPropagation
    for phase in phases {
      let (first, second) = (phase.first.layers[k + 1], phase.second.layers[k + 1])
      for s in stride(from: 0, to: second.count, by: sum.count) {
        for j in sum.indices {
          sum[j] += scale * (second[s + j] - (isDifference ? first[s + j] : 0))
        }
      }
    }
    return sum
  }
}
