import ArrayFiles
public import InputOutput
import LinearAlgebra

extension NetworkDescription {
  /// The network that the description tells of.
  ///
  /// - Parameters:
  ///   - source: the name that errors carry.
  ///   - folding: what becomes part of the weight matrices where that is possible.
  /// - Throws: `InputError`: a missing array (with the nearest name), a shape that does not fit the layer
  ///   before it (both are named), a weight that is not finite.
  public func network(
    source: String, folding: ScaleFolding = .everything
  ) throws(InputError) -> Network {
    let (builder, values) = try build(source: source)
    return try builder.network(
      output: values.last ?? builder.input, folding: folding)
  }

  /// The shape of one sample of what every layer reads that takes the value before it, and at the end
  /// that of the result.
  /// - Throws: like `network(source:)`.
  func shapes(source: String) throws(InputError) -> [[Int]] {
    let (builder, values) = try build(source: source)
    return ([builder.input] + values).map { builder.shape(of: $0) }
  }

  private func build(
    source: String
  ) throws(InputError) -> (builder: NetworkBuilder, values: [NetworkBuilder.Value]) {
    var builder = try NetworkBuilder(source: source, name: title, inputShape: inputShape)
    var values: [NetworkBuilder.Value] = []
    for (k, layer) in layers.enumerated() {
      switch layer {
      case .concatenate(let places):
        let name = "concatenate \(k)"
        values.append(
          try builder.concatenate(try chosen(places, values, builder, name), name: name))
      case .multiply(let places):
        let name = "multiply \(k)"
        values.append(try builder.multiply(try chosen(places, values, builder, name), name: name))
      default:
        values.append(try add(layer, k, to: &builder, values.last ?? builder.input))
        try builder.describeConverters(converters[k])
      }
    }
    return (builder, values)
  }

  private func chosen(
    _ places: [Int], _ values: [NetworkBuilder.Value], _ builder: NetworkBuilder, _ name: String
  ) throws(InputError) -> [NetworkBuilder.Value] {
    if let wrong = places.first(where: { !(0...values.count).contains($0) }) {
      throw builder.fault(
        name,
        "layer \(wrong) does not stand before it; 0, the input, to \(values.count) are allowed")
    }
    return places.map { $0 == 0 ? builder.input : values[$0 - 1] }
  }

  private func add(
    _ layer: Layer, _ index: Int, to builder: inout NetworkBuilder, _ x: NetworkBuilder.Value
  ) throws(InputError) -> NetworkBuilder.Value {
    switch layer {
    case .dense(let name):
      let w = try array("\(name).weight", axes: 2)
      return try builder.dense(
        x, weights: matrix(w).transposed(), bias: try bias(name, count: w.shape[0]), name: name)
    case .convolution(let name, let strides, let padding, let dilations, let groups):
      let w = try arrays.finite("\(name).weight")
      guard (3...4).contains(w.shape.count) else {
        throw InputError(
          arrays.source, at: "array '\(name).weight'",
          "has the shape \(w.shapeText), outputs × inputs × kernel is expected")
      }
      let window = try window(
        Array(w.shape.dropFirst(2)), strides, padding, dilations, builder, name)
      return try builder.convolution(
        x, weights: Tensor(shape: w.shape, elements: w.floats),
        bias: try bias(name, count: w.shape[0]),
        window: window, groups: groups, name: name)
    case .activation(let activation):
      return try builder.activation(x, activation, name: "\(activation.name) \(index)")
    case .softmax(let isLogarithmic):
      return try builder.softmax(
        x, axis: builder.shape(of: x).count - 1, isLogarithmic: isLogarithmic,
        name: "softmax \(index)")
    case .pool(let isMaximum, let kernel, let strides, let padding):
      let name = "\(isMaximum ? "max" : "average")-pool \(index)"
      let window = try window(kernel, strides ?? kernel, padding, nil, builder, name)
      return isMaximum
        ? try builder.maxPool(x, window: window, name: name)
        : try builder.averagePool(x, window: window, countsPadding: true, name: name)
    case .globalAveragePool:
      return try builder.globalAveragePool(x, name: "global-average-pool \(index)")
    case .meanOverTime:
      return try builder.meanOverTime(x, name: "mean-over-time \(index)")
    case .oneHot(let symbols):
      return try builder.oneHot(x, symbols: symbols, name: "one-hot \(index)")
    case .lastSteps(let steps):
      return try builder.lastSteps(x, steps: steps, name: "last-steps \(index)")
    case .lengthNormalization:
      return try builder.lengthNormalization(x, name: "length-normalization \(index)")
    case .overlay(let count, let value):
      return try builder.overlay(x, count: count, value: value, name: "overlay \(index)")
    case .concatenate, .multiply:
      preconditionFailure("layers of several values stand where all values are known")
    case .flatten: return try builder.flatten(x, name: "flatten \(index)")
    case .reshape(let shape): return try builder.reshape(x, to: shape, name: "reshape \(index)")
    case .batchNormalization(let name, let epsilon):
      let channels = builder.shape(of: x).first ?? 0
      func vector(_ part: String) throws(InputError) -> [Float] {
        try arrays.floats("\(name).\(part)", shape: [channels])
      }
      return try builder.batchNormalization(
        x, scale: try vector("weight"), shift: try vector("bias"),
        mean: try vector("running_mean"), variance: try vector("running_var"), epsilon: epsilon,
        name: name)
    case .recurrent(let name, let cell, let isBidirectional, let givesLast):
      var directions = [try direction(name, cell, isBackward: false)]
      if isBidirectional { directions.append(try direction(name, cell, isBackward: true)) }
      let states = try builder.recurrent(x, cell, directions, name: name)
      return try builder.hiddenStates(
        of: states, directions: directions.count, givesLast: givesLast, name: name)
    }
  }

  private func window(
    _ kernel: [Int], _ strides: [Int]?, _ padding: [Int]?, _ dilations: [Int]?,
    _ builder: NetworkBuilder, _ name: String
  ) throws(InputError) -> Window {
    for part in [strides, padding, dilations] {
      guard part.map({ $0.count == kernel.count }) ?? true else {
        throw builder.fault(
          name, "strides, padding and dilations have \(kernel.count) numbers each, like the kernel")
      }
    }
    return Window(
      kernel: kernel, strides: strides, padsBefore: padding, padsAfter: padding,
      dilations: dilations)
  }

  private func direction(
    _ name: String, _ cell: RecurrentCell, isBackward: Bool
  ) throws(InputError) -> RecurrentWeights {
    let suffix = isBackward ? "_l0_reverse" : "_l0"
    let input = try array("\(name).weight_ih\(suffix)", axes: 2)
    let hidden = try array("\(name).weight_hh\(suffix)", axes: 2)
    let rows = input.shape[0]
    guard rows % cell.gateCount == 0, hidden.shape[0] == rows else {
      throw InputError(
        arrays.source, at: "array '\(name).weight_hh\(suffix)'",
        "has the shape \(hidden.shapeText), that of the inputs \(input.shapeText): both begin with "
          + "\(cell.gateCount) blocks of hidden units")
    }
    func bias(_ part: String) throws(InputError) -> [Float] {
      let full = "\(name).bias_\(part)\(suffix)"
      return arrays[full] == nil
        ? Array(repeating: 0, count: rows) : try arrays.floats(full, shape: [rows])
    }
    let height = rows / cell.gateCount
    // PyTorch stores i, f, g, o and r, z, n; ONNX's order is i, o, f, c and z, r, h.
    let order: [Int] =
      switch cell {
      case .plain: [0]
      case .lstm: [0, 3, 1, 2]
      case .gru: [1, 0, 2]
      }
    func reordered(_ values: [Float], _ width: Int) -> [Float] {
      order.flatMap { values[$0 * height * width..<($0 + 1) * height * width] }
    }
    return RecurrentWeights(
      input: Matrix(
        rowCount: rows, columnCount: input.shape[1],
        elements: reordered(input.floats, input.shape[1])),
      hidden: Matrix(
        rowCount: rows, columnCount: hidden.shape[1],
        elements: reordered(hidden.floats, hidden.shape[1])),
      inputBias: reordered(try bias("ih"), 1), hiddenBias: reordered(try bias("hh"), 1),
      isBackward: isBackward)
  }

  private func array(_ name: String, axes: Int) throws(InputError) -> NumericArray {
    let array = try arrays.finite(name)
    guard array.shape.count == axes, !array.shape.contains(0) else {
      throw InputError(
        arrays.source, at: "array '\(name)'",
        "has the shape \(array.shapeText), \(axes) axes are expected")
    }
    return array
  }

  private func matrix(_ array: NumericArray) -> Matrix<Float> {
    Matrix(rowCount: array.shape[0], columnCount: array.shape[1], elements: array.floats)
  }

  private func bias(_ name: String, count: Int) throws(InputError) -> [Float]? {
    arrays["\(name).bias"] == nil ? nil : try arrays.floats("\(name).bias", shape: [count])
  }
}

extension NetworkBuilder {
  /// The hidden states that a recurrent layer gave: time × (directions · hidden), or those of the last
  /// step of each direction as one vector.
  mutating func hiddenStates(
    of states: Value, directions: Int, givesLast: Bool, name: String
  ) throws(InputError) -> Value {
    let shape = shape(of: states)
    let steps = shape[0] - 2
    // Row `steps` holds the last hidden state of every direction.
    let places = givesLast ? [steps] : Array(0..<steps)
    let chosen = try add(
      Selection(axis: 0, places: places, shape: shape), [states], name: "\(name) states")
    let width = directions * shape[2]
    return try reshape(chosen, to: givesLast ? [width] : [steps, width], name: "\(name) shape")
  }
}
