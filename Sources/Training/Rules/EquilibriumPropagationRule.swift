import ArrayFiles
import InputOutput
import LinearAlgebra
import Networks
import NumericalMethods
import Randomness

/// Training of networks that settle: two steady states give the gradient of every weight at its own place.
public struct EquilibriumPropagationRule: TrainingRule, SavedByVisit {
  public static let name = "equilibrium-propagation"

  private var learning: EquilibriumPropagation
  private let inputShape: [Int]

  /// Reads the rule's own keys, `network.hidden` and `optimizer`.
  public init(_ setup: TrainingSetup) throws {
    learning = EquilibriumPropagation(setup)
    inputShape = setup.inputShape
  }

  /// Settles, and changes weights and biases.
  /// - Throws: `RunError` where an output's conductance has become too small for the nudging, or a circuit does not settle.
  public mutating func step(_ batch: TrainingBatch) throws -> StepResult {
    if learning.needsLimit, !(learning.nudging < learning.network.nudgingLimit) {
      throw RunError("step \(batch.step + 1): the nudging \(learning.limitText)")
    }
    do {
      let step =
        learning.hardware?.isCircuit == true
        ? try learning.circuitChanges(
          batch.x, labels: batch.labels, step: batch.step, gain: batch.gain)
        : learning.changes(
          batch.x, labels: batch.labels, samples: batch.samples, step: batch.step,
          gain: batch.gain)
      learning.apply(step)
      return StepResult(loss: step.loss, right: step.correct)
    } catch { throw RunError("step \(batch.step + 1): \(error)") }
  }

  /// The outputs of the steady state.
  /// - Throws: `RunError` where the circuit does not settle.
  public mutating func outputs(_ x: Matrix<Float>, key: StreamKey) throws -> Matrix<Float> {
    guard learning.hardware?.isCircuit == true else { return learning.outputs(x) }
    do { return try learning.circuitOutputs(x) } catch { throw RunError("\(error)") }
  }

  /// Shows `visitor` the weights, or what holds them, and the biases.
  public mutating func visit(_ visitor: inout SavedState) {
    for k in learning.network.matrices.indices {
      if learning.cells != nil {
        learning.visitCells(k, &visitor)
      } else {
        var weights = learning.network.matrices[k].weights
        visitor.floats("weight_\(k)", &weights)
        if visitor.mode != .save { learning.network.matrices[k].set(weights) }
      }
      visitor.floats("bias_\(k)", &learning.network.biases[k])
    }
    if visitor.mode != .start, var particles = learning.particles {
      visitor.floats("particles", &particles.values)
      learning.particles = particles
    }
  }

  /// What arrays of pulsed devices keep for some time only; weights and biases are there from the first step.
  public var optionalState: [String: [Int]] { saved.optional }

  /// Back to a state.
  public mutating func restore(_ state: NamedArrays) throws { try take(.restore, from: state) }

  /// The pulses that devices got.
  public func report() -> [RuleFigure] {
    learning.cells?.pulseCount.map { [RuleFigure("pulses on devices", $0)] } ?? []
  }

  /// As many as the section `circuit` says.
  public var measuredCount: Int { learning.circuit?.samples ?? 0 }

  /// Time and energy of both phases.
  /// - Throws: `RunError` where a sample does not settle.
  public func measure(_ samples: TrainingBatch) throws -> [SampleFigures] {
    guard let circuit = learning.circuit else { return [] }
    do throws(NumericalFailure) {
      return try learning.measure(circuit, samples.x, labels: samples.labels)
    } catch {
      throw RunError("the circuit of the network: \(error.message)")
    }
  }

  /// The network as one layer that settles.
  public func exported() -> NetworkDescription {
    NetworkDescription(
      title: "trained by equilibrium propagation", inputShape: inputShape,
      settling: learning.network, sweeps: learning.sweeps)
  }
}
