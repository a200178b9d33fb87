import CONNXSchema

extension ONNXModel {
  /// The bytes of a file; the same model gives the same bytes.
  ///
  /// Attributes that hold a float, an integer or integers are written, and numbers as bytes.
  var bytes: [UInt8] {
    var packer = ONNXMessagePacker()
    defer { packer.free() }
    var model = Onnx__Model()
    onnx__model__init(&model)
    model.ir_version = irVersion
    (model.n_opset_import, model.opset_import) = packer.messages(operatorSets) {
      set, message, packer in
      onnx__operator_set__init(&message)
      message.domain = packer.text(set.domain)
      message.version = set.version
    }
    if let graph {
      model.graph = packer.message { message, packer in packer.fill(&message, graph) }
    }
    return [UInt8](unsafeUninitializedCapacity: onnx__model__get_packed_size(&model)) {
      $1 = onnx__model__pack(&model, $0.baseAddress)
    }
  }
}

/// Builds messages of protobuf-c, and keeps their memory until `free()`.
private struct ONNXMessagePacker {
  private var memory: [UnsafeMutableRawPointer] = []

  func free() { memory.forEach { $0.deallocate() } }

  mutating func fill(_ message: inout Onnx__Graph, _ graph: ONNXGraph) {
    onnx__graph__init(&message)
    message.name = text(graph.name)
    (message.n_node, message.node) = messages(graph.nodes) { $2.fill(&$1, $0) }
    (message.n_initializer, message.initializer) = messages(graph.initializers) {
      $2.fill(&$1, $0)
    }
    (message.n_input, message.input) = messages(graph.inputs) { $2.fill(&$1, $0) }
    (message.n_output, message.output) = messages(graph.outputs) { $2.fill(&$1, $0) }
  }

  mutating func fill(_ message: inout Onnx__Node, _ node: ONNXNode) {
    onnx__node__init(&message)
    message.name = text(node.name)
    message.domain = text(node.domain)
    message.op_type = text(node.opType)
    (message.n_input, message.input) = list(node.inputs.map { text($0) })
    (message.n_output, message.output) = list(node.outputs.map { text($0) })
    (message.n_attribute, message.attribute) = messages(node.attributes) { $2.fill(&$1, $0) }
  }

  mutating func fill(_ message: inout Onnx__Attribute, _ attribute: ONNXAttribute) {
    onnx__attribute__init(&message)
    message.name = text(attribute.name)
    message.type = attribute.kind.rawValue
    message.f = attribute.float
    message.i = attribute.integer
    (message.n_ints, message.ints) = list(attribute.integers)
  }

  mutating func fill(_ message: inout Onnx__TensorData, _ tensor: ONNXTensorData) {
    onnx__tensor_data__init(&message)
    message.name = text(tensor.name)
    (message.n_dims, message.dims) = list(tensor.dims)
    message.data_type = tensor.dataType
    message.raw_data = bytes(tensor.rawData)
  }

  mutating func fill(_ message: inout Onnx__ValueInfo, _ value: ONNXValueInfo) {
    onnx__value_info__init(&message)
    message.name = text(value.name)
    message.type = self.message { info, packer in
      onnx__type_info__init(&info)
      info.tensor_type = packer.message { (type: inout Onnx__TensorType, packer) in
        onnx__tensor_type__init(&type)
        type.elem_type = value.elementType
        type.shape = packer.message { (shape: inout Onnx__Shape, packer) in
          onnx__shape__init(&shape)
          (shape.n_dim, shape.dim) = packer.messages(value.dimensions) { $2.fill(&$1, $0) }
        }
      }
    }
  }

  mutating func fill(_ message: inout Onnx__Dimension, _ dimension: ONNXValueInfo.Dimension) {
    onnx__dimension__init(&message)
    switch dimension {
    case .length(let length):
      message.value_case = ONNX__DIMENSION__VALUE_DIM_VALUE
      message.dim_value = length
    case .name(let name):
      message.value_case = ONNX__DIMENSION__VALUE_DIM_PARAM
      message.dim_param = text(name)
    }
  }

  mutating func message<Message>(
    _ fill: (inout Message, inout ONNXMessagePacker) -> Void
  ) -> UnsafeMutablePointer<Message> {
    let place = UnsafeMutableRawPointer.allocate(
      byteCount: MemoryLayout<Message>.size, alignment: MemoryLayout<Message>.alignment)
    memory.append(place)
    place.initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<Message>.size)
    let message = place.assumingMemoryBound(to: Message.self)
    fill(&message.pointee, &self)
    return message
  }

  mutating func messages<Value, Message>(
    _ values: [Value], _ fill: (Value, inout Message, inout ONNXMessagePacker) -> Void
  ) -> (Int, UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?) {
    var places: [UnsafeMutablePointer<Message>?] = []
    for value in values { places.append(message { fill(value, &$0, &$1) }) }
    return list(places)
  }

  mutating func list<Item>(_ items: [Item]) -> (Int, UnsafeMutablePointer<Item>?) {
    guard !items.isEmpty else { return (0, nil) }
    let place = UnsafeMutableBufferPointer<Item>.allocate(capacity: items.count)
    memory.append(UnsafeMutableRawPointer(place.baseAddress!))
    _ = place.initialize(from: items)
    return (items.count, place.baseAddress)
  }

  mutating func text(_ text: String) -> ProtobufCBinaryData { bytes(text.utf8) }

  mutating func bytes(_ bytes: some Collection<UInt8>) -> ProtobufCBinaryData {
    let (count, start) = list(Array(bytes))
    return ProtobufCBinaryData(len: count, data: start)
  }
}
