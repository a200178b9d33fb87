import ArrayFiles
import Foundation
import InputOutput

/// Writes networks that a description tells of as ONNX files (operator set 13).
///
/// The batch is the open axis 'N'. The same network gives the same bytes.
public enum ONNXWriter {
  /// Whether every layer of `network` has its ONNX operator here; recurrent layers have none.
  public static func canWrite(_ network: NetworkDescription) -> Bool {
    network.layers.allSatisfy {
      switch $0 {
      case .recurrent, .oneHot, .lastSteps: false
      default: true
      }
    }
  }

  /// Writes `network` to `path`, whole or not at all.
  /// - Precondition: `canWrite(network)`.
  /// - Throws: `InputError` where an array is missing or a layer does not fit; `RunError` where the file
  ///   cannot be written.
  public static func write(_ network: NetworkDescription, to path: String) throws {
    try AtomicFile.write(try bytes(of: network), to: path)
  }

  /// The bytes of the file; see `write`.
  public static func bytes(of network: NetworkDescription) throws -> [UInt8] {
    precondition(canWrite(network), "layers of sequences have no operator here")
    let shapes = try network.shapes(source: network.arrays.source)
    var graph = ONNXGraphWriter(arrays: network.arrays)
    for (layer, shape) in zip(network.layers, shapes) {
      try graph.append(layer, width: shape.last ?? 1)
    }
    var model = ONNXModel()
    model.irVersion = 7
    model.opsetImport = [ONNXOperatorSet.with { $0.version = 13 }]
    model.graph = ONNXGraph.with {
      $0.name = network.title
      $0.node = graph.nodes
      $0.initializer = graph.initializers
      $0.input = [value("input", network.inputShape)]
      $0.output = [value(graph.value, shapes[shapes.count - 1])]
    }
    let data: Data = try model.serializedBytes()
    return [UInt8](data)
  }

  private static func value(_ name: String, _ shape: [Int]) -> ONNXValueInfo {
    ONNXValueInfo.with {
      $0.name = name
      $0.type.tensorType.elemType = 1
      $0.type.tensorType.shape.dim =
        [ONNXDimension.with { $0.dimParam = "N" }]
        + shape.map { size in ONNXDimension.with { $0.dimValue = Int64(size) } }
    }
  }
}

/// A graph on the way into a file.
struct ONNXGraphWriter {
  let arrays: NamedArrays
  var nodes: [ONNXNode] = []
  var initializers: [ONNXTensorData] = []
  /// What the last node gives.
  var value = "input"
  /// What every layer of the description gave.
  private var results: [String] = []

  init(arrays: NamedArrays) { self.arrays = arrays }

  /// Appends the nodes of one layer.
  /// - Parameter width: the length of the last axis of what it reads.
  mutating func append(_ layer: NetworkDescription.Layer, width: Int) throws(InputError) {
    defer { results.append(value) }
    switch layer {
    case .dense(let name):
      add(
        "Gemm", [try weight("\(name).weight")] + (try optional("\(name).bias")),
        [integer("transB", 1)])
    case .convolution(let name, let strides, let padding, let dilations, let groups):
      let kernel = try arrays.array("\(name).weight").shape.dropFirst(2)
      let window = Self.window(Array(kernel), strides, padding, dilations)
      add(
        "Conv", [try weight("\(name).weight")] + (try optional("\(name).bias")),
        window + [integer("group", groups)])
    case .activation(let activation): append(activation)
    case .softmax(let isLogarithmic):
      add(isLogarithmic ? "LogSoftmax" : "Softmax", [], [integer("axis", -1)])
    case .pool(let isMaximum, let kernel, let strides, let padding):
      let window = Self.window(kernel, strides ?? kernel, padding, nil)
      add(
        isMaximum ? "MaxPool" : "AveragePool", [],
        isMaximum ? window : window + [integer("count_include_pad", 1)])
    case .globalAveragePool: add("GlobalAveragePool", [], [])
    case .meanOverTime:
      add("ReduceMean", [], [integers("axes", [1]), integer("keepdims", 0)])
    case .lengthNormalization:
      add("LpNormalization", [], [integer("axis", -1), integer("p", 2)])
      add("Mul", [constant(float: Float(width).squareRoot())], [])
    case .overlay(let count, let number):
      let rest = Array(repeating: Float(0), count: width - count)
      add("Mul", [constant(floats: Array(repeating: 0, count: count) + rest.map { $0 + 1 })], [])
      add("Add", [constant(floats: Array(repeating: number, count: count) + rest)], [])
    case .concatenate(let places):
      let parts = places.map { $0 == 0 ? "input" : results[$0 - 1] }
      value = parts[0]
      add("Concat", Array(parts.dropFirst()), [integer("axis", -1)])
    case .multiply(let places):
      let parts = places.map { $0 == 0 ? "input" : results[$0 - 1] }
      value = parts[0]
      for part in parts.dropFirst() { add("Mul", [part], []) }
    case .flatten: add("Flatten", [], [integer("axis", 1)])
    case .reshape(let shape):
      add("Reshape", [constant(integers: [0] + shape.map { Int64($0) })], [])
    case .batchNormalization(let name, let epsilon):
      let names = ["weight", "bias", "running_mean", "running_var"]
      add(
        "BatchNormalization",
        try names.map { (part) throws(InputError) in try weight("\(name).\(part)") },
        [float("epsilon", epsilon)])
    case .recurrent, .oneHot, .lastSteps:
      preconditionFailure("layers of sequences have no operator here")
    }
  }

  private mutating func append(_ activation: Activation) {
    switch activation {
    case .relu: add("Relu", [], [])
    case .leakyRelu(let slope): add("LeakyRelu", [], [float("alpha", slope)])
    case .sigmoid: add("Sigmoid", [], [])
    case .tanh: add("Tanh", [], [])
    case .hardSigmoid(let slope, let offset):
      add("HardSigmoid", [], [float("alpha", slope), float("beta", offset)])
    case .clip(let low, let high):
      add("Clip", [constant(float: low), constant(float: high)], [])
    case .erf: add("Erf", [], [])
    case .gelu:
      let x = value
      add("Mul", [constant(float: Float(0.5).squareRoot())], [])
      add("Erf", [], [])
      add("Add", [constant(float: 1)], [])
      add("Mul", [x], [])
      add("Mul", [constant(float: 0.5)], [])
    case .geluTanh:
      let x = value
      add("Mul", [x], [])
      add("Mul", [x], [])
      add("Mul", [constant(float: 0.044715)], [])
      add("Add", [x], [])
      add("Mul", [constant(float: (2 / Float.pi).squareRoot())], [])
      add("Tanh", [], [])
      add("Add", [constant(float: 1)], [])
      add("Mul", [x], [])
      add("Mul", [constant(float: 0.5)], [])
    }
  }

  private mutating func add(_ type: String, _ others: [String], _ attributes: [ONNXAttribute]) {
    let output = "value\(nodes.count + 1)"
    let input = value
    nodes.append(
      ONNXNode.with {
        $0.name = "\(type.lowercased())\(nodes.count + 1)"
        $0.opType = type
        $0.input = [input] + others
        $0.output = [output]
        $0.attribute = attributes
      })
    value = output
  }

  private mutating func weight(_ name: String) throws(InputError) -> String {
    let array = try arrays.finite(name)
    if !initializers.contains(where: { $0.name == name }) {
      append(
        name, shape: array.shape, type: 1, NumericArray(shape: array.shape, floats: array.floats))
    }
    return name
  }

  private mutating func optional(_ name: String) throws(InputError) -> [String] {
    arrays[name] == nil ? [] : [try weight(name)]
  }

  private mutating func constant(float value: Float) -> String {
    let name = "constant\(initializers.count)"
    append(name, shape: [], type: 1, NumericArray(shape: [], floats: [value]))
    return name
  }

  private mutating func constant(floats values: [Float]) -> String {
    let name = "constant\(initializers.count)"
    append(
      name, shape: [values.count], type: 1, NumericArray(shape: [values.count], floats: values))
    return name
  }

  private mutating func constant(integers values: [Int64]) -> String {
    let name = "constant\(initializers.count)"
    append(
      name, shape: [values.count], type: 7, NumericArray(shape: [values.count], integers: values))
    return name
  }

  private mutating func append(_ name: String, shape: [Int], type: Int32, _ array: NumericArray) {
    initializers.append(
      ONNXTensorData.with {
        $0.name = name
        $0.dims = shape.map { Int64($0) }
        $0.dataType = type
        $0.rawData = Data(array.bytes)
      })
  }

  private static func window(
    _ kernel: [Int], _ strides: [Int]?, _ padding: [Int]?, _ dilations: [Int]?
  ) -> [ONNXAttribute] {
    var list = [integers("kernel_shape", kernel)]
    if let strides { list.append(integers("strides", strides)) }
    if let padding { list.append(integers("pads", padding + padding)) }
    if let dilations { list.append(integers("dilations", dilations)) }
    return list
  }
}

// Attributes carry their type: 1 a float, 2 an integer, 7 integers.
private func float(_ name: String, _ value: Float) -> ONNXAttribute {
  ONNXAttribute.with {
    $0.name = name
    $0.f = value
    $0.type = 1
  }
}

private func integer(_ name: String, _ value: Int) -> ONNXAttribute {
  ONNXAttribute.with {
    $0.name = name
    $0.i = Int64(value)
    $0.type = 2
  }
}

private func integers(_ name: String, _ values: [Int]) -> ONNXAttribute {
  ONNXAttribute.with {
    $0.name = name
    $0.ints = values.map { Int64($0) }
    $0.type = 7
  }
}
