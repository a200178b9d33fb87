import CONNXSchema
import Foundation
import InputOutput

extension ONNXModel {
  /// The model in the bytes of a file.
  /// - Throws: `InputError` where the bytes are damaged, or would take far more memory than their number.
  init(_ data: Data, source: String) throws(InputError) {
    let messages = try ONNXMessages(data, source: source)
    self = try ONNXMessageReader(source: source, messages: messages).model()
  }
}

/// The messages of a file as protobuf-c unpacks them, and their memory.
private final class ONNXMessages {
  let model: UnsafeMutablePointer<Onnx__Model>

  /// The memory that may still be taken.
  private final class Allowance {
    var left: Int
    var isSpent = false
    init(_ bytes: Int) { left = bytes }
  }

  init(_ data: Data, source: String) throws(InputError) {
    // Many empty messages are small in a file only.
    let allowance = Allowance(data.count + InputBudget.limit)
    var allocator = ProtobufCAllocator(
      alloc: { allowance, size in
        let allowance = Unmanaged<Allowance>.fromOpaque(allowance!).takeUnretainedValue()
        guard size <= allowance.left else {
          allowance.isSpent = true
          return nil
        }
        allowance.left -= size
        return malloc(size)
      },
      free: { _, memory in free(memory) },
      allocator_data: Unmanaged.passUnretained(allowance).toOpaque())
    let unpacked = withExtendedLifetime(allowance) {
      data.withUnsafeBytes {
        onnx__model__unpack(&allocator, $0.count, $0.bindMemory(to: UInt8.self).baseAddress)
      }
    }
    guard let unpacked else {
      throw InputError(
        source,
        allowance.isSpent
          ? "would take more memory than a file may take; --input-limit or "
            + "\(InputBudget.variable) raises the limit"
          : "is not an ONNX file, or is damaged or cut off")
    }
    model = unpacked
  }

  deinit { onnx__model__free_unpacked(model, nil) }
}

/// Turns messages into values.
private struct ONNXMessageReader {
  let source: String
  let messages: ONNXMessages

  private typealias Messages<Message> = UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?

  func model() throws(InputError) -> ONNXModel {
    let model = messages.model.pointee
    return ONNXModel(
      irVersion: model.ir_version,
      operatorSets: try list(model.n_opset_import, model.opset_import) {
        (set) throws(InputError) in
        ONNXModel.OperatorSet(domain: try text(set.domain), version: set.version)
      },
      graph: try model.graph.map { (graph) throws(InputError) in try self.graph(graph.pointee) })
  }

  private func graph(_ graph: Onnx__Graph) throws(InputError) -> ONNXGraph {
    ONNXGraph(
      name: try text(graph.name), nodes: try list(graph.n_node, graph.node, node),
      initializers: try list(graph.n_initializer, graph.initializer, tensor),
      inputs: try list(graph.n_input, graph.input, value),
      outputs: try list(graph.n_output, graph.output, value))
  }

  private func node(_ node: Onnx__Node) throws(InputError) -> ONNXNode {
    ONNXNode(
      name: try text(node.name), domain: try text(node.domain), opType: try text(node.op_type),
      inputs: try texts(node.n_input, node.input), outputs: try texts(node.n_output, node.output),
      attributes: try list(node.n_attribute, node.attribute, attribute))
  }

  private func attribute(_ attribute: Onnx__Attribute) throws(InputError) -> ONNXAttribute {
    ONNXAttribute(
      name: try text(attribute.name),
      kind: ONNXAttribute.Kind(rawValue: attribute.type) ?? .unknown, float: attribute.f,
      integer: attribute.i, text: bytes(attribute.s),
      tensor: try attribute.t.map { (data) throws(InputError) in try tensor(data.pointee) },
      floats: numbers(attribute.n_floats, attribute.floats),
      integers: numbers(attribute.n_ints, attribute.ints),
      texts: numbers(attribute.n_strings, attribute.strings).map(bytes))
  }

  private func tensor(_ tensor: Onnx__TensorData) throws(InputError) -> ONNXTensorData {
    var external: [String: String] = [:]
    for pair in numbers(tensor.n_external_data, tensor.external_data) {
      guard let pair = pair?.pointee else { continue }
      let key = try text(pair.key)
      if external[key] == nil { external[key] = try text(pair.value) }
    }
    return ONNXTensorData(
      name: try text(tensor.name), dims: numbers(tensor.n_dims, tensor.dims),
      dataType: tensor.data_type, rawData: bytes(tensor.raw_data),
      floatData: numbers(tensor.n_float_data, tensor.float_data),
      int32Data: numbers(tensor.n_int32_data, tensor.int32_data),
      int64Data: numbers(tensor.n_int64_data, tensor.int64_data),
      doubleData: numbers(tensor.n_double_data, tensor.double_data),
      uint64Data: numbers(tensor.n_uint64_data, tensor.uint64_data),
      isExternal: tensor.data_location == 1, externalData: external)
  }

  private func value(_ value: Onnx__ValueInfo) throws(InputError) -> ONNXValueInfo {
    let type = value.type?.pointee.tensor_type?.pointee
    let shape = type?.shape?.pointee
    return ONNXValueInfo(
      name: try text(value.name), elementType: type?.elem_type ?? 0,
      dimensions: try list(shape?.n_dim ?? 0, shape?.dim) {
        (dimension) throws(InputError) in
        switch dimension.value_case {
        case ONNX__DIMENSION__VALUE_DIM_VALUE: .length(dimension.dim_value)
        case ONNX__DIMENSION__VALUE_DIM_PARAM: .name(try text(dimension.dim_param))
        default: .name("")
        }
      })
  }

  private func list<Message, Value>(
    _ count: Int, _ items: Messages<Message>, _ read: (Message) throws(InputError) -> Value
  ) throws(InputError) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(count)
    for item in UnsafeBufferPointer(start: items, count: count) {
      if let item { values.append(try read(item.pointee)) }
    }
    return values
  }

  private func numbers<Number>(_ count: Int, _ start: UnsafeMutablePointer<Number>?) -> [Number] {
    Array(UnsafeBufferPointer(start: start, count: count))
  }

  private func texts(
    _ count: Int, _ start: UnsafeMutablePointer<ProtobufCBinaryData>?
  ) throws(InputError) -> [String] {
    var values: [String] = []
    for item in numbers(count, start) { values.append(try text(item)) }
    return values
  }

  private func text(_ bytes: ProtobufCBinaryData) throws(InputError) -> String {
    guard
      let text = String(
        validating: UnsafeBufferPointer(start: bytes.data, count: bytes.len), as: UTF8.self)
    else { throw InputError(source, "is damaged: a name is not UTF-8 text") }
    return text
  }

  /// The bytes where they lie, which keep all messages.
  private func bytes(_ bytes: ProtobufCBinaryData) -> Data {
    guard let start = bytes.data, bytes.len > 0 else { return Data() }
    let messages = messages
    return Data(
      bytesNoCopy: start, count: bytes.len,
      deallocator: .custom { _, _ in withExtendedLifetime(messages) {} })
  }
}
