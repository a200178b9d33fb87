/// A trained network: layers in an order in which each reads only what came before.
///
/// All shapes are known except the number of samples. Make one with `NetworkBuilder` or with
/// `ONNXReader`.
public struct Network: Sendable {
  /// The network's name.
  public let name: String
  /// The shape of one input sample.
  public let inputShape: [Int]
  /// The layers. Layer k gives value k + 1; value 0 is the input.
  public let layers: [Layer]
  /// The weight matrices, in the order in which the layers read them.
  public let sites: [ProductSite]
  /// The value that is the network's result.
  public let output: Int
  let plan: EvaluationPlan

  /// The shape of one sample of the result.
  public var outputShape: [Int] { shape(ofValue: output) }

  /// How many weights the network's matrices hold, biases not counted.
  public var weightCount: Int { sites.reduce(0) { $0 + $1.weightCount } }

  /// How many samples are evaluated together. It depends on the network alone, never on threads.
  public var chunkSize: Int { plan.chunkSize }

  /// The shape of one sample of a value: 0 is the input, k + 1 what layer k gives.
  public func shape(ofValue value: Int) -> [Int] {
    value == 0 ? inputShape : layers[value - 1].operation.outputShape
  }

  /// A network of `layers`.
  /// - Precondition: every layer reads only values before its own; the sites are numbered in order.
  package init(
    name: String, inputShape: [Int], layers: [Layer], sites: [ProductSite], output: Int
  ) {
    for (k, layer) in layers.enumerated() {
      precondition(
        layer.inputs.allSatisfy { $0 >= 0 && $0 <= k }, "a layer reads what came before it")
    }
    precondition(output >= 0 && output <= layers.count, "the result is one of the values")
    precondition(
      sites.enumerated().allSatisfy { $0.offset == $0.element.index }, "sites are numbered in order"
    )
    self.name = name
    self.inputShape = inputShape
    self.layers = layers
    self.sites = sites
    self.output = output
    plan = EvaluationPlan(inputShape: inputShape, layers: layers, output: output)
  }
}
