internal import CSettlingKernels
import LinearAlgebra

/// The units of some samples while a network settles.
package struct SettlingStates: Sendable {
  /// How many samples.
  package let samples: Int
  /// Samples × units, a list per layer, the input lines first.
  package var layers: [[Float]]
  /// What the inputs give to the first layer, Σ V·W without bias: samples × units. Computed once.
  package let drive: [Float]

  /// All units at 0, with inputs.
  /// - Parameter lines: samples × input lines.
  package init(_ network: SettlingNetwork, lines: [Float], samples: Int) {
    self.samples = samples
    layers =
      [lines] + network.sizes.dropFirst().map { [Float](repeating: 0, count: samples * $0) }
    var drive = [Float](repeating: 0, count: samples * network.sizes[1])
    drive.withUnsafeMutableBufferPointer {
      network.matrices[0].forward(lines, into: $0.baseAddress!, samples: samples)
    }
    self.drive = drive
  }

  /// States that were found in another way, for reading alone.
  /// - Parameter layers: samples × units, a list per layer, the input lines first.
  package init(found layers: [[Float]], samples: Int) {
    (self.layers, self.samples, drive) = (layers, samples, [])
  }
}

/// What pulls at the outputs.
package struct Nudge: Sendable {
  /// β: a conductance to the target for resistive networks.
  package var strength: Float
  /// Samples × outputs.
  package var target: [Float]

  package init(strength: Float, target: [Float]) {
    self.strength = strength
    self.target = target
  }
}

extension SettlingNetwork {
  /// The outputs without nudging after `sweeps` sweeps from units at 0: samples × outputs.
  /// - Parameter x: samples × inputs.
  package func outputs(_ x: UnsafePointer<Float>, samples: Int, sweeps: Int) -> [Float] {
    var states = SettlingStates(self, lines: inputs(x, samples: samples), samples: samples)
    settle(&states, sweeps: sweeps)
    return states.layers[layerCount]
  }

  /// Makes sweeps over all layers.
  package func settle(_ states: inout SettlingStates, sweeps: Int, nudge: Nudge? = nil) {
    let scales = scales(nudging: nudge?.strength ?? 0)
    forEachUpdate(sweeps) { layer in
      update(&states, layer, scales[layer - 1], layer == layerCount ? nudge : nil)
    }
  }

  /// 1/(d + β) of every unit, a list per layer; 0 at a node to which nothing is connected, which stays at 0.
  private func scales(nudging: Float = 0) -> [[Float]] {
    (1...layerCount).map { layer in
      let extra = layer == layerCount ? nudging : 0
      return divisors(layer).map { $0 + extra > 1e-20 ? 1 / ($0 + extra) : 0 }
    }
  }

  /// Calls `body` with the layers of all sweeps: those at odd places, then those at even places.
  private func forEachUpdate(_ sweeps: Int, _ body: (Int) -> Void) {
    for _ in 0..<sweeps {
      for first in 1...2 { stride(from: first, through: layerCount, by: 2).forEach(body) }
    }
  }

  /// Adds what the layers beside layer `layer` give to its units; that of the inputs is not among it.
  private func addNeighbors(_ sum: inout [Float], _ states: SettlingStates, _ layer: Int) {
    sum.withUnsafeMutableBufferPointer { sum in
      if layer > 1 {
        matrices[layer - 1].forward(
          states.layers[layer - 1], into: sum.baseAddress!, samples: states.samples)
      }
      if layer < layerCount {
        matrices[layer].backward(
          states.layers[layer + 1], into: sum.baseAddress!, samples: states.samples)
      }
    }
  }

  private func update(
    _ states: inout SettlingStates, _ layer: Int, _ scale: [Float], _ nudge: Nudge?
  ) {
    let (size, samples) = (sizes[layer], states.samples)
    var sum = layer == 1 ? states.drive : [Float](repeating: 0, count: samples * size)
    addNeighbors(&sum, states, layer)
    let (middle, lower, upper) = bounds(layer)
    // Resistive: dv/dt = goal − v in units of the node's own time constant; else −dE/dv = (d + β)·(goal − v).
    let steps = eulerStep.map { step in scale.map { kind == .energy ? step * (1 / $0) : step } }
    ow_settling_move(
      &states.layers[layer], sum, samples, size, biases[layer - 1], scale, nudge?.target,
      nudge?.strength ?? 0, steps, middle, ow_settling_range(lower), ow_settling_range(upper))
  }

  /// dV/dβ at β = 0 by the adjoint of the steady state: units that are held stay, all others follow the same
  /// linear equations with t − V fed into the outputs.
  ///
  /// - Parameters:
  ///   - states: settled without nudging.
  ///   - sweeps: fewer than it takes to settle truncate the gradient.
  package func response(_ states: SettlingStates, target: [Float], sweeps: Int) -> SettlingStates {
    var result = SettlingStates(
      self, lines: [Float](repeating: 0, count: states.samples * sizes[0]), samples: states.samples)
    let scales = scales()
    forEachUpdate(sweeps) { respond(&result, states, target, $0, scales[$0 - 1]) }
    return result
  }

  private func respond(
    _ result: inout SettlingStates, _ states: SettlingStates, _ target: [Float], _ layer: Int,
    _ scale: [Float]
  ) {
    let (size, samples) = (sizes[layer], states.samples)
    var sum = [Float](repeating: 0, count: samples * size)
    addNeighbors(&sum, result, layer)
    let (middle, lower, upper) = bounds(layer)
    for s in 0..<samples {
      for j in 0..<size {
        let k = s * size + j
        let v = states.layers[layer][k]
        if layer == layerCount { sum[k] += target[k] - v }
        let range = j < middle ? lower : upper
        let isFree = v > range.lowerBound && v < range.upperBound
        result.layers[layer][k] = isFree ? sum[k] * scale[j] : 0
      }
    }
  }
}

extension ow_settling_range {
  fileprivate init(_ range: ClosedRange<Float>) {
    self.init(low: range.lowerBound, high: range.upperBound)
  }
}
