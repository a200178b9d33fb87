import ArrayFiles
import Foundation
import LinearAlgebra
import Networks
import Randomness

/// Long short-term memory over a sequence (Hochreiter and Schmidhuber 1997, with forget gates).
///
/// Gates i, f, g, o = σ, σ, tanh, σ of x·W + h·R + b; c ← f·c + i·g; h = o·tanh c. A sample is time ×
/// inputs; the result is the state of the last step, or those of all steps. The products of the inputs
/// are made for all steps at once.
public struct LSTMLayer: TrainableLayer {
  /// Time × inputs.
  public let inputShape: [Int]
  /// Hidden units, or time × hidden units.
  public let outputShape: [Int]
  /// How many hidden units.
  public let hidden: Int
  /// Whether the state of every step comes out.
  public let givesSequence: Bool
  /// The converters in the loop; `nil` for floating point.
  public let converters: GateConverters?
  /// Deviation of the noise of a weight while training, in parts of `weightLimit`.
  public let weightNoise: Float
  /// What weights are clipped to after every step; infinite for no limit.
  public let weightLimit: Float
  /// W over R: (inputs + hidden) × 4·hidden, gates in the order i, f, g, o.
  public var weights: Parameter
  /// b, one a gate and unit.
  public var bias: Parameter

  var steps: Int { inputShape[0] }
  var inputs: Int { inputShape[1] }
  var trace = LSTMTrace()

  /// A layer with weights uniform within ±1/√hidden and a bias of 1 at the forget gates.
  ///
  /// - Precondition: the shape has two axes; a finite `weightLimit` where there is noise.
  public init(
    inputShape: [Int], hidden: Int, givesSequence: Bool, converters: GateConverters? = nil,
    weightNoise: Float = 0, weightLimit: Float = .infinity, key: StreamKey
  ) {
    precondition(inputShape.count == 2 && hidden > 0, "a layer over time × inputs")
    precondition(weightNoise == 0 || weightLimit.isFinite, "noise counts in parts of a limit")
    self.inputShape = inputShape
    outputShape = givesSequence ? [inputShape[0], hidden] : [hidden]
    self.hidden = hidden
    self.givesSequence = givesSequence
    self.converters = converters
    self.weightNoise = weightNoise
    self.weightLimit = weightLimit
    let bound = 1 / Float(hidden).squareRoot()
    weights = Parameter(
      Noise.uniform((inputShape[1] + hidden) * 4 * hidden, key).map { (2 * $0 - 1) * bound },
      decays: true)
    var b = [Float](repeating: 0, count: 4 * hidden)
    for j in hidden..<2 * hidden { b[j] = 1 }
    bias = Parameter(b, decays: false)
  }

  /// The states for `samples` sequences.
  public mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, into y: UnsafeMutablePointer<Float>,
    _ pass: ForwardPass
  ) {
    let (steps, inputs, hidden) = (steps, inputs, hidden)
    let width = 4 * hidden
    trace.reserve(
      samples: samples, steps: steps, inputs: inputs, hidden: hidden,
      quantises: converters != nil)
    trace.weights = noisyWeights(pass)
    let ramps = converters?.draw(pass)
    let bias = bias.values
    let converters = converters
    let givesSequence = givesSequence
    // Taken out of its place, so that nothing is copied and no two accesses to the layer overlap.
    var trace = LSTMTrace()
    swap(&trace, &self.trace)
    defer { swap(&trace, &self.trace) }
    trace.withBuffers { t in
      t.x.update(from: x, count: samples * steps * inputs)
      converters?.quantiseInputs(t.x, count: samples * steps * inputs)
      DenseProducts.forward(
        t.x, weights: t.weights, into: t.fromInputs, samples: samples * steps, inputs: inputs,
        outputs: width)
      let recurrent = t.weights + inputs * width
      for step in 0..<steps {
        // States before step k stand at place k; the first is zero.
        let before = t.h + step * samples * hidden
        let after = t.h + (step + 1) * samples * hidden
        let gates = t.gates + step * samples * width
        for s in 0..<samples {
          let from = t.fromInputs + (s * steps + step) * width
          let to = gates + s * width
          for j in 0..<width { to[j] = from[j] + bias[j] }
        }
        if step > 0 {
          DenseProducts.forward(
            before, weights: recurrent, into: gates, samples: samples, inputs: hidden,
            outputs: width, beta: 1)
        }
        LSTMCell.forward(
          gates: gates, c: t.c + step * samples * hidden, next: t.c + (step + 1) * samples * hidden,
          tanhC: t.tanhC + step * samples * hidden, h: after,
          smoothGates: t.smoothGates + step * samples * width,
          smoothTanhC: t.smoothTanhC + step * samples * hidden, samples: samples, hidden: hidden,
          ramps)
        if givesSequence {
          for s in 0..<samples {
            (y + (s * steps + step) * hidden).update(from: after + s * hidden, count: hidden)
          }
        } else if step == steps - 1 {
          y.update(from: after, count: samples * hidden)
        }
        converters?.quantiseInputs(after, count: samples * hidden)
      }
    }
  }

  /// The gradients by backpropagation through time; noise and quantisers let it through.
  public mutating func backward(
    x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
    samples: Int, dx: UnsafeMutablePointer<Float>?
  ) {
    let (steps, inputs, hidden, givesSequence) = (steps, inputs, hidden, givesSequence)
    let width = 4 * hidden
    var trace = LSTMTrace()
    swap(&trace, &self.trace)
    var dw: [Float] = []
    swap(&dw, &weights.gradient)
    var db = [Float](repeating: 0, count: width)
    trace.withBuffers { t in
      let recurrent = t.weights + inputs * width
      t.dh.update(repeating: 0, count: samples * hidden)
      t.dc.update(repeating: 0, count: samples * hidden)
      for step in (0..<steps).reversed() {
        if givesSequence {
          for s in 0..<samples {
            let from = dy + (s * steps + step) * hidden
            let to = t.dh + s * hidden
            for j in 0..<hidden { to[j] += from[j] }
          }
        } else if step == steps - 1 {
          t.dh.update(from: dy, count: samples * hidden)
        }
        let gates = t.gates + step * samples * width
        // The gates' places take the gradients at their sums.
        LSTMCell.backward(
          gates: gates, c: t.c + step * samples * hidden,
          tanhC: t.tanhC + step * samples * hidden,
          smoothGates: t.smoothGates + step * samples * width,
          smoothTanhC: t.smoothTanhC + step * samples * hidden, dh: t.dh, dc: t.dc,
          samples: samples, hidden: hidden)
        for s in 0..<samples {
          let row = gates + s * width
          for j in 0..<width { db[j] += row[j] }
          (t.fromInputs + (s * steps + step) * width).update(from: row, count: width)
        }
        guard step > 0 else { continue }
        DenseProducts.backward(
          gates, weights: recurrent, into: t.dh, samples: samples, inputs: hidden,
          outputs: width)
      }
      dw.withUnsafeMutableBufferPointer { dw in
        // All steps at once: the states before each step against its gradients.
        DenseProducts.outer(
          t.h, t.gates, into: dw.baseAddress! + inputs * width, samples: samples * steps,
          inputs: hidden, outputs: width)
        DenseProducts.outer(
          t.x, t.fromInputs, into: dw.baseAddress!, samples: samples * steps, inputs: inputs,
          outputs: width)
      }
      if let dx {
        DenseProducts.backward(
          t.fromInputs, weights: t.weights, into: dx, samples: samples * steps, inputs: inputs,
          outputs: width)
      }
    }
    swap(&trace, &self.trace)
    swap(&dw, &weights.gradient)
    bias.gradient = db
  }

  /// "weight" and "bias".
  public mutating func forEachParameter(
    _ body: (String, inout Parameter) throws -> Void
  ) rethrows {
    try body("weight", &weights)
    try body("bias", &bias)
  }

  /// Clips the weights to the limit.
  public mutating func afterUpdate() {
    guard weightLimit.isFinite else { return }
    let limit = weightLimit
    weights.values.withUnsafeMutableBufferPointer { w in
      for i in w.indices { w[i] = min(limit, max(-limit, w[i])) }
    }
  }

  /// NAME.weight_ih_l0, NAME.weight_hh_l0, NAME.bias_ih_l0 as PyTorch has them.
  public func exported(name: String) -> ExportedLayer {
    let width = 4 * hidden
    let all = Matrix(rowCount: inputs + hidden, columnCount: width, elements: weights.values)
    func part(_ rows: Range<Int>) -> NumericArray {
      let block = all.block(rows: rows, columns: 0..<width).transposed()
      return NumericArray(shape: [width, rows.count], floats: block.elements)
    }
    return ExportedLayer(
      layers: [
        .recurrent(name: name, cell: .lstm, isBidirectional: false, givesLast: !givesSequence)
      ],
      arrays: [
        ("\(name).weight_ih_l0", part(0..<inputs)),
        ("\(name).weight_hh_l0", part(inputs..<inputs + hidden)),
        ("\(name).bias_ih_l0", NumericArray(shape: [width], floats: bias.values)),
      ])
  }

  private func noisyWeights(_ pass: ForwardPass) -> [Float] {
    guard pass.isTraining, weightNoise > 0 else { return weights.values }
    let deviation = weightNoise * weightLimit
    let noise = Noise.normal(weights.values.count, pass.key.child("weights"))
    return zip(weights.values, noise).map { $0 + deviation * $1 }
  }
}
