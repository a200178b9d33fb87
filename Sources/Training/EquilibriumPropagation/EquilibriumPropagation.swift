import ArrayFiles
import InputOutput
import LinearAlgebra
import Networks
import Randomness

/// Learning by settling: a network settles twice, and the difference of the two steady states is the gradient.
///
/// With the outputs nudged by β·C, C = ½|y − t|², the steady state u(β) gives
/// dC/dθ = lim (∂E/∂θ(u(β₂)) − ∂E/∂θ(u(β₁)))/(β₂ − β₁) (Scellier and Bengio, arXiv 1602.05179): for a conductance
/// ½(ΔV(β₂)² − ΔV(β₁)²)/(β₂ − β₁), which its own two ends know; for a weight of the energy model
/// −(uᵢuⱼ(β₂) − uᵢuⱼ(β₁))/(β₂ − β₁).
package struct EquilibriumPropagation: Sendable {
  /// The steady states that are compared.
  package enum Estimator: String, CaseIterable, Sendable {
    /// β and −β: the error is of second order in β.
    case centered
    /// β and 0.
    case oneSided = "one-sided"
    /// ±β, drawn for every batch, and 0.
    case randomSign = "random-sign"
  }

  /// How the gradient is found.
  package enum Gradient: String, CaseIterable, Sendable {
    /// From two steady states, as the network itself can.
    case equilibriumPropagation = "equilibrium-propagation"
    /// The adjoint of the steady state, settled as far as the network itself.
    case backpropagation
    /// The adjoint after as many sweeps as `nudged-sweeps` says.
    case truncated
  }

  /// The network as it is.
  package var network: SettlingNetwork
  package var estimator = Estimator.centered
  package var gradient = Gradient.equilibriumPropagation
  /// |β|.
  package var nudging: Float = 1
  /// Sweeps without nudging, and from there with it.
  package var sweeps = 4
  package var nudgedSweeps = 4
  /// Learning rates of the weights and of the biases, a number a layer.
  package var rates: [Float]
  package var biasRates: [Float]
  /// What weights are held in.
  package var window: ClosedRange<Float>
  /// Where training samples settled last; `nil` where every free phase begins at 0.
  package var particles: SettledParticles?
  /// The circuit whose settling is measured at the end of a run.
  package var circuit: SettlingCircuit?
  /// The root of the signs of β.
  /// What the circuit and its instruments are; `nil` is an ideal one of numbers.
  package var hardware: SettlingHardware?
  /// What holds the weights; `nil` is digital numbers that cells take exactly.
  package var cells: SettlingCells?
  /// The root of the signs of β and of all noise.
  package let key: StreamKey

  package init(network: SettlingNetwork, rate: Float, window: ClosedRange<Float>, key: StreamKey) {
    self.network = network
    rates = Array(repeating: rate, count: network.layerCount)
    biasRates = rates
    self.window = window
    self.key = key
  }

  /// The nudgings of the two steady states at step `step`, of which one may be 0.
  func nudgings(step: Int) -> (first: Float, second: Float) {
    switch estimator {
    case .centered: return (-nudging, nudging)
    case .oneSided: return (0, nudging)
    case .randomSign:
      var stream = RandomStream(key.child("sign").child(step))
      return (0, stream.uniform() < 0.5 ? -nudging : nudging)
    }
  }

  /// The outputs of the steady state without nudging: samples × outputs.
  package func outputs(_ x: Matrix<Float>) -> Matrix<Float> {
    let parts = Self.mapped(Self.groups(x.rowCount)) { samples in
      x.elements.withUnsafeBufferPointer {
        network.outputs(
          $0.baseAddress! + samples.lowerBound * x.columnCount, samples: samples.count,
          sweeps: sweeps)
      }
    }
    return Matrix(
      rowCount: x.rowCount, columnCount: network.outputCount, elements: Array(parts.joined()))
  }

  /// Samples that settle together: their number depends on the batch alone.
  static func groups(_ samples: Int) -> [Range<Int>] {
    let size = max(1, min(16, samples / 2))
    return stride(from: 0, to: samples, by: size).map { $0..<min(samples, $0 + size) }
  }

  /// `body` of every group, on the threads there are.
  static func mapped<Part: Sendable>(
    _ groups: [Range<Int>], _ body: @Sendable (Range<Int>) -> Part
  ) -> [Part] {
    var parts = [Part?](repeating: nil, count: groups.count)
    parts.withUnsafeMutableBufferPointer { parts in
      nonisolated(unsafe) let parts = parts  // safe: a place a group
      Parallel.forEach(groups.count) { parts[$0] = body(groups[$0]) }
    }
    return parts.map { $0! }
  }
}
