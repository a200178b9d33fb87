import ArrayFiles
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
    let model = ONNXModel(
      irVersion: 7, operatorSets: [ONNXModel.OperatorSet(version: 13)],
      graph: ONNXGraph(
        name: network.title, nodes: graph.nodes, initializers: graph.initializers,
        inputs: [value("input", network.inputShape)],
        outputs: [value(graph.value, shapes[shapes.count - 1])]))
    return model.bytes
  }

  private static func value(_ name: String, _ shape: [Int]) -> ONNXValueInfo {
    ONNXValueInfo(
      name: name, elementType: 1,
      dimensions: [.name("N")] + shape.map { size in .length(Int64(size)) })
  }
}
