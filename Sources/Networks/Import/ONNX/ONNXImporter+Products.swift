import InputOutput
import LinearAlgebra

extension ONNXImporter {
  mutating func gemm(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    let value = try call.input(0)
    guard call.integer("transA", 0) == 0 else {
      throw call.fault("transA would put the batch among the inputs")
    }
    let b = try constant(call.input(1), "the second factor", call)
    guard rank(value) == (call.joinedAxis == nil ? 2 : 3), b.shape.count == 2 else {
      throw call.fault(
        "takes two matrices, they have the shapes \(description(value)) and "
          + describe(shape: b.shape))
    }
    guard !b.elements.isEmpty else { throw call.fault("the second factor has no numbers") }
    try spend(b.elements.count, call)
    var weights = Matrix(rowCount: b.shape[0], columnCount: b.shape[1], elements: b.elements)
    if call.integer("transB", 0) != 0 { weights = weights.transposed() }
    let alpha = call.float("alpha", 1)
    if alpha != 1 { for i in weights.elements.indices { weights.elements[i] *= alpha } }
    let outputs = weights.columnCount
    var bias: [Float]?
    if let given = call.optional(2) {
      let c = try constant(given, "the third input", call)
      guard c.elements.count == 1 || (c.elements.count == outputs && c.shape.last == outputs) else {
        throw call.fault(
          "the bias has the shape \(describe(shape: c.shape)), there are \(outputs) outputs")
      }
      let beta = call.float("beta", 1)
      bias = (0..<outputs).map { beta * c.elements[c.elements.count == 1 ? 0 : $0] }
    }
    if case .constant(let c, 0?) = value {
      // The first state of an unrolled recurrent layer: a constant of every sample.
      guard c.elements.count == weights.rowCount else {
        throw call.fault(
          "cannot multiply \(c.elements.count) numbers by \(weights.rowCount)×\(outputs)")
      }
      var product = bias ?? Array(repeating: 0, count: outputs)
      for (i, x) in c.elements.enumerated() {
        for j in 0..<outputs { product[j] += x * weights.elements[i * outputs + j] }
      }
      return [.constant(Tensor(shape: [outputs], elements: product), batchAxis: 0)]
    }
    let x = try computed(value, batchAxis: call.joinedAxis?.batchAxis ?? 0, call)
    let y = try builder.dense(x, weights: weights, bias: bias, name: call.name)
    return [.computed(y, batchAxis: call.joinedAxis?.batchAxis ?? 0)]
  }

  mutating func matrixProduct(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    let a = try floating(call.input(0), call)
    let b = try floating(call.input(1), call)
    let mismatch = call.fault(
      "cannot multiply values of the shapes \(description(a)) and \(description(b))")
    for case .constant(let w, _) in [a, b] where w.elements.isEmpty { throw mismatch }
    if case .computed(let x, let axis) = a, case .constant(let w, nil) = b, w.shape.count == 2 {
      guard axis < rank(a) - 1, builder.shape(of: x).last == w.shape[0], w.shape[1] > 0 else {
        throw mismatch
      }
      let weights = Matrix(rowCount: w.shape[0], columnCount: w.shape[1], elements: w.elements)
      return [.computed(try builder.dense(x, weights: weights, name: call.name), batchAxis: axis)]
    }
    if case .constant(let c, let axis?) = a, case .constant(let w, nil) = b, w.shape.count == 2 {
      // The first state of an unrolled recurrent layer: a constant of every sample.
      let vectors = c.shape.dropLast()
      guard axis < rank(a) - 1, c.shape.last == w.shape[0],
        let rows = elementCount(of: Array(vectors)),
        let operation = ValueProduct(a: [rows, w.shape[0]], b: w.shape)
      else { throw mismatch }
      let matrix = Tensor(shape: [rows, w.shape[0]], elements: c.elements)
      let y = try apply(operation, [.constant(matrix, batchAxis: nil), b], batchAxis: nil, call)
      guard case .constant(let product, _) = y else { throw mismatch }
      return [
        .constant(
          Tensor(shape: vectors + [w.shape[1]], elements: product.elements), batchAxis: axis)
      ]
    }
    if case .constant(let w, nil) = a, w.shape.count == 2, case .computed(let x, let axis) = b {
      // W·x is (xᵀ·Wᵀ)ᵀ: the weights stay on the side of the columns.
      let shape = builder.shape(of: x)
      guard axis < rank(b) - 2, shape.count >= 2, shape[shape.count - 2] == w.shape[1],
        w.shape[0] > 0
      else { throw mismatch }
      let weights = Matrix(rowCount: w.shape[0], columnCount: w.shape[1], elements: w.elements)
      let turned = try turnLastAxes(x, call)
      let y = try builder.dense(turned, weights: weights.transposed(), name: call.name)
      return [.computed(try turnLastAxes(y, call), batchAxis: axis)]
    }
    let rank = max(rank(a), rank(b))
    let axes = [a, b].compactMap { value in
      value.batchAxis.map { $0 + rank - self.rank(value) }
    }
    if a.batchAxis == nil && b.batchAxis == nil {
      guard let operation = ValueProduct(a: sampleShape(a), b: sampleShape(b)) else {
        throw mismatch
      }
      return [try apply(operation, [a, b], batchAxis: nil, call)]
    }
    guard axes.count == 2, axes[0] == axes[1], axes[0] < rank - 2,
      let operation = ValueProduct(a: sampleShape(a), b: sampleShape(b))
    else { throw mismatch }
    return [try apply(operation, [a, b], batchAxis: axes[0], call)]
  }

  private mutating func turnLastAxes(
    _ x: NetworkBuilder.Value, _ call: ONNXCall
  ) throws(InputError) -> NetworkBuilder.Value {
    let shape = builder.shape(of: x)
    var order = Array(shape.indices)
    order.swapAt(shape.count - 1, shape.count - 2)
    return try builder.add(Transpose(order: order, shape: shape), [x], name: call.name)
  }

  mutating func convolution(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    let x = try computed(call.input(0), batchAxis: 0, call)
    let weights = try constant(call.input(1), "the weights", call)
    var bias: [Float]?
    if let given = call.optional(2) { bias = try constant(given, "the bias", call).elements }
    let kernel = Array(weights.shape.dropFirst(2))
    if let written = call.integers("kernel_shape"), written != kernel {
      throw call.fault(
        "kernel_shape is \(describe(shape: written)), the weights have the shape "
          + describe(shape: weights.shape))
    }
    let image = Array(builder.shape(of: x).dropFirst())
    let window = try window(kernel: kernel, image: image, call)
    let y = try builder.convolution(
      x, weights: weights, bias: bias, window: window, groups: call.integer("group", 1),
      name: call.name)
    return [.computed(y, batchAxis: 0)]
  }

  mutating func pool(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    let x = try computed(call.input(0), batchAxis: 0, call)
    guard let kernel = call.integers("kernel_shape") else {
      throw call.fault("kernel_shape is missing")
    }
    var window = try window(
      kernel: kernel, image: Array(builder.shape(of: x).dropFirst()), call)
    window.roundsUp = call.integer("ceil_mode", 0) != 0
    let y: NetworkBuilder.Value
    if call.node.opType == "MaxPool" {
      y = try builder.maxPool(x, window: window, name: call.name)
    } else {
      y = try builder.averagePool(
        x, window: window, countsPadding: call.integer("count_include_pad", 0) != 0,
        name: call.name)
    }
    return [.computed(y, batchAxis: 0)]
  }

  mutating func globalAveragePool(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    let x = try computed(call.input(0), batchAxis: 0, call)
    return [.computed(try builder.globalAveragePool(x, name: call.name), batchAxis: 0)]
  }

  /// Kernel, strides, pads and dilations of a node.
  private func window(kernel: [Int], image: [Int], _ call: ONNXCall) throws(InputError) -> Window {
    let axes = kernel.count
    guard axes == image.count, axes == 1 || axes == 2 else {
      throw call.fault(
        "has a kernel of \(axes) axes on an image of \(image.count), one or two are possible")
    }
    let pads = call.integers("pads") ?? Array(repeating: 0, count: 2 * axes)
    let strides = call.integers("strides") ?? kernel.map { _ in 1 }
    let dilations = call.integers("dilations") ?? kernel.map { _ in 1 }
    guard pads.count == 2 * axes, strides.count == axes, dilations.count == axes else {
      throw call.fault("strides, pads or dilations do not have the \(axes) axes of the kernel")
    }
    var window = Window(
      kernel: kernel, strides: strides, padsBefore: Array(pads[..<axes]),
      padsAfter: Array(pads[axes...]), dilations: dilations)
    let automatic = call.text("auto_pad", "NOTSET")
    switch automatic {
    case "NOTSET", "": break
    case "VALID":
      window.padsBefore = kernel.map { _ in 0 }
      window.padsAfter = window.padsBefore
    case "SAME_UPPER", "SAME_LOWER":
      for axis in 0..<axes {
        let limit = 1 << 24
        guard (1..<limit).contains(strides[axis]), (1..<limit).contains(kernel[axis]),
          (1..<limit).contains(dilations[axis])
        else { throw call.fault("kernel, strides and dilations are from 1 to \(limit - 1)") }
        let positions = (image[axis] + strides[axis] - 1) / strides[axis]
        let reach = (kernel[axis] - 1) * dilations[axis] + 1
        let total = max(0, (positions - 1) * strides[axis] + reach - image[axis])
        let small = total / 2
        window.padsBefore[axis] = automatic == "SAME_UPPER" ? small : total - small
        window.padsAfter[axis] = total - window.padsBefore[axis]
      }
    default: throw call.fault("auto_pad '\(automatic)' is none of NOTSET, VALID, SAME_…")
    }
    return window
  }
}
