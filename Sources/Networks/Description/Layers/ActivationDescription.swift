import InputOutput
internal import StrictYAML

/// A function of every number on its own.
struct ActivationDescription: LayerDescription {
  /// The activations without parameters.
  static let plain: [String: Activation] = [
    "relu": .relu, "sigmoid": .sigmoid, "tanh": .tanh, "gelu": .gelu, "gelu-tanh": .geluTanh,
    "erf": .erf, "hard-swish": .hardSwish, "mish": .mish, "softplus": .softplus, "selu": .selu,
    "absolute": .absolute,
  ]
  static let types = plain.keys.sorted() + ["leaky-relu", "hard-sigmoid", "clip", "elu", "power"]
  var type: String { activation.name }
  var hasOperator: Bool { true }

  let activation: Activation

  init(activation: Activation) { self.activation = activation }

  init?(type: String, _ node: StrictNode) {
    if let known = Self.plain[type] {
      activation = known
      return
    }
    switch type {
    case "leaky-relu":
      activation = .leakyRelu(slope: Float(node.number("slope", in: -10...10, default: 0.01)))
    case "hard-sigmoid":
      activation = .hardSigmoid(
        slope: Float(node.number("slope", in: 0...100, default: 0.2)),
        offset: Float(node.number("offset", in: -100...100, default: 0.5)))
    case "clip":
      activation = .clip(
        low: Float(node.number("low", in: -1e30...1e30)),
        high: Float(node.number("high", in: -1e30...1e30)))
    case "elu":
      activation = .elu(
        alpha: Float(node.number("alpha", in: 0...100, default: 1)),
        scale: Float(node.number("scale", in: 0...100, default: 1)))
    case "power":
      activation = .power(exponent: Float(node.number("exponent", in: -100...100)))
    default: return nil
    }
  }

  var keys: [(key: String, value: String)] {
    switch activation {
    case .leakyRelu(let slope): [("slope", "\(slope)")]
    case .hardSigmoid(let slope, let offset): [("slope", "\(slope)"), ("offset", "\(offset)")]
    case .clip(let low, let high): [("low", "\(low)"), ("high", "\(high)")]
    case .elu(let alpha, let scale): [("alpha", "\(alpha)"), ("scale", "\(scale)")]
    case .power(let exponent): [("exponent", "\(exponent)")]
    default: []
    }
  }

  func add(
    to builder: inout NetworkBuilder, _ inputs: [Value], name: String, _ arrays: LayerArrays
  ) throws(InputError) -> Value {
    try builder.activation(inputs[0], activation, name: name)
  }

  func write(to graph: inout ONNXGraphWriter, _ layer: ONNXGraphWriter.Context) {
    switch activation {
    case .relu: graph.add("Relu", [], [])
    case .leakyRelu(let slope): graph.add("LeakyRelu", [], [.float("alpha", slope)])
    case .sigmoid: graph.add("Sigmoid", [], [])
    case .tanh: graph.add("Tanh", [], [])
    case .hardSigmoid(let slope, let offset):
      graph.add("HardSigmoid", [], [.float("alpha", slope), .float("beta", offset)])
    case .clip(let low, let high):
      graph.add("Clip", [graph.constant(float: low), graph.constant(float: high)], [])
    case .erf: graph.add("Erf", [], [])
    case .elu(let alpha, let scale):
      graph.add("Selu", [], [.float("alpha", alpha), .float("gamma", scale)])
    case .softplus: graph.add("Softplus", [], [])
    case .absolute: graph.add("Abs", [], [])
    case .power(let exponent): graph.add("Pow", [graph.constant(float: exponent)], [])
    case .hardSwish:
      let x = graph.value
      graph.add("HardSigmoid", [], [.float("alpha", 1 / 6), .float("beta", 0.5)])
      graph.add("Mul", [x], [])
    case .mish:
      let x = graph.value
      graph.add("Softplus", [], [])
      graph.add("Tanh", [], [])
      graph.add("Mul", [x], [])
    case .gelu:
      let x = graph.value
      graph.add("Mul", [graph.constant(float: Float(0.5).squareRoot())], [])
      graph.add("Erf", [], [])
      graph.add("Add", [graph.constant(float: 1)], [])
      graph.add("Mul", [x], [])
      graph.add("Mul", [graph.constant(float: 0.5)], [])
    case .geluTanh:
      let x = graph.value
      graph.add("Mul", [x], [])
      graph.add("Mul", [x], [])
      graph.add("Mul", [graph.constant(float: 0.044715)], [])
      graph.add("Add", [x], [])
      graph.add("Mul", [graph.constant(float: (2 / Float.pi).squareRoot())], [])
      graph.add("Tanh", [], [])
      graph.add("Add", [graph.constant(float: 1)], [])
      graph.add("Mul", [x], [])
      graph.add("Mul", [graph.constant(float: 0.5)], [])
    }
  }
}
