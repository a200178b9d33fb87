import ArrayFiles
import Foundation
import InputOutput

/// Writes described networks as ONNX files (operator set 13).
///
/// The batch is the open axis 'N'. The same network gives the same bytes.
public enum ONNXWriter {
  /// Whether every layer of `network` has its ONNX operator here; recurrent layers have none.
  public static func canWrite(_ network: NetworkDescription) -> Bool {
    network.layers.allSatisfy { $0.kind.hasOperator }
  }

  /// The bytes of the file.
  /// - Precondition: `canWrite(network)`.
  /// - Throws: `InputError` where an array is missing or a layer does not fit.
  public static func bytes(of network: NetworkDescription) throws -> [UInt8] {
    precondition(canWrite(network), "every layer has an operator here")
    let shapes = try network.shapes(source: network.arrays.source)
    var graph = ONNXGraphWriter(arrays: network.arrays)
    for (k, layer) in network.layers.enumerated() {
      let read = try network.places(ofLayer: k, source: network.arrays.source)
      try graph.append(layer, reading: read, shape: shapes[read[0]])
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
