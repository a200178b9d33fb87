import Circuits
import Crossbar
import LinearAlgebra
import Networks
import Randomness

/// Weights that no rule learns, read with noise of their own: a random array whose cells stay as they were made.
///
/// Every read draws every weight anew, W(1 + ρ·n) with n normal. Of a vector x this leaves in output j normal noise of the
/// variance ρ²·Σᵢ xᵢ²·Wᵢⱼ², which is drawn as a whole: the same distribution, one number per output. Gradients at the
/// outputs go through W, to layers before it that learn. Noise of the outputs themselves is normal with one deviation for
/// all, a share of the root mean square of the outputs in the first read.
struct FixedSite: TrainableSite {
  var inputs: Int { blocks.inputs }
  var outputs: Int { blocks.outputs }
  /// None.
  var gateRamps: GateRamps.Written? { nil }
  /// Inputs × outputs, blocks one behind the other.
  private(set) var weights: [Float]
  private var bias: [Float]
  /// W² where reads have noise.
  private var squares: [Float] = []
  /// The root mean square of the outputs in the first read, where outputs have noise; 0 until it is known.
  private var typicalOutput: Float = 0
  private let law: FixedWeights
  private let blocks: BlockProducts
  private var key = StreamKey(seed: 0)

  init(_ site: ProductSite, _ law: FixedWeights) {
    weights = site.weights.elements
    bias = site.bias ?? []
    blocks = site.blockProducts
    self.law = law
    square()
  }

  /// Sets the weights, as many as before.
  mutating func set(_ weights: [Float]) {
    precondition(weights.count == self.weights.count, "as many weights as the site has")
    self.weights = weights
    square()
  }

  private mutating func square() {
    squares = law.readNoise > 0 ? weights.map { $0 * $0 } : []
  }

  mutating func begin(_ pass: TrainingPass, vectors: Int?, samples: Int) { key = pass.key }

  mutating func newRead(_ key: StreamKey) { self.key = key }

  mutating func forward(
    _ x: UnsafePointer<Float>, vectors: Int, into y: UnsafeMutablePointer<Float>, call: Int
  ) {
    if vectors == 1, blocks.groups == 1 {
      // A reservoir on one series.
      DenseProducts.forwardOne(x, weights: weights, into: y, inputs: inputs, outputs: outputs)
    } else {
      blocks.forward(x, weights: weights, into: y, vectors: vectors)
    }
    let (columns, count) = (outputs, vectors * outputs)
    if !bias.isEmpty {
      for v in 0..<vectors {
        for j in 0..<columns { y[v * columns + j] += bias[j] }
      }
    }
    addOutputNoise(y, count, key.child(call))
    guard law.readNoise > 0 else { return }
    withScratch(vectors * inputs) { powers in
      for k in 0..<vectors * inputs { powers[k] = x[k] * x[k] }
      withScratch(count) { variances in
        blocks.forward(powers, weights: squares, into: variances, vectors: vectors)
        withScratch(count) { draws in
          Noise.fillNormal(
            UnsafeMutableBufferPointer(start: draws, count: count), key.child(call), from: 0)
          for k in 0..<count { y[k] += law.readNoise * variances[k].squareRoot() * draws[k] }
        }
      }
    }
  }

  private mutating func addOutputNoise(
    _ y: UnsafeMutablePointer<Float>, _ count: Int, _ key: StreamKey
  ) {
    guard law.outputNoise > 0 else { return }
    if typicalOutput == 0 {
      typicalOutput = RangeRule.deviations(1).end(of: UnsafeBufferPointer(start: y, count: count))
    }
    let deviation = law.outputNoise * typicalOutput
    for (k, draw) in Noise.normal(count, key.child("output")).enumerated() {
      y[k] += deviation * draw
    }
  }

  mutating func adjoint(
    _ x: UnsafePointer<Float>, _ dy: UnsafeMutablePointer<Float>, vectors: Int,
    into dx: UnsafeMutablePointer<Float>?, skipping: Int, call: Int, rate: Float?
  ) {
    guard let dx else { return }
    blocks.backward(dy, weights: weights, into: dx, vectors: vectors, from: skipping)
  }

  /// Nothing is learned.
  mutating func learn(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, vectors: Int, _ optimizer: Optimizer,
    rate: Float, step: Int
  ) {}

  /// The weights, which a run that starts from another one takes over, and what outputs typically are.
  mutating func visit(_ visitor: inout SavedState) {
    visitor.floats("weight", &weights)
    if !bias.isEmpty { visitor.floats("bias", &bias) }
    if law.outputNoise > 0 { visitor.float("typical-output", &typicalOutput) }
    square()
  }

  func exported() -> (weights: [Float], bias: [Float]?) {
    let site = ProductSite(
      index: 0, name: "", weights: blocks.matrix(of: weights), bias: bias.isEmpty ? nil : bias,
      groups: blocks.groups)
    return DigitalSite(site).exported()
  }
}
