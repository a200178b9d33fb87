import ArrayFiles
import InputOutput
import LinearAlgebra
import Networks
import Randomness

/// Training of a stack of layers by backpropagation of errors.
public struct Backpropagation: Sendable {
  /// The layers, first to last.
  public var layers: [any TrainableLayer]
  /// What is made small.
  public let loss: Loss
  /// How gradients become steps.
  public let optimiser: Optimiser
  /// How many steps were made.
  public internal(set) var step = 0

  private var activities: [[Float]] = []
  private var errors: [[Float]] = []
  package private(set) var output: Matrix<Float>
  private var gradient: Matrix<Float>
  private var capacity = 0

  /// A stack with layer sizes `sizes` (inputs first), `hidden` between and nothing behind.
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
  public init(layers: [any TrainableLayer], loss: Loss, optimiser: Optimiser) {
    precondition(!layers.isEmpty, "a network has layers")
    for (a, b) in zip(layers, layers.dropFirst()) {
      precondition(a.outputCount == b.inputCount, "a layer takes what the one before gives")
    }
    self.layers = layers
    self.loss = loss
    self.optimiser = optimiser
    output = Matrix(rowCount: 0, columnCount: 0)
    gradient = output
  }

  /// The outputs for samples × inputs, noise keyed by `key`, through the chip keyed by `chip`.
  public mutating func outputs(
    _ x: Matrix<Float>, key: StreamKey = StreamKey(seed: 0), chip: StreamKey? = nil
  ) -> Matrix<Float> {
    forward(x, ForwardPass(key: key, isTraining: false, chip: chip))
    return output
  }

  /// Takes the statistics of normalising layers from `x`, as the chip keyed by `chip` gives them.
  public mutating func estimateStatistics(_ x: Matrix<Float>, chip: StreamKey, key: StreamKey) {
    var pass = ForwardPass(key: key, isTraining: false, chip: chip)
    pass.estimates = true
    forward(x, pass)
  }

  /// Whether a layer normalises by statistics of batches.
  public var hasStatistics: Bool { layers.contains { $0 is BatchNormalisationLayer } }

  /// One step on a batch at learning rate `rate`; the mean loss before it.
  ///
  /// - Parameters:
  ///   - x: samples × inputs.
  ///   - labels: a class a sample; for sequences a class a place, sample after sample.
  ///   - pass: the noise of this step.
  public mutating func train(
    _ x: Matrix<Float>, labels: ArraySlice<Int32>, rate: Float,
    pass: ForwardPass = ForwardPass(key: StreamKey(seed: 0), isTraining: true)
  ) -> Double {
    let fused = optimiser == .sgd(momentum: 0, weightDecay: 0)
    forward(x, pass)
    let value = evaluateLoss(labels)
    backward(x, fusedRate: fused ? rate : nil)
    for k in layers.indices {
      if !fused {
        layers[k].forEachParameter { _, parameter in
          parameter.update(optimiser, rate: rate, step: step)
        }
      }
      layers[k].afterUpdate()
    }
    step += 1
    return value
  }

  /// The mean loss of a batch; leaves its gradients in the layers' parameters.
  public mutating func gradients(
    _ x: Matrix<Float>, labels: ArraySlice<Int32>,
    pass: ForwardPass = ForwardPass(key: StreamKey(seed: 0), isTraining: true)
  ) -> Double {
    forward(x, pass)
    let value = evaluateLoss(labels)
    backward(x, fusedRate: nil)
    return value
  }

  /// How many samples of the last batch had their largest output at their label, before the step.
  public func rightOnes(labels: ArraySlice<Int32>) -> Int {
    Classification.right(output.asRows(labels.count), labels: labels)
  }

  /// The mean loss over all labels; leaves its gradient in `gradient`.
  private mutating func evaluateLoss(_ labels: ArraySlice<Int32>) -> Double {
    let rows = labels.count
    var errors = Matrix(
      rowCount: rows, columnCount: gradient.elements.count / rows,
      elements: swapOut(&gradient.elements))
    let value = loss.evaluate(output.asRows(rows), labels: labels, gradient: &errors)
    swap(&gradient.elements, &errors.elements)
    return value
  }

  private mutating func forward(_ x: Matrix<Float>, _ pass: ForwardPass) {
    let samples = x.rowCount
    precondition(x.columnCount == layers[0].inputCount, "as many inputs as the network has")
    reserve(samples)
    for k in layers.indices {
      var pass = pass.layer(k)
      if k == 0 {
        pass.passesErrors = false
        layers[k].forward(x.elements, samples: samples, into: &activities[k], pass)
      } else {
        let below = activities[k - 1]
        layers[k].forward(below, samples: samples, into: &activities[k], pass)
      }
    }
    let count = output.elements.count
    activities[layers.count - 1].withUnsafeBufferPointer { y in
      output.elements.withUnsafeMutableBufferPointer {
        for i in 0..<count { $0[i] = y[i] }
      }
    }
  }

  /// From `gradient` down to the first layer.
  private mutating func backward(_ x: Matrix<Float>, fusedRate: Float?) {
    let samples = x.rowCount
    for k in layers.indices.reversed() {
      let isLast = k == layers.count - 1
      var above = isLast ? swapOut(&gradient.elements) : swapOut(&errors[k + 1])
      // The error at the inputs of the first layer is of no use.
      var below = k == 0 ? [] : swapOut(&errors[k])
      above.withUnsafeMutableBufferPointer { dy in
        below.withUnsafeMutableBufferPointer { dx in
          let dx = k == 0 ? nil : dx.baseAddress
          let input = k == 0 ? x.elements : activities[k - 1]
          if let rate = fusedRate {
            layers[k].descend(
              x: input, y: activities[k], dy: dy.baseAddress!, samples: samples, dx: dx,
              rate: rate)
          } else {
            layers[k].backward(
              x: input, y: activities[k], dy: dy.baseAddress!, samples: samples, dx: dx)
          }
        }
      }
      if k > 0 { errors[k] = below }
      if isLast { gradient.elements = above } else { errors[k + 1] = above }
    }
  }

  private mutating func reserve(_ samples: Int) {
    let classes = layers.last!.outputCount
    if output.rowCount != samples {
      output = Matrix(rowCount: samples, columnCount: classes)
      gradient = output
    }
    guard samples > capacity else { return }
    capacity = samples
    activities = layers.map { Array(repeating: 0, count: samples * $0.outputCount) }
    errors = layers.map { Array(repeating: 0, count: samples * $0.inputCount) }
  }
}

/// Takes an array out of its place, so that writing to it makes no copy.
private func swapOut(_ array: inout [Float]) -> [Float] {
  var taken: [Float] = []
  swap(&taken, &array)
  return taken
}
