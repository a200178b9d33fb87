import Circuits
import Crossbar
import LinearAlgebra
import Networks
import Randomness

/// The site of a fixed crossbar: reads go through its conductances, gradients through a model of them as they were at
/// the start, and nothing in it learns. Outputs are relative to the full range of its converter, which the first
/// read sets to four times the root mean square of the currents.
struct FixedCrossbarSite: TrainableSite {
  let inputs: Int
  let outputs: Int
  /// None.
  var gateRamps: GateRamps.Written? { nil }
  private var cells: CrossbarPhysics
  /// The conductances that the backward pass goes through, inputs × outputs.
  private let model: [Float]
  /// The full range in units of the currents; 0 until it is known.
  private var fullRange: Float = 0
  /// Which crossbar of the network it is.
  private let number: Int
  private var key = StreamKey(seed: 0)

  /// - Parameters:
  ///   - design: what it is drawn from; `nil` for a crossbar that carries no currents, the control that shows what
  ///     the physics contributes.
  ///   - number: which crossbar of the network it is: changes are keyed by it.
  init(_ design: RandomCrossbar?, inputs: Int, outputs: Int, number: Int, key: StreamKey) {
    self.inputs = inputs
    self.outputs = outputs
    self.number = number
    var own = design ?? RandomCrossbar()
    if design == nil { (own.formed, own.readNoise, fullRange) = (0, 0, 1) }
    cells = CrossbarPhysics(own, inputs: inputs, outputs: outputs, key: key)
    model = cells.conductances
  }

  mutating func begin(_ pass: TrainingPass, vectors: Int?, samples: Int) { key = pass.key }

  mutating func newRead(_ key: StreamKey) { self.key = key }

  mutating func forward(
    _ x: UnsafePointer<Float>, vectors: Int, into y: UnsafeMutablePointer<Float>, call: Int
  ) {
    let count = vectors * outputs
    DenseProducts.forward(
      x, weights: cells.conductances, into: y, samples: vectors, inputs: inputs, outputs: outputs)
    if fullRange == 0 {
      fullRange = RangeRule.deviations(4).end(of: UnsafeBufferPointer(start: y, count: count))
    }
    if cells.design.readNoise > 0 {
      let sigma = cells.design.readNoise * fullRange / 4
      for (i, noise) in Noise.normal(count, key).enumerated() { y[i] += sigma * noise }
    }
    let scale = 1 / fullRange
    for i in 0..<count { y[i] *= scale }
  }

  mutating func adjoint(
    _ x: UnsafePointer<Float>, _ dy: UnsafeMutablePointer<Float>, vectors: Int,
    into dx: UnsafeMutablePointer<Float>?, skipping: Int, call: Int, rate: Float?
  ) {
    guard let dx else { return }
    let scale = 1 / fullRange
    for i in 0..<vectors * outputs { dy[i] *= scale }
    DenseProducts.backward(
      dy, weights: model, into: dx, samples: vectors, inputs: inputs, outputs: outputs)
  }

  mutating func learn(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, vectors: Int, _ optimizer: Optimizer,
    rate: Float, step: Int
  ) {}

  /// Changes the physics; the converter's range and the model stay.
  mutating func perturb(_ perturbation: PhysicalPerturbation, key: StreamKey) {
    cells.perturb(perturbation, key: key.child(number))
  }

  mutating func visit(_ visitor: inout SavedState) { visitor.float("full-range", &fullRange) }

  /// The differences of conductances in units of the full range.
  func exported() -> (weights: [Float], bias: [Float]?) {
    let scale = fullRange > 0 ? 1 / fullRange : 1
    let weights = Matrix(rowCount: inputs, columnCount: outputs, elements: cells.conductances)
    return (weights.transposed().elements.map { $0 * scale }, nil)
  }
}
