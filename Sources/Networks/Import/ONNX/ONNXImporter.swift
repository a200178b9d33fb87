import InputOutput

/// Walks through an ONNX graph and builds the network.
struct ONNXImporter {
  let graph: ONNXGraph
  let opset: Int
  var builder: NetworkBuilder
  private var tensors: ONNXTensorReader
  private var stored: [String: Int] = [:]
  private var values: [String: ONNXValue] = [:]
  /// The batch size the file was exported with, where it is written down.
  let writtenBatch: Int?

  /// How many numbers a file may have made out of nothing, by ConstantOfShape or Expand.
  static let generatedLimit = 1 << 22

  /// - Parameters:
  ///   - triesSequenceFirst: whether an input of three axes, the second of length 1, is a sequence of one
  ///     sample; else the first axis is the batch.
  ///   - layout: what the file leaves open about its input.
  ///   - budget: what constants, weights and values are spent from.
  init(
    _ graph: ONNXGraph, opset: Int, tensors: ONNXTensorReader, triesSequenceFirst: Bool,
    layout: ONNXInputLayout = ONNXInputLayout(), budget: InputBudget
  ) throws(InputError) {
    self.graph = graph
    self.opset = opset
    self.tensors = tensors
    var named: [String: Int] = [:]
    for (k, tensor) in graph.initializers.enumerated() { named[tensor.name] = k }
    // Old files list their weights among the inputs.
    var inputs: [ONNXValueInfo] = []
    for input in graph.inputs where named[input.name] == nil { inputs.append(input) }
    guard inputs.count == 1 else {
      throw InputError(
        tensors.source,
        "the graph has \(inputs.count) inputs "
          + "(\(inputs.prefix(8).map(\.name).joined(separator: ", "))\(inputs.count > 8 ? ", …" : "")), "
          + "networks with one can be read")
    }
    let input = inputs[0]
    let place = "input '\(input.name)'"
    guard ONNXTensorReader.isFloating(input.elementType) else {
      throw InputError(
        tensors.source, at: place,
        "has the element type \(input.elementType), networks that read floating-point numbers can be read"
      )
    }
    let lengths = input.dimensions.map { dimension -> Int? in
      if case .length(let length) = dimension, length > 0 { return Int(clamping: length) }
      return nil
    }
    let (axis, written) = try Self.batch(
      lengths, input.dimensions, triesSequenceFirst, layout, tensors.source, place)
    writtenBatch = written
    var shape = lengths.map { $0 ?? 0 }
    if shape.isEmpty { shape = [0] + (layout.sampleShape ?? []) }
    shape.remove(at: axis)
    if let given = layout.sampleShape {
      guard given.count == shape.count, zip(shape, given).allSatisfy({ $0 == 0 || $0 == $1 })
      else {
        let known = shape.map { $0 == 0 ? "?" : String($0) }.joined(separator: "×")
        throw InputError(
          tensors.source, at: place,
          "has samples of the shape \(known), which \(describe(shape: given)) does not fit")
      }
      shape = given
    }
    builder = try NetworkBuilder(
      source: tensors.source, name: graph.name.isEmpty ? "network" : graph.name, inputShape: shape,
      budget: budget)
    stored = named
    values[input.name] = .computed(builder.input, batchAxis: axis)
  }

  /// Which axis of the input is the batch: the one of unknown length, else the first, except where a
  /// sequence comes first and a batch of 1 second.
  private static func batch(
    _ lengths: [Int?], _ dimensions: [ONNXValueInfo.Dimension], _ triesSequenceFirst: Bool,
    _ layout: ONNXInputLayout, _ source: String, _ place: String
  ) throws(InputError) -> (axis: Int, written: Int?) {
    if lengths.isEmpty, let shape = layout.sampleShape, shape.count < 8 {
      let axis = layout.batchAxis ?? 0
      guard axis == 0 else {
        throw InputError(source, at: place, "states no axes, of which the first is then the batch")
      }
      return (0, nil)
    }
    guard !lengths.isEmpty, lengths.count <= 8 else {
      throw InputError(source, at: place, "has \(lengths.count) axes, from 1 to 8 can be read")
    }
    let open = lengths.indices.filter { lengths[$0] == nil }
    if let axis = layout.batchAxis {
      guard axis < lengths.count else {
        throw InputError(
          source, at: place, "has \(lengths.count) axes, none with the number \(axis)")
      }
      guard layout.sampleShape != nil || open.allSatisfy({ $0 == axis }) else {
        throw InputError(
          source, at: place,
          "has axes of unknown length beside the batch: give the shape of one sample (--input-shape)"
        )
      }
      return (axis, lengths[axis])
    }
    if layout.sampleShape != nil, let axis = open.first { return (axis, nil) }
    if open.count > 1 {
      let names = open.map { axis in
        if case .name(let name) = dimensions[axis], !name.isEmpty { name } else { "?" }
      }
      throw InputError(
        source, at: place,
        "has \(open.count) axes of unknown length (\(names.joined(separator: ", "))), only the batch "
          + "may be one; give the shape of one sample (--input-shape) and the axis of the batch "
          + "(--batch-axis), or export the network with fixed lengths")
    }
    if let axis = open.first { return (axis, nil) }
    let isSequence = lengths.count == 3 && lengths[0] != 1 && lengths[1] == 1
    let axis = isSequence && triesSequenceFirst ? 1 : 0
    return (axis, lengths[axis])
  }

  /// The network that the graph describes.
  mutating func network(folding: ScaleFolding) throws(InputError) -> Network {
    guard let output = graph.outputs.first else {
      throw InputError(builder.source, "the graph has no output")
    }
    let needed = try neededNodes(for: output.name)
    try rejectUnknown(needed)
    for k in needed { try read(graph.nodes[k], number: k) }
    guard let value = try value(named: output.name) else {
      throw InputError(builder.source, at: "output '\(output.name)'", "no node gives it")
    }
    switch value {
    case .computed(let result, _), .joined(let result, _):
      return try builder.network(output: result, folding: folding)
    case .constant, .integers:
      throw InputError(
        builder.source, at: "output '\(output.name)'", "does not depend on the network's input")
    }
  }

  /// The nodes that a result depends on, each behind those that it reads; in the order of the file where
  /// that is one.
  private func neededNodes(for output: String) throws(InputError) -> [Int] {
    var maker: [String: Int] = [:]
    for (k, node) in graph.nodes.enumerated() {
      for name in node.outputs where !name.isEmpty {
        // Two results of one name: which of them is read would depend on the order of the nodes.
        guard values[name] == nil, stored[name] == nil,
          maker.updateValue(k, forKey: name) == nil
        else {
          throw InputError(
            builder.source, at: "node '\(node.name)'",
            "gives '\(name)', which is the name of another value")
        }
      }
    }
    var isNeeded = Array(repeating: false, count: graph.nodes.count)
    var waiting = maker[output].map { [$0] } ?? []
    while let k = waiting.popLast() {
      if isNeeded[k] { continue }
      isNeeded[k] = true
      waiting += graph.nodes[k].inputs.compactMap { maker[$0] }
    }
    // Depth first from each node in turn; a node on the way down that is met again closes a circle.
    enum Mark { case fresh, open, done }
    var marks = Array(repeating: Mark.fresh, count: graph.nodes.count)
    var order: [Int] = []
    for start in graph.nodes.indices where isNeeded[start] {
      var path = [start]
      while let k = path.last {
        if marks[k] == .fresh {
          marks[k] = .open
          let before = graph.nodes[k].inputs.compactMap { maker[$0] }
          if before.contains(where: { marks[$0] == .open }) {
            throw InputError(
              builder.source, at: "node '\(graph.nodes[k].name)'", "reads what depends on itself")
          }
          path += before.filter { marks[$0] == .fresh }.reversed()
          continue
        }
        path.removeLast()
        if marks[k] == .open {
          marks[k] = .done
          order.append(k)
        }
      }
    }
    return order
  }

  private mutating func read(_ node: ONNXNode, number: Int) throws(InputError) {
    let name = Self.name(of: node, number: number)
    guard let operation = Self.operation(of: node) else {
      preconditionFailure("unknown operators are rejected before the first node is read")
    }
    var inputs: [ONNXValue?] = []
    for input in node.inputs {
      if input.isEmpty {
        inputs.append(nil)
        continue
      }
      guard let value = try value(named: input) else {
        throw InputError(
          builder.source, at: "node '\(name)' (\(node.opType))",
          "reads '\(input)', which no node before it gives")
      }
      inputs.append(value)
    }
    var call = ONNXCall(
      source: builder.source, node: node, name: name, inputs: inputs, opset: opset)
    let axis = onnxJoinedShapes.contains(node.opType) ? nil : try joinedAxis(of: call)
    if let axis { call = try apart(call, axis) }
    var results = try operation(&self, call)
    if let axis {
      results = results.map {
        if case .computed(let value, let found) = $0 {
          .joined(
            value,
            JoinedAxis(
              place: axis.isBatchFirst ? found : found - 1, isBatchFirst: axis.isBatchFirst))
        } else {
          $0
        }
      }
    }
    for (output, result) in zip(node.outputs, results) where !output.isEmpty {
      values[output] = result
    }
  }

  private mutating func value(named name: String) throws(InputError) -> ONNXValue? {
    if let value = values[name] { return value }
    guard let index = stored[name] else { return nil }
    let value = try tensors.value(
      of: graph.initializers[index], named: name, budget: builder.budget)
    values[name] = value
    return value
  }

  /// The numbers of a tensor that stands in an attribute.
  mutating func value(of tensor: ONNXTensorData, _ call: ONNXCall) throws(InputError) -> ONNXValue {
    try tensors.value(of: tensor, named: call.name, budget: builder.budget)
  }
}
