import StrictYAML

/// What a rule of plasticity does with a matrix: its law, limits of its weights, and the scaling of their sums.
struct SynapseSettings: Sendable {
  /// What activity asks for.
  let law: any PlasticityLaw
  /// Where digital weights are held, their absolute values in matrices that follow Dale's law; `nil` for no limits. Devices have bounds of their own.
  let limits: ClosedRange<Float>?
  /// How sums are kept; `nil` for not at all.
  let scaling: SynapticScaling?

  /// Reads `law` with its keys, and `limits` and `scaling` from `limits`, the same mapping unless something else is said.
  init(reading node: StrictNode, limitsOf limits: StrictNode? = nil) {
    let other = limits ?? node
    law = PlasticityLaws.law(reading: node)
    self.limits = Self.range("limits", other)
    scaling = other.has("scaling") ? SynapticScaling(reading: other.mapping("scaling")) : nil
  }

  /// Two numbers under `key`, the smaller one first; `nil` where there are none.
  static func range(_ key: String, _ node: StrictNode) -> ClosedRange<Float>? {
    guard node.has(key) else { return nil }
    let numbers = node.quantities(key, unit: "", in: -1e6...1e6, default: [])
    guard numbers.count == 2, numbers[0] <= numbers[1] else {
      node.child(key).fault("two numbers are expected, the smaller one first, such as [0, 1]")
      return nil
    }
    return Float(numbers[0])...Float(numbers[1])
  }

  /// Holds weights within the limits, and those of links that are not there at 0.
  ///
  /// - Parameter signs: the sign of each input's weights under Dale's law, else empty.
  func hold(_ site: inout any TrainableSite, links: [Bool], signs: [Float]) {
    guard limits != nil || !links.isEmpty else { return }
    let outputs = site.outputs
    site.forEachParameter { name, parameter in
      guard name == "weight" else { return }
      if let limits {
        for k in parameter.values.indices {
          let sign = signs.isEmpty ? 1 : signs[k / outputs]
          let size = min(max(sign * parameter.values[k], limits.lowerBound), limits.upperBound)
          parameter.values[k] = sign * size
        }
      }
      for k in links.indices where !links[k] { parameter.values[k] = 0 }
    }
  }
}

/// Synaptic scaling: the weights of every unit are multiplied by one factor, so that Σ|w| is what it is to be.
///
/// As requests, a row per unit: its weights as they are read, times the factor less 1. On digital weights the sum is then
/// exact; pulsed devices come as near as their pulses let them.
package struct SynapticScaling: Sendable {
  /// Whose weights are summed.
  package enum Side: String, Sendable, CaseIterable {
    /// All weights into a unit.
    case inputs
    /// All weights out of a unit.
    case outputs
  }

  /// Σ|w|.
  let sum: Float
  let side: Side
  /// After how many steps it is done.
  let every: Int

  /// A scaling; see the members.
  package init(sum: Float, side: Side, every: Int = 1) {
    (self.sum, self.side, self.every) = (sum, side, every)
  }

  init(reading node: StrictNode) {
    sum = Float(node.number("sum", in: 1e-9...1e9))
    side = node.choice("of", of: Side.self, default: .inputs)
    every = node.integer("every", in: 1...1_000_000, default: 1)
  }

  /// What is to be asked of weights, outputs × inputs; units whose weights are all 0 stay as they are.
  package func requests(_ weights: [Float], inputs: Int, outputs: Int) -> UpdateRequests {
    var requests = UpdateRequests(inputs: inputs, outputs: outputs)
    switch side {
    case .inputs:
      var unit = [Float](repeating: 0, count: outputs)
      for j in 0..<outputs {
        let row = Array(weights[j * inputs..<(j + 1) * inputs])
        unit[j] = 1
        requests.add(row, unit, factor: change(row))
        unit[j] = 0
      }
    case .outputs:
      var unit = [Float](repeating: 0, count: inputs)
      for i in 0..<inputs {
        let column = (0..<outputs).map { weights[$0 * inputs + i] }
        unit[i] = 1
        requests.add(unit, column, factor: change(column))
        unit[i] = 0
      }
    }
    return requests
  }

  /// The factor less 1; 0 where there is nothing to scale.
  private func change(_ weights: [Float]) -> Float {
    let found = weights.reduce(0) { $0 + abs($1) }
    return found > 0 ? sum / found - 1 : 0
  }
}
