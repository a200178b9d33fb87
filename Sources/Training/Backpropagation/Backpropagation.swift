import LinearAlgebra
import Randomness

/// Training of a stack of dense layers by backpropagation of errors, all of it digital.
public struct Backpropagation: Sendable {
  /// The layers, first to last.
  public var layers: [DenseLayer]
  /// What is made small.
  public let loss: Loss
  /// How gradients become steps.
  public let optimiser: Optimiser
  /// How many steps were made.
  public private(set) var step = 0

  private var activities: [[Float]] = []
  private var errors: [[Float]] = []
  private var capacity = 0

  /// A stack with layer sizes `sizes` (inputs first), rectifiers between and nothing behind.
  public init(
    sizes: [Int], hidden: TrainableActivation = .relu, loss: Loss = .crossEntropy,
    optimiser: Optimiser, key: StreamKey
  ) {
    precondition(sizes.count >= 2, "a network has inputs and outputs")
    let layers = (1..<sizes.count).map { k in
      DenseLayer(
        inputs: sizes[k - 1], outputs: sizes[k],
        activation: k == sizes.count - 1 ? .identity : hidden, key: key.child(k))
    }
    self.init(layers: layers, loss: loss, optimiser: optimiser)
  }

  /// A stack of given layers.
  public init(layers: [DenseLayer], loss: Loss, optimiser: Optimiser) {
    precondition(!layers.isEmpty, "a network has layers")
    for (a, b) in zip(layers, layers.dropFirst()) {
      precondition(a.outputCount == b.inputCount, "a layer takes what the one before gives")
    }
    self.layers = layers
    self.loss = loss
    self.optimiser = optimiser
  }

  /// The outputs for samples × inputs.
  public func outputs(_ x: Matrix<Float>) -> Matrix<Float> {
    layers.reduce(x) { $1.forward($0) }
  }

  /// One step on a batch at learning rate `rate`; the mean loss before it.
  ///
  /// - Parameters:
  ///   - x: samples × inputs.
  ///   - labels: a class a sample.
  public mutating func train(_ x: Matrix<Float>, labels: ArraySlice<Int32>, rate: Float) -> Double {
    let value = forwardAndBackward(x, labels: labels, fusedRate: fused ? rate : nil)
    if !fused {
      for k in layers.indices {
        layers[k].weights.update(optimiser, rate: rate, step: step)
        layers[k].bias.update(optimiser, rate: rate, step: step)
      }
    }
    step += 1
    return value
  }

  /// The mean loss of a batch; leaves its gradients in the layers' parameters.
  public mutating func gradients(_ x: Matrix<Float>, labels: ArraySlice<Int32>) -> Double {
    forwardAndBackward(x, labels: labels, fusedRate: nil)
  }

  private var fused: Bool { optimiser == .sgd(momentum: 0, weightDecay: 0) }

  private mutating func forwardAndBackward(
    _ x: Matrix<Float>, labels: ArraySlice<Int32>, fusedRate: Float?
  ) -> Double {
    let samples = x.rowCount
    reserve(samples)
    var last = x.elements
    for k in layers.indices {
      layers[k].forward(last, samples: samples, into: &activities[k])
      last = activities[k]
    }
    let classes = layers.last!.outputCount
    let outputs = Matrix(
      rowCount: samples, columnCount: classes,
      elements: Array(activities[layers.count - 1][..<(samples * classes)]))
    var gradient = Matrix<Float>(rowCount: samples, columnCount: classes)
    let value = loss.evaluate(outputs, labels: labels, gradient: &gradient)
    errors[layers.count] = gradient.elements
    for k in layers.indices.reversed() {
      let input = k == 0 ? x.elements : activities[k - 1]
      // The error at the inputs of the first layer is of no use.
      var below = k == 0 ? [] : swapOut(&errors[k])
      if let rate = fusedRate {
        layers[k].descend(
          x: input, y: activities[k], dy: &errors[k + 1], samples: samples, dx: &below, rate: rate)
      } else {
        layers[k].backward(
          x: input, y: activities[k], dy: &errors[k + 1], samples: samples, dx: &below)
      }
      if k > 0 { errors[k] = below }
    }
    return value
  }

  private mutating func reserve(_ samples: Int) {
    guard samples > capacity || activities.isEmpty else { return }
    capacity = samples
    activities = layers.map { Array(repeating: 0, count: samples * $0.outputCount) }
    errors =
      [[]] + layers.dropFirst().map { Array(repeating: 0, count: samples * $0.inputCount) } + [[]]
  }
}

/// Takes an array out of its place, so that writing to it makes no copy.
private func swapOut(_ array: inout [Float]) -> [Float] {
  var taken: [Float] = []
  swap(&taken, &array)
  return taken
}
