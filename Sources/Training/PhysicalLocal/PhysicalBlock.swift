import LinearAlgebra
import Networks
import Randomness

/// The fixed part of a block.
public enum BlockPhysics: Sendable {
  /// A random crossbar.
  case crossbar(CrossbarPhysics)
  /// Nothing comes out: the control that tells what the physics is worth.
  case off(outputs: Int)
  /// The inputs come out as they are: a purely linear network.
  case identity(inputs: Int)

  /// How many outputs.
  var outputCount: Int {
    switch self {
    case .crossbar(let crossbar): return crossbar.outputCount
    case .off(let outputs): return outputs
    case .identity(let inputs): return inputs
    }
  }
}

/// One block of a physical network: fixed physics f, then a trainable map, digital or on a second array,
/// h = W·u + b with u = f(x), or u = [f(x), x] where the input skips the physics.
struct PhysicalBlock: Sendable {
  var physics: BlockPhysics
  let inputCount: Int
  let outputCount: Int
  let skips: Bool
  var weights: Parameter
  var bias: Parameter
  /// The array that W stands on; `nil` where it is digital.
  var array: MapArray?
  /// The fixed direction that goodness is measured along, of unit length.
  let direction: [Float]

  var width: Int { physics.outputCount + (skips ? inputCount : 0) }

  init(physics: BlockPhysics, inputs: Int, outputs: Int, skips: Bool, key: StreamKey) {
    self.physics = physics
    self.skips = skips
    inputCount = inputs
    outputCount = outputs
    let width = physics.outputCount + (skips ? inputs : 0)
    let bound = 1 / Float(width).squareRoot()
    weights = Parameter(
      Noise.uniform(width * outputs, key.child("weights")).map { bound * (2 * $0 - 1) },
      decays: true)
    bias = Parameter(
      Noise.uniform(outputs, key.child("bias")).map { bound * (2 * $0 - 1) }, decays: false)
    let normal = Noise.normal(outputs, key.child("direction"))
    let length = normal.reduce(0) { $0 + $1 * $1 }.squareRoot() + 1e-4
    direction = normal.map { $0 / length }
  }

  /// Sets the converter's range where it is not set.
  mutating func calibrate(_ x: [Float], samples: Int) {
    guard case .crossbar(var crossbar) = physics, crossbar.fullRange == 0 else { return }
    crossbar.calibrate(x, samples: samples)
    physics = .crossbar(crossbar)
  }

  /// f(x), samples × the physics' outputs.
  func transformed(_ x: [Float], samples: Int, read: StreamKey) -> [Float] {
    switch physics {
    case .crossbar(let crossbar): return crossbar.outputs(x, samples: samples, key: read)
    case .off(let outputs): return [Float](repeating: 0, count: samples * outputs)
    case .identity: return Array(x[..<(samples * inputCount)])
    }
  }

  /// u, samples × width.
  func joined(_ f: [Float], _ x: [Float], samples: Int) -> [Float] {
    guard skips else { return f }
    let n = physics.outputCount
    var u: [Float] = []
    u.reserveCapacity(samples * width)
    for s in 0..<samples {
      u += f[s * n..<(s + 1) * n]
      u += x[s * inputCount..<(s + 1) * inputCount]
    }
    return u
  }

  /// W as it was trained, or as it is read from pulsed devices.
  var mapWeights: [Float] {
    if case .pulsed(let cells, _) = array { return cells.weights }
    return weights.values
  }

  /// Draws the chip of the maps that follow, where the weights are written onto one.
  mutating func begin(_ pass: TrainingPass) {
    guard case .written(var product) = array else { return }
    array = nil
    product.begin(weights.values, pass)
    array = .written(product)
  }

  /// h = W·u + b, with noise from `key` where W stands on an array.
  mutating func map(_ u: [Float], samples: Int, key: StreamKey) -> [Float] {
    var h = [Float](repeating: 0, count: samples * outputCount)
    switch array {
    case nil:
      DenseProducts.forward(
        u, weights: weights.values, into: &h, samples: samples, inputs: width, outputs: outputCount)
    case .written(var product):
      array = nil
      product.newRead(key)
      product.forward(u, samples: samples, weights: weights.values, into: &h, call: 0)
      array = .written(product)
    case .pulsed(var cells, let rate):
      array = nil
      cells.forward(u, samples: samples, into: &h, key: key)
      array = .pulsed(cells, rate: rate)
    }
    h.withUnsafeMutableBufferPointer { h in
      bias.values.withUnsafeBufferPointer { b in
        for s in 0..<samples {
          for j in 0..<outputCount { h[s * outputCount + j] += b[j] }
        }
      }
    }
    return h
  }

  /// The goodness of every sample: the cosine between |h| and the block's direction.
  func goodness(_ h: [Float], samples: Int) -> [Float] {
    (0..<samples).map { s in
      var (dot, square): (Float, Float) = (0, 0)
      for j in 0..<outputCount {
        let v = h[s * outputCount + j]
        dot += abs(v) * direction[j]
        square += v * v
      }
      return dot / max(square.squareRoot(), 1e-6)
    }
  }

  /// A step against the gradient `dh` at h: by Adam, or for W by pulses where it stands on pulsed devices.
  mutating func learn(u: [Float], dh: [Float], samples: Int, rate: Float, gain: Float, step: Int) {
    let adam = rate * gain
    if case .pulsed(var cells, let own) = array {
      array = nil
      cells.update(x: u, g: dh, samples: samples, rate: own * gain)
      array = .pulsed(cells, rate: own)
    } else {
      DenseProducts.outer(
        u, dh, into: &weights.gradient, samples: samples, inputs: width, outputs: outputCount)
      weights.update(.adam(), rate: adam, step: step)
    }
    for j in 0..<outputCount { bias.gradient[j] = 0 }
    for s in 0..<samples {
      for j in 0..<outputCount { bias.gradient[j] += dh[s * outputCount + j] }
    }
    bias.update(.adam(), rate: adam, step: step)
  }

  mutating func visit(_ visitor: inout SavedState) {
    visitor.parameter("weights", &weights, isWeight: true)
    visitor.parameter("bias", &bias, isWeight: false)
    switch array {
    case nil: break
    case .written(var product):
      visitor.floats("input-range", &product.inputRange.values)
      visitor.floats("output-ranges", &product.outputRanges.values)
      product.forEachMemory { visitor.optionalFloats($0, &$2, count: $1) }
      array = .written(product)
    case .pulsed(var cells, let rate):
      let scope = visitor.scope
      visitor.scope += "cells."
      cells.visit(&visitor)
      visitor.scope = scope
      array = .pulsed(cells, rate: rate)
    }
    if case .crossbar(var crossbar) = physics {
      visitor.float("full-range", &crossbar.fullRange)
      physics = .crossbar(crossbar)
    }
  }
}

extension [PhysicalBlock] {
  /// Changes the crossbar of every block, each by draws of its own.
  mutating func perturb(_ perturbation: PhysicalPerturbation, key: StreamKey) {
    for k in indices {
      guard case .crossbar(var crossbar) = self[k].physics else { continue }
      crossbar.perturb(perturbation, key: key.child(k))
      self[k].physics = .crossbar(crossbar)
    }
  }

  /// Shows `visitor` every block under its number.
  mutating func visit(_ visitor: inout SavedState) {
    for k in indices {
      visitor.scope = "block.\(k)."
      self[k].visit(&visitor)
    }
    visitor.scope = ""
  }
}
