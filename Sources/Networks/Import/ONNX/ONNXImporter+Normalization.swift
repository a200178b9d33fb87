import InputOutput

extension ONNXImporter {
  mutating func batchNormalization(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    guard call.integer("training_mode", 0) == 0 else {
      throw call.fault(
        "has training_mode 1, which normalizes by each batch; export the network for inference")
    }
    let x = try computed(call.input(0), batchAxis: 0, call)
    var parts: [[Float]] = []
    for (index, what) in ["scale", "B", "mean", "var"].enumerated() {
      parts.append(try constant(call.input(index + 1), what, call).elements)
    }
    let y = try builder.batchNormalization(
      x, scale: parts[0], shift: parts[1], mean: parts[2], variance: parts[3],
      epsilon: call.float("epsilon", 1e-5), name: call.name)
    return [.computed(y, batchAxis: 0)]
  }

  /// Nothing: numbers are dropped in training only.
  func dropout(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    let x = try call.input(0)
    guard let mode = call.optional(2) else { return [x] }
    guard try constant(mode, "training_mode", call).elements.allSatisfy({ $0 == 0 }) else {
      throw call.fault("has training_mode 1, which drops numbers; export the network for inference")
    }
    return [x]
  }

  mutating func layerNormalization(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    let value = try call.input(0)
    guard case .computed(let x, let batch) = value else {
      throw call.fault("its input must depend on the network's input")
    }
    let axis = try call.axis(call.integer("axis", -1), rank: rank(value))
    guard batch < axis else {
      throw call.fault("normalizes along axis \(batch), which is the batch: samples stay apart")
    }
    let shape = builder.shape(of: x)
    let count = shape[(axis - 1)...].reduce(1, *)
    let y = try builder.layerNormalization(
      x, firstAxis: axis - 1, scale: try factors(1, "Scale", count: count, call),
      shift: try factors(2, "B", count: count, call), epsilon: call.float("epsilon", 1e-5),
      name: call.name)
    return [.computed(y, batchAxis: batch)]
  }

  mutating func groupNormalization(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    let x = try computed(call.input(0), batchAxis: 0, call)
    let (groups, channels) = (call.integer("num_groups", 0), builder.shape(of: x).first ?? 0)
    guard groups > 0, channels % groups == 0 else {
      throw call.fault("cannot put \(channels) channels in \(groups) groups of equal size")
    }
    /// One number a channel; before operator set 21 there is one a group.
    func perChannel(_ index: Int, _ what: String) throws(InputError) -> [Float]? {
      guard let given = call.optional(index) else { return nil }
      let numbers = try constant(given, what, call).elements
      guard call.opset < 21, numbers.count == groups else { return numbers }
      return (0..<channels).map { numbers[$0 / (channels / groups)] }
    }
    let y = try builder.groupNormalization(
      x, groups: groups, scale: try perChannel(1, "scale"), shift: try perChannel(2, "bias"),
      epsilon: call.float("epsilon", 1e-5), name: call.name)
    return [.computed(y, batchAxis: 0)]
  }

  mutating func instanceNormalization(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    let x = try computed(call.input(0), batchAxis: 0, call)
    let y = try builder.instanceNormalization(
      x, scale: try constant(call.input(1), "scale", call).elements,
      shift: try constant(call.input(2), "B", call).elements,
      epsilon: call.float("epsilon", 1e-5), name: call.name)
    return [.computed(y, batchAxis: 0)]
  }

  /// The numbers of an optional input; a single one counts for all.
  private func factors(
    _ index: Int, _ what: String, count: Int, _ call: ONNXCall
  ) throws(InputError) -> [Float]? {
    guard let given = call.optional(index) else { return nil }
    let numbers = try constant(given, what, call).elements
    return numbers.count == 1 ? Array(repeating: numbers[0], count: count) : numbers
  }
}
