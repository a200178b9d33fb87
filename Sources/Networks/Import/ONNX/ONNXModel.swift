import Foundation

// What Ohmweave reads and writes of an ONNX file, by the names of the specification
// (https://github.com/onnx/onnx/blob/main/docs/IR.md).

/// The content of a file.
struct ONNXModel {
  var irVersion: Int64
  var operatorSets: [OperatorSet]
  var graph: ONNXGraph?

  /// A version of the operators of one domain.
  struct OperatorSet {
    var domain = ""
    var version: Int64
  }
}

/// Nodes, each of which reads values by name and gives others.
struct ONNXGraph {
  var name: String
  var nodes: [ONNXNode]
  var initializers: [ONNXTensorData]
  var inputs: [ONNXValueInfo]
  var outputs: [ONNXValueInfo]
}

/// One operator with what it reads and gives.
struct ONNXNode {
  var name: String
  var domain = ""
  var opType: String
  var inputs: [String]
  var outputs: [String]
  var attributes: [ONNXAttribute]
}

/// A named constant of a node; which member holds it follows from the operator.
struct ONNXAttribute {
  /// What an attribute holds, by the specification's numbers.
  enum Kind: Int32 {
    case unknown = 0
    case float = 1
    case integer = 2
    case integers = 7
  }

  var name: String
  /// What it says that it holds. Readers go by the operator.
  var kind = Kind.unknown
  var float: Float = 0
  var integer: Int64 = 0
  var text = Data()
  var tensor: ONNXTensorData?
  var floats: [Float] = []
  var integers: [Int64] = []
  var texts: [Data] = []

  static func float(_ name: String, _ value: Float) -> ONNXAttribute {
    ONNXAttribute(name: name, kind: .float, float: value)
  }

  static func integer(_ name: String, _ value: Int) -> ONNXAttribute {
    ONNXAttribute(name: name, kind: .integer, integer: Int64(value))
  }

  static func integers(_ name: String, _ values: [Int]) -> ONNXAttribute {
    ONNXAttribute(name: name, kind: .integers, integers: values.map { Int64($0) })
  }
}

/// The numbers of a tensor: as bytes, in the member of their type, or in another file.
struct ONNXTensorData {
  var name: String
  var dims: [Int64]
  var dataType: Int32
  var rawData = Data()
  var floatData: [Float] = []
  var int32Data: [Int32] = []
  var int64Data: [Int64] = []
  var doubleData: [Double] = []
  var uint64Data: [UInt64] = []
  /// Whether the numbers lie in another file, which `externalData` names.
  var isExternal = false
  var externalData: [String: String] = [:]
}

/// An input or output of the graph.
struct ONNXValueInfo {
  var name: String
  var elementType: Int32
  var dimensions: [Dimension]

  /// A length, or the name of one.
  enum Dimension {
    case length(Int64)
    case name(String)
  }
}
