package import InputOutput

/// The outputs of a layered network that settles (`SettlingNetwork`), after a number of sweeps from units at 0.
package struct Settling: LayerOperation {
  package let network: SettlingNetwork
  package let sweeps: Int
  package let storage = LayerStorage.own
  package var outputShape: [Int] { [network.outputCount] }
  /// Its weights learn from steady states (rule `equilibrium-propagation`), not by passing gradients.
  package var passesGradients: Bool { false }
  package let adjointReads = AdjointReads.inputs

  package func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    let outputs = network.outputCount
    for first in stride(from: 0, to: context.samples, by: 16) {
      let count = min(16, context.samples - first)
      let y = network.outputs(
        inputs[0] + first * network.inputCount, samples: count, sweeps: sweeps)
      (output + first * outputs).update(from: y, count: y.count)
    }
  }

  package func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    preconditionFailure("no gradient passes a network that settles")
  }
}

extension NetworkBuilder {
  /// The outputs of a network that settles.
  /// - Throws: `InputError` where the value does not have as many numbers as the network has inputs.
  package mutating func settling(
    _ x: Value, _ network: SettlingNetwork, sweeps: Int, name: String
  ) throws(InputError) -> Value {
    let count = shape(of: x).reduce(1, *)
    guard count == network.inputCount else {
      throw fault(
        name, "settles for \(network.inputCount) inputs, the value has \(count) numbers")
    }
    return try add(Settling(network: network, sweeps: sweeps), [x], name: name)
  }
}
