import LinearAlgebra
import Networks
import Randomness

/// A dense layer with devices that switch at random behind it: as its neurons, or as gates that let
/// blocks of rectifiers through or not (conditional computation; Bengio, Léonard, Courville,
/// arXiv 1308.3432, section 6).
///
/// Neurons: h = n(x·W + b). Gates: h = max(0, x·W + b)·n(x·V + c), one gate a block of units; where a
/// gate is shut the columns of its block need not be read.
struct StochasticLayer: Sendable {
  var dense: DigitalSite
  var neurons: StochasticNeurons
  /// x·V + c; `nil` where the devices are the neurons.
  var gates: DigitalSite?

  var inputCount: Int { dense.inputs }
  var unitCount: Int { dense.outputs }
  /// Units a gate.
  var block: Int { unitCount / neurons.unitCount }

  /// What the backward pass needs of a forward pass.
  struct Trace {
    var x: [Float]
    /// x·W + b.
    var sums: [Float]
    /// The devices' drives, and what they gave.
    var drives: [Float]
    var fired: [Float]
    /// h.
    var outputs: [Float]
  }

  /// - Parameter gates: how many gates; `nil` makes the devices the neurons.
  /// - Precondition: gates divide the units.
  init(
    inputs: Int, units: Int, gates count: Int?, estimator: StochasticEstimator, law: FiringLaw,
    key: StreamKey
  ) {
    precondition(count.map { $0 > 0 && units % $0 == 0 } ?? true, "blocks of one size")
    // Rectifiers pass half of the variance on.
    dense = Self.site(inputs, units, factor: count == nil ? 1 : 2, key.child("units"))
    gates = count.map { Self.site(inputs, $0, factor: 1, key.child("gates")) }
    neurons = StochasticNeurons(units: count ?? units, estimator: estimator, law: law)
  }

  /// One draw of the devices from `draw`, or what they give on average.
  mutating func forward(_ x: [Float], samples: Int, draw: StreamKey?) -> Trace {
    let sums = dense.read(x, samples: samples)
    let drives = gates?.read(x, samples: samples) ?? sums
    let fired = draw.map { neurons.fire(drives, key: $0) } ?? neurons.mean(drives)
    var outputs = fired
    if gates != nil {
      outputs = sums
      let block = block
      for i in outputs.indices { outputs[i] = max(0, outputs[i]) * fired[i / block] }
    }
    return Trace(x: x, sums: sums, drives: drives, fired: fired, outputs: outputs)
  }

  /// The gradients of weights and biases by the estimator, and that at the inputs where it is wanted.
  ///
  /// - Parameters:
  ///   - dh: the gradient of the mean loss at the outputs.
  ///   - losses: the loss of every sample.
  ///   - pull: the strength with which the mean probability of each device is drawn to `target`.
  mutating func backward(
    _ trace: Trace, dh: [Float], losses: [Float], pull: Float, target: Float, samples: Int,
    wantsInput: Bool
  ) -> [Float] {
    var below = [Float](repeating: 0, count: wantsInput ? samples * inputCount : 0)
    guard gates != nil else {
      var error = neurons.gradient(trace.drives, outputs: trace.fired, dh: dh, losses: losses)
      neurons.pull(trace.drives, samples: samples, strength: pull, target: target, into: &error)
      Self.backward(&dense, trace.x, &error, samples, &below)
      return below
    }
    let block = block
    var dz = dh
    var dn = [Float](repeating: 0, count: trace.fired.count)
    for i in dz.indices {
      let open = trace.sums[i] > 0
      dn[i / block] += open ? dh[i] * trace.sums[i] : 0
      dz[i] = open ? dh[i] * trace.fired[i / block] : 0
    }
    var error = neurons.gradient(trace.drives, outputs: trace.fired, dh: dn, losses: losses)
    neurons.pull(trace.drives, samples: samples, strength: pull, target: target, into: &error)
    Self.backward(&dense, trace.x, &dz, samples, &below)
    var other = below
    Self.backward(&gates!, trace.x, &error, samples, &other)
    for i in below.indices { below[i] += other[i] }
    return below
  }

  /// Weights and biases.
  mutating func forEachParameter(_ body: (String, inout Parameter) throws -> Void) rethrows {
    try dense.forEachParameter(body)
    try gates?.forEachParameter { try body("gates.\($0)", &$1) }
  }

  private static func site(
    _ inputs: Int, _ outputs: Int, factor: Float, _ key: StreamKey
  ) -> DigitalSite {
    DigitalSite(
      weights: InitialWeights.normal.draw(inputs, outputs, gain: factor, key),
      bias: Array(repeating: 0, count: outputs))
  }

  private static func backward(
    _ site: inout DigitalSite, _ x: [Float], _ dy: inout [Float], _ samples: Int,
    _ below: inout [Float]
  ) {
    below.withUnsafeMutableBufferPointer {
      site.adjoint(
        x, &dy, vectors: samples, into: $0.isEmpty ? nil : $0.baseAddress, skipping: 0, call: 0,
        rate: nil)
    }
  }
}

extension DigitalSite {
  /// x·W + b for samples × inputs, digitally.
  mutating func read(_ x: [Float], samples: Int) -> [Float] {
    var y = [Float](repeating: 0, count: samples * outputs)
    begin(
      TrainingPass(key: StreamKey(seed: 0), isTraining: true), vectors: samples, samples: samples)
    forward(x, vectors: samples, into: &y, call: 0)
    return y
  }
}
