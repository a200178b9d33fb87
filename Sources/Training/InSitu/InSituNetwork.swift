import LinearAlgebra
import PhysicalUnits
import Randomness

/// A stack of dense layers whose weights are arrays of pulsed devices: forward, backward and update
/// happen on the arrays; biases, functions and the loss are digital.
public struct InSituNetwork: Sendable {
  /// A layer.
  public struct Layer: Sendable {
    /// The weights with their rule.
    public var weights: any InSituRule
    /// The biases, one an output, trained by plain digital descent; empty where there are none.
    public var bias: [Float]
    /// The function behind the sum.
    public let activation: TrainableActivation
  }

  /// The layers, first to last.
  public private(set) var layers: [Layer]
  /// What is made small.
  public let loss: Loss
  private var activities: [[Float]] = []
  private var errors: [[Float]] = []

  /// A network with layer sizes `sizes`, inputs first, and no function behind the last layer.
  ///
  /// - Parameters:
  ///   - hidden: the function behind every layer but the last.
  ///   - spread: weights start uniform in ±spread/√inputs.
  ///   - start: weights (inputs × outputs) and biases to start with in place of random ones, a layer
  ///     each; a bias is left out where there is none.
  public init(
    sizes: [Int], hidden: TrainableActivation = .relu, output: TrainableActivation = .identity,
    hasBias: Bool = true, loss: Loss = .crossEntropy, spread: Float = 1,
    start: [(weights: [Float], bias: [Float])]? = nil, design: InSituDesign,
    rule: any InSituRuleSettings, key: StreamKey
  ) {
    precondition(sizes.count >= 2 && sizes.allSatisfy { $0 > 0 }, "inputs and outputs")
    precondition(start.map { $0.count == sizes.count - 1 } ?? true, "weights for every layer")
    self.loss = loss
    layers = (1..<sizes.count).map { k in
      let (inputs, outputs) = (sizes[k - 1], sizes[k])
      let width = spread / Float(inputs).squareRoot()
      let weights =
        start?[k - 1].weights
        ?? Noise.uniform(inputs * outputs, key.child("start").child(k)).map { width * (2 * $0 - 1) }
      let largest = start == nil ? width : weights.reduce(0) { max($0, abs($1)) }
      return Layer(
        weights: rule.layer(
          design.startingAt(largest), rowCount: inputs, columnCount: outputs, weights: weights,
          key: key.child("layer").child(k)),
        bias: hasBias ? start?[k - 1].bias ?? Array(repeating: 0, count: outputs) : [],
        activation: k == sizes.count - 1 ? output : hidden)
    }
  }

  /// What it took to write the weights before the first step, all layers together; `nil` where they
  /// were set directly.
  public var programming: PulseProgrammingReport? {
    let reports = layers.compactMap { layer in
      layer.weights.programming.map {
        (report: $0, count: layer.weights.rowCount * layer.weights.columnCount)
      }
    }
    guard !reports.isEmpty else { return nil }
    var sum = PulseProgrammingReport(
      pulses: 0, reads: 0, energy: Joules(0), unfinished: 0, deviation: 0)
    var square: Float = 0
    for (report, count) in reports {
      sum.pulses += report.pulses
      sum.reads += report.reads
      sum.energy.value += report.energy.value
      sum.unfinished += report.unfinished
      square += report.deviation * report.deviation * Float(count)
    }
    sum.deviation = (square / Float(reports.reduce(0) { $0 + $1.count })).squareRoot()
    return sum
  }

  /// Pulses sent to devices so far.
  public var pulseCount: Double { layers.reduce(0) { $0 + $1.weights.pulseCount } }

  /// The outputs for samples × inputs, read through the arrays. Noise comes from `key`, or from the
  /// arrays' own sequence of reads, which training goes on with.
  public mutating func outputs(_ x: Matrix<Float>, key: StreamKey? = nil) -> Matrix<Float> {
    x.elements.withUnsafeBufferPointer { forward($0.baseAddress!, samples: x.rowCount, key: key) }
    let classes = layers.last!.weights.columnCount
    return Matrix(
      rowCount: x.rowCount, columnCount: classes,
      elements: Array(activities[layers.count - 1][..<(x.rowCount * classes)]))
  }

  /// One step on a batch; the mean loss before it.
  ///
  /// - Parameters:
  ///   - x: samples × inputs.
  ///   - labels: a class a sample.
  public mutating func train(_ x: Matrix<Float>, labels: ArraySlice<Int32>, rate: Float) -> Double {
    x.elements.withUnsafeBufferPointer {
      train($0.baseAddress!, samples: x.rowCount, labels: labels, rate: rate)
    }
  }

  /// How many samples of the last batch were classified rightly before the step.
  public private(set) var rightCount = 0

  /// Shows `visitor` everything that the next step depends on.
  mutating func visit(_ visitor: inout InSituState) {
    for k in layers.indices {
      visitor.scope = "layer.\(k)."
      layers[k].weights.visit(&visitor)
      visitor.floats("bias", &layers[k].bias)
    }
  }

  private mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, key: StreamKey? = nil
  ) {
    reserve(samples)
    for k in layers.indices {
      var y: [Float] = []
      swap(&y, &activities[k])
      y.withUnsafeMutableBufferPointer { y in
        if k == 0 {
          layers[k].weights.forward(
            x, samples: samples, into: y.baseAddress!, key: key?.child(k))
        } else {
          layers[k].weights.forward(
            activities[k - 1], samples: samples, into: y.baseAddress!, key: key?.child(k))
        }
        layers[k].finish(y, samples: samples)
      }
      swap(&y, &activities[k])
    }
  }

  private mutating func train(
    _ x: UnsafePointer<Float>, samples: Int, labels: ArraySlice<Int32>, rate: Float
  ) -> Double {
    forward(x, samples: samples)
    let last = layers.count - 1
    let classes = layers[last].weights.columnCount
    let outputs = Matrix(
      rowCount: samples, columnCount: classes,
      elements: Array(activities[last][..<(samples * classes)]))
    var gradient = Matrix<Float>(rowCount: samples, columnCount: classes)
    let value = loss.evaluate(outputs, labels: labels, gradient: &gradient)
    rightCount =
      zip(labels, 0..<samples).filter { label, s in
        let row = outputs.elements[s * classes..<(s + 1) * classes]
        return row.allSatisfy { $0 <= row[s * classes + Int(label)] }
      }.count
    errors[layers.count] = gradient.elements
    for k in layers.indices.reversed() {
      var g: [Float] = []
      swap(&g, &errors[k + 1])
      let columns = layers[k].weights.columnCount
      g.withUnsafeMutableBufferPointer { g in
        activities[k].withUnsafeBufferPointer { y in
          layers[k].activation.multiplyByDerivative(
            UnsafeMutableBufferPointer(rebasing: g[..<(samples * columns)]),
            output: UnsafeBufferPointer(rebasing: y[..<(samples * columns)]))
        }
        if k > 0 {
          errors[k].withUnsafeMutableBufferPointer {
            layers[k].weights.backward(g.baseAddress!, samples: samples, into: $0.baseAddress!)
          }
          layers[k].weights.update(
            x: activities[k - 1], g: g.baseAddress!, samples: samples, rate: rate)
        } else {
          layers[k].weights.update(x: x, g: g.baseAddress!, samples: samples, rate: rate)
        }
        layers[k].descendBias(g, samples: samples, rate: rate)
      }
      swap(&g, &errors[k + 1])
    }
    return value
  }

  private mutating func reserve(_ samples: Int) {
    if errors.count == layers.count + 1,
      zip(activities, layers).allSatisfy({ $0.count >= samples * $1.weights.columnCount })
    {
      return
    }
    activities = layers.map { Array(repeating: 0, count: samples * $0.weights.columnCount) }
    errors =
      [[]]
      + layers.map { Array(repeating: 0, count: samples * $0.weights.columnCount) }
  }
}

extension InSituNetwork.Layer {
  fileprivate func finish(_ y: UnsafeMutableBufferPointer<Float>, samples: Int) {
    let columns = weights.columnCount
    if !bias.isEmpty {
      bias.withUnsafeBufferPointer { b in
        for s in 0..<samples {
          let row = y.baseAddress! + s * columns
          for j in 0..<columns { row[j] += b[j] }
        }
      }
    }
    activation.apply(UnsafeMutableBufferPointer(rebasing: y[..<(samples * columns)]))
  }

  fileprivate mutating func descendBias(
    _ g: UnsafeMutableBufferPointer<Float>, samples: Int, rate: Float
  ) {
    let columns = weights.columnCount
    bias.withUnsafeMutableBufferPointer { b in
      guard b.count == columns else { return }
      for s in 0..<samples {
        let row = g.baseAddress! + s * columns
        for j in 0..<columns { b[j] -= rate * row[j] }
      }
    }
  }
}
