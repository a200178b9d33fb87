import Foundation

/// A layered network whose units settle to the minimum of an energy, given its inputs.
///
/// Every unit v of layer l minimizes the energy exactly while the layers beside it are held:
///
///     v = clip((b + V₍ₗ₋₁₎·W₍ₗ₋₁₎ + V₍ₗ₊₁₎·W₍ₗ₎ᵀ + β·t) / (d + β))
///
/// with the target t and the nudging β at the outputs only. What d is and where v is clipped, the kind says:
///
/// - `resistive`: a deep resistive network (Scellier, arXiv 2402.11674; Kendall et al., arXiv 2006.01981). W are
///   conductances ≥ 0 of crossbars whose lines float, v volts, d = Σ of all conductances at the node (Kirchhoff's
///   current law), b currents fed into nodes. Ideal diodes hold the first half of a hidden layer at v ≥ 0 and the
///   second half at v ≤ 0; outputs are free. Inputs are voltage sources at A·(x, −x). The energy is half the
///   dissipated power, ½ΣG(Vᵢ − Vⱼ)² − Σb·V.
/// - `energy`: E = ½Σv² − ΣvᵢWᵢⱼvⱼ − Σb·v with v clipped to 0 … 1 (Scellier and Bengio, arXiv 1602.05179, in the
///   form in which ρ is left to the clipping); d = 1.
///
/// Layers at odd places are updated first, then those at even places: one sweep. Sweeps are coordinate descent
/// on a convex function for `resistive`: they end in the one steady state.
package struct SettlingNetwork: Sendable {
  /// What the units and the weights are.
  package enum Kind: Sendable, Hashable {
    /// Volts and conductances; the voltage of an input of 1.
    case resistive(inputGain: Float)
    /// Activities from 0 to 1 and weights of either sign.
    case energy
  }

  /// What the units and the weights are.
  package let kind: Kind
  /// Numbers of a sample.
  package let inputCount: Int
  /// Units of each layer, the inputs (doubled for `resistive`) first.
  package let sizes: [Int]
  /// The weights between layer k and layer k + 1.
  package var matrices: [SettlingMatrix]
  /// Of every layer but the inputs.
  package var biases: [[Float]]
  /// The step of Euler's method in time constants of a unit; `nil` for exact minimization.
  package var eulerStep: Float?

  /// - Precondition: sizes, matrices and biases fit one another.
  package init(
    kind: Kind, inputCount: Int, matrices: [SettlingMatrix], biases: [[Float]],
    eulerStep: Float? = nil
  ) {
    precondition(!matrices.isEmpty && biases.count == matrices.count, "a bias a layer")
    self.kind = kind
    self.inputCount = inputCount
    self.matrices = matrices
    self.biases = biases
    self.eulerStep = eulerStep
    sizes = [matrices[0].rowCount] + matrices.map(\.columnCount)
    precondition(sizes[0] == inputCount * kind.inputCopies, "a row an input line")
    for (k, matrix) in matrices.enumerated() {
      precondition(matrix.rowCount == sizes[k] && biases[k].count == sizes[k + 1], "layers fit")
    }
  }

  /// Layers with weights into them.
  package var layerCount: Int { matrices.count }
  /// How many outputs.
  package var outputCount: Int { sizes[layerCount] }
  /// Numbers of the states of all layers but the inputs, of one sample.
  package var stateCount: Int { sizes.dropFirst().reduce(0, +) }

  /// The largest nudging of either sign with which every output still has a minimum: β must stay below it where
  /// the target pushes away.
  package var nudgingLimit: Float {
    guard case .resistive = kind else { return 1 }
    return matrices[layerCount - 1].columnSums.min() ?? 0
  }

  /// The voltages or activities of the input lines: samples × lines.
  package func inputs(_ x: UnsafePointer<Float>, samples: Int) -> [Float] {
    guard case .resistive(let gain) = kind else {
      return Array(UnsafeBufferPointer(start: x, count: samples * inputCount))
    }
    return [Float](unsafeUninitializedCapacity: samples * sizes[0]) { lines, count in
      for s in 0..<samples {
        let (plus, minus) = (s * sizes[0], s * sizes[0] + inputCount)
        for i in 0..<inputCount {
          lines[plus + i] = gain * x[s * inputCount + i]
          lines[minus + i] = -gain * x[s * inputCount + i]
        }
      }
      count = samples * sizes[0]
    }
  }

  /// Where the units of layer `layer` (1 …) are held: from the first, before and from `middle` on.
  package func bounds(
    _ layer: Int
  ) -> (middle: Int, lower: ClosedRange<Float>, upper: ClosedRange<Float>) {
    let all = -Float.infinity...Float.infinity
    switch kind {
    case .energy: return (0, 0...1, 0...1)
    case .resistive:
      return layer == layerCount
        ? (0, all, all) : (sizes[layer] / 2, 0...(.infinity), -.infinity...0)
    }
  }

  /// d of every unit of layer `layer` without nudging.
  func divisors(_ layer: Int) -> [Float] {
    guard case .resistive = kind else { return Array(repeating: 1, count: sizes[layer]) }
    let before = matrices[layer - 1].columnSums
    return layer == layerCount ? before : zip(before, matrices[layer].rowSums).map { $0 + $1 }
  }
}

extension SettlingNetwork.Kind {
  /// Input lines per number of a sample.
  package var inputCopies: Int {
    if case .resistive = self { return 2 }
    return 1
  }
}
