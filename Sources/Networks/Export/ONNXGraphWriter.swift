package import ArrayFiles
import Foundation
import InputOutput

/// The graph of a network on the way into an ONNX file.
package struct ONNXGraphWriter {
  /// The arrays of the network.
  package let arrays: NamedArrays
  var nodes: [ONNXNode] = []
  var initializers: [ONNXTensorData] = []
  /// What the last node gives, or the first value that the next layer reads.
  var value = "input"
  /// What every layer of the description gave, the input first.
  private var results = ["input"]

  init(arrays: NamedArrays) { self.arrays = arrays }

  /// What a layer knows of its place.
  package struct Context {
    /// The layer's name; empty where it has none.
    let name: String
    /// The shape of one sample of the first value that it reads.
    let shape: [Int]
    /// The values that it reads.
    let inputs: [String]
  }

  /// Appends the nodes of one layer.
  mutating func append(
    _ layer: NetworkDescription.Layer, reading places: [Int], shape: [Int]
  ) throws(InputError) {
    let inputs = places.map { results[$0] }
    value = inputs[0]
    try layer.kind.write(
      to: &self, Context(name: layer.name ?? "", shape: shape, inputs: inputs))
    results.append(value)
  }

  /// Appends one node that reads the last value, then `others`.
  mutating func add(_ type: String, _ others: [String], _ attributes: [ONNXAttribute]) {
    let output = "value\(nodes.count + 1)"
    let input = value
    nodes.append(
      ONNXNode(
        name: "\(type.lowercased())\(nodes.count + 1)", opType: type, inputs: [input] + others,
        outputs: [output], attributes: attributes))
    value = output
  }

  /// An array of the network.
  mutating func weight(_ name: String) throws(InputError) -> String {
    let array = try arrays.finite(name)
    if !initializers.contains(where: { $0.name == name }) {
      append(
        name, shape: array.shape, type: 1, NumericArray(shape: array.shape, floats: array.floats))
    }
    return name
  }

  /// A matrix of the network, transposed.
  mutating func transposedWeight(_ name: String) throws(InputError) -> String {
    let matrix = try LayerArrays(all: arrays).matrix(name).transposed()
    let shape = [matrix.rowCount, matrix.columnCount]
    let transposed = name + " transposed"
    if !initializers.contains(where: { $0.name == transposed }) {
      append(
        transposed, shape: shape, type: 1, NumericArray(shape: shape, floats: matrix.elements))
    }
    return transposed
  }

  /// An array of the network, where there is one of that name.
  mutating func optional(_ name: String) throws(InputError) -> [String] {
    arrays[name] == nil ? [] : [try weight(name)]
  }

  /// One number.
  mutating func constant(float value: Float) -> String {
    constant(shape: [], NumericArray(shape: [], floats: [value]), type: 1)
  }

  /// A vector.
  mutating func constant(floats values: [Float]) -> String {
    constant(shape: [values.count], NumericArray(shape: [values.count], floats: values), type: 1)
  }

  /// A vector of whole numbers.
  mutating func constant(integers values: [Int64]) -> String {
    constant(shape: [values.count], NumericArray(shape: [values.count], integers: values), type: 7)
  }

  private mutating func constant(shape: [Int], _ array: NumericArray, type: Int32) -> String {
    let name = "constant\(initializers.count)"
    append(name, shape: shape, type: type, array)
    return name
  }

  private mutating func append(_ name: String, shape: [Int], type: Int32, _ array: NumericArray) {
    initializers.append(
      ONNXTensorData(
        name: name, dims: shape.map { Int64($0) }, dataType: type, rawData: Data(array.bytes)))
  }

  /// The attributes of a window.
  static func window(
    _ kernel: [Int], _ strides: [Int]?, _ padding: [Int]?, _ dilations: [Int]?
  ) -> [ONNXAttribute] {
    var list = [ONNXAttribute.integers("kernel_shape", kernel)]
    if let strides { list.append(.integers("strides", strides)) }
    if let padding { list.append(.integers("pads", padding + padding)) }
    if let dilations { list.append(.integers("dilations", dilations)) }
    return list
  }
}
