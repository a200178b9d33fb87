public import InputOutput
import Randomness
internal import StrictYAML

/// Numbers as random spikes: in every step input i fires with the probability clip(gain·xᵢ, 0, 1), independently of all
/// other steps and inputs (a Bernoulli process, the Poisson process of rate gain·xᵢ per step where that is small).
///
/// A sample of any shape of n numbers becomes steps × n. Draws are keyed by the pass and the sample; outside of training by
/// the number of the sample in the data set. Gradients are those of the expected spikes.
struct RateCoding: LayerOperation {
  let steps: Int
  let gain: Float
  let count: Int
  let storage = LayerStorage.own
  var outputShape: [Int] { [steps, count] }

  func apply(
    _ inputs: [UnsafePointer<Float>], into output: UnsafeMutablePointer<Float>,
    _ context: LayerContext
  ) {
    let key = StreamKey(seed: 0).child("rate-coding")
    for s in 0..<context.samples {
      fire(inputs[0] + s * count, output + s * steps * count, key.child(context.firstSample + s))
    }
  }

  func forward(
    _ inputs: [UnsafePointer<Float>], into output: UnsafeMutablePointer<Float>,
    _ context: TrainingContext, _ tape: OperationTape
  ) {
    nonisolated(unsafe) let (x, output) = (inputs[0], output)  // safe: samples are disjoint
    let key = context.pass.key.child("rate-coding")
    context.forEachBlock(size: steps * count) { block in
      for s in block { fire(x + s * count, output + s * steps * count, key.child(s)) }
    }
  }

  private func fire(
    _ x: UnsafePointer<Float>, _ spikes: UnsafeMutablePointer<Float>, _ key: StreamKey
  ) {
    Noise.fillUniform(
      UnsafeMutableBufferPointer(start: spikes, count: steps * count), key, from: 0)
    for t in 0..<steps {
      let row = spikes + t * count
      for i in 0..<count { row[i] = row[i] < gain * x[i] ? 1 : 0 }
    }
  }

  let adjointReads: AdjointReads = [.inputs]

  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    guard let target = values.inputGradients[0] else { return }
    let x = values.inputs[0]
    for s in 0..<context.samples {
      for i in 0..<count {
        var sum: Float = 0
        for t in 0..<steps { sum += values.outputGradient[(s * steps + t) * count + i] }
        let drive = gain * x[s * count + i]
        target[s * count + i] = drive >= 0 && drive <= 1 ? gain * sum : 0
      }
    }
  }
}

extension NetworkBuilder {
  /// Random spikes of steps × numbers in the place of numbers: each fires in a step with the probability gain·x, held in
  /// 0 … 1.
  /// - Throws: `InputError` where the value is too large or the gain is not positive.
  public mutating func rateCoding(
    _ x: Value, steps: Int, gain: Float, name: String
  ) throws(InputError) -> Value {
    let count = shape(of: x).reduce(1, *)
    guard steps > 0, gain > 0, gain.isFinite, elementCount(of: [steps, count]) != nil else {
      throw fault(name, "\(steps) steps of \(count) spikes with a gain of \(gain) cannot be made")
    }
    return try add(RateCoding(steps: steps, gain: gain, count: count), [x], name: name)
  }
}

/// Numbers as random spikes.
struct RateCodingDescription: LayerDescription {
  static let types = ["rate-coding"]
  var type: String { "rate-coding" }
  let steps: Int
  let gain: Float

  init?(type: String, _ node: StrictNode) {
    steps = node.integer("steps", in: 1...1 << 20)
    gain = Float(node.number("gain", in: 1e-9...1e9, default: 1))
  }

  var keys: [(key: String, value: String)] { [("steps", "\(steps)"), ("gain", "\(gain)")] }

  func add(
    to builder: inout NetworkBuilder, _ inputs: [NetworkBuilder.Value], name: String,
    _ arrays: LayerArrays
  ) throws(InputError) -> NetworkBuilder.Value {
    try builder.rateCoding(inputs[0], steps: steps, gain: gain, name: name)
  }
}
