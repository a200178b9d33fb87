import Crossbar
import LinearAlgebra
import Networks
import Randomness

/// The weights and the bias of one product site as training holds and changes them: as digital numbers, which a
/// pass reads exactly or through a chip, or as states of pulsed devices.
///
/// A site is read once in a pass with all vectors of the batch, or several times (a recurrent layer, once a
/// time step); the reads of one pass are numbered 0, 1, … by `call`, and `adjoint` comes in the reverse order,
/// so that its call 0 is the last. The inputs of the reads lie one behind the other in memory, and so do the
/// gradients at their outputs: at call 0 the pointers are those of all reads together.
public protocol TrainableSite: Sendable {
  /// How many inputs.
  var inputs: Int { get }
  /// How many outputs.
  var outputs: Int { get }
  /// Begins a pass: draws the chip and all noise of the weights.
  ///
  /// - Parameters:
  ///   - vectors: how many vectors the only read will have; `nil` for several reads.
  ///   - samples: how many samples the pass has: the loss is a mean over them.
  mutating func begin(_ pass: TrainingPass, vectors: Int?, samples: Int)
  /// y = x·W + b; vectors × inputs to vectors × outputs.
  mutating func forward(
    _ x: UnsafePointer<Float>, vectors: Int, into y: UnsafeMutablePointer<Float>, call: Int)
  /// dx = dy·Wᵀ, and the gradients of the weights, of the bias and of what a chip learns.
  ///
  /// - Parameters:
  ///   - x: the inputs of read `call` of the last forward pass.
  ///   - dy: the gradient at the outputs; may be overwritten where the site has only one read.
  ///   - dx: becomes the gradient at the inputs; `nil` where nothing reads it.
  ///   - skipping: the gradients of the first so many inputs are not wanted and may stay undefined.
  ///   - rate: makes a step of plain gradient descent at this rate at once; `nil` leaves gradients.
  mutating func adjoint(
    _ x: UnsafePointer<Float>, _ dy: UnsafeMutablePointer<Float>, vectors: Int,
    into dx: UnsafeMutablePointer<Float>?, skipping: Int, call: Int, rate: Float?)
  /// The reads that follow go through the same chip with noise of their own.
  mutating func newRead(_ key: StreamKey)
  /// A step against the gradient xᵀ·dy as a local rule takes it: digitally, from what the site was to read and what
  /// its outputs were to be, not back through converters.
  ///
  /// - Parameters:
  ///   - optimizer: changes digital weights; pulsed devices follow their own rule at `rate`.
  ///   - step: how many steps came before.
  mutating func learn(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, vectors: Int, _ optimizer: Optimizer,
    rate: Float, step: Int)
  /// Whether converters of this pass compute the activation behind the site.
  var appliesActivation: Bool { get }
  /// The ramps of this pass that compute the functions of a recurrent layer; `nil` where functions are digital.
  var gateRamps: GateRamps.Written? { get }
  /// Calls `body` for each parameter that an optimizer changes, under its name within the site.
  mutating func forEachParameter(_ body: (String, inout Parameter) throws -> Void) rethrows
  /// Shows `visitor` what the next step depends on besides the parameters.
  mutating func visit(_ visitor: inout SavedState)
  /// Limits weights and ranges after a step.
  mutating func afterUpdate()
  /// Forgets ranges that are found by calibration, so that the next pass finds them again.
  mutating func recalibrate()
  /// The weights of all groups, outputs × inputs of a group, and the bias.
  func exported() -> (weights: [Float], bias: [Float]?)
  /// The converters with the ranges that training found; `nil` where there are none, or not yet.
  var converters: TrainedConverters? { get }
}

extension TrainableSite {
  /// No.
  public var appliesActivation: Bool { false }
  /// None.
  public mutating func forEachParameter(
    _ body: (String, inout Parameter) throws -> Void
  ) rethrows {}
  /// Nothing else.
  public mutating func visit(_ visitor: inout SavedState) {}
  /// No limits.
  public mutating func afterUpdate() {}
  /// Nothing is calibrated.
  public mutating func recalibrate() {}
  /// None.
  public var converters: TrainedConverters? { nil }
}

/// Adds `bias` to each of `vectors` rows of as many numbers; nothing where it is empty.
func addToRows(_ bias: [Float], _ y: UnsafeMutablePointer<Float>, vectors: Int) {
  bias.withUnsafeBufferPointer { b in
    for v in 0..<vectors {
      let row = y + v * b.count
      for j in b.indices { row[j] += b[j] }
    }
  }
}
