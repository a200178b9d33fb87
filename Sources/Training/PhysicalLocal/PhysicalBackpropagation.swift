import LinearAlgebra
import Randomness

/// Backpropagation through a model of the physics: the forward pass runs through the crossbars as they
/// are, the backward pass through the crossbars as they were when the network was made.
///
/// "Physics-aware training" (Wright et al., Nature 601, 549, 2022, doi 10.1038/s41586-021-04223-6) with
/// a model that is exact at first and goes stale when the physics changes.
public struct PhysicalBackpropagation: Sendable {
  private(set) var blocks: [PhysicalBlock]
  private let models: [BlockPhysics]
  private var calibrated: [Float]
  private let rate: Float
  private let key: StreamKey
  /// How many batches were learnt.
  private(set) var batchCount = 0

  /// A network whose last block gives one number a class.
  public init(
    inputs: Int, width: Int, blockCount: Int, classes: Int, skips: Bool, rate: Float,
    key: StreamKey, physics: (Int, Int, StreamKey) -> BlockPhysics
  ) {
    precondition(inputs > 0 && width > 0 && blockCount > 0 && classes > 0, "sizes above 0")
    self.rate = rate
    self.key = key
    blocks = (0..<blockCount).map { k in
      let entering = k == 0 ? inputs : width
      let place = key.child("block").child(k)
      return PhysicalBlock(
        physics: physics(entering, width, place.child("physics")), inputs: entering,
        outputs: k == blockCount - 1 ? classes : width, skips: skips, key: place)
    }
    models = blocks.map(\.physics)
    calibrated = Array(repeating: 0, count: blockCount)
  }

  private struct Pass {
    var inputs: [[Float]] = []
    var physical: [[Float]] = []
    var joined: [[Float]] = []
    var outputs: [Float] = []
  }

  private mutating func forward(_ x: Matrix<Float>, read: StreamKey) -> Pass {
    var pass = Pass()
    let n = x.rowCount
    var input = x.elements
    for k in blocks.indices {
      blocks[k].calibrate(input, samples: n)
      if calibrated[k] == 0, case .crossbar(let crossbar) = blocks[k].physics {
        calibrated[k] = crossbar.fullRange
      }
      let f = blocks[k].transformed(input, samples: n, read: read.child(k))
      let u = blocks[k].joined(f, input, samples: n)
      pass.inputs.append(input)
      pass.physical.append(f)
      pass.joined.append(u)
      input = blocks[k].map(u, samples: n, key: read.child("map").child(k))
    }
    pass.outputs = input
    return pass
  }

  /// A step of Adam on a batch; the mean loss before it.
  public mutating func train(_ x: Matrix<Float>, labels: [Int32], gain: Float = 1) -> Double {
    let n = x.rowCount
    let pass = forward(x, read: key.child("read").child(batchCount))
    let classes = blocks[blocks.count - 1].outputCount
    var gradient = Matrix<Float>(rowCount: n, columnCount: classes)
    let loss = Loss.crossEntropy.evaluate(
      Matrix(rowCount: n, columnCount: classes, elements: pass.outputs), labels: labels[...],
      gradient: &gradient)
    var dh = gradient.elements
    for k in blocks.indices.reversed() {
      let error = dh
      // What comes back goes through the weights of the forward pass.
      if k > 0 { dh = below(k, pass, dh, n) }
      blocks[k].learn(
        u: pass.joined[k], dh: error, samples: n, rate: rate, gain: gain, step: batchCount)
    }
    batchCount += 1
    return loss
  }

  private func below(_ k: Int, _ pass: Pass, _ dh: [Float], _ n: Int) -> [Float] {
    let block = blocks[k]
    var du = [Float](repeating: 0, count: n * block.width)
    DenseProducts.backward(
      dh, weights: block.weights.values, into: &du, samples: n, inputs: block.width,
      outputs: block.outputCount)
    let m = block.physics.outputCount
    var dx = [Float](repeating: 0, count: n * block.inputCount)
    if case .crossbar(var model) = models[k] {
      model.fullRange = calibrated[k]
      var dy: [Float] = []
      for s in 0..<n { dy += du[s * block.width..<s * block.width + m] }
      dx = model.gradient(x: pass.inputs[k], y: pass.physical[k], dy: dy, samples: n)
    } else if case .identity = models[k] {
      for s in 0..<n {
        for i in 0..<block.inputCount { dx[s * block.inputCount + i] = du[s * block.width + i] }
      }
    }
    if block.skips {
      for s in 0..<n {
        for i in 0..<block.inputCount {
          dx[s * block.inputCount + i] += du[s * block.width + m + i]
        }
      }
    }
    return dx
  }

  /// The logits, samples × classes.
  public mutating func outputs(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float> {
    let pass = forward(x, read: key)
    return Matrix(
      rowCount: x.rowCount, columnCount: blocks[blocks.count - 1].outputCount,
      elements: pass.outputs)
  }

  /// Changes the physics of every block; the model stays.
  public mutating func perturb(_ perturbation: PhysicalPerturbation, key: StreamKey) {
    blocks.perturb(perturbation, key: key)
  }

  mutating func visit(_ visitor: inout SavedState) {
    blocks.visit(&visitor)
    visitor.floats("calibrated", &calibrated)
    visitor.integer("steps", &batchCount)
  }
}
