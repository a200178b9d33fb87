public import InputOutput
public import LinearAlgebra

extension NetworkBuilder {
  /// A fully connected layer on the last axis: `y = x·W + b`.
  /// - Parameter weights: inputs × outputs.
  public mutating func dense(
    _ x: Value, weights: Matrix<Float>, bias: [Float]? = nil, fixed: FixedWeights? = nil,
    name: String
  ) throws(InputError) -> Value {
    let shape = shape(of: x)
    guard let last = shape.last, last == weights.rowCount, weights.columnCount > 0 else {
      throw fault(
        name,
        "the weights have \(weights.rowCount)×\(weights.columnCount) numbers (inputs × outputs), "
          + "the value before has the shape \(describe(shape: shape))")
    }
    try check(bias, outputs: weights.columnCount, name)
    let operation = DenseProduct(
      site: sites.count, inputs: weights.rowCount, outputs: weights.columnCount, inputShape: shape)
    try append(
      SiteDraft(
        name: name, kind: .dense, weights: weights, bias: bias, vectors: operation.vectors,
        fixed: fixed))
    return try add(operation, [x], name: name)
  }

  /// A convolution over one or two axes of channels × length or channels × height × width.
  /// - Parameter weights: output channels × (input channels / groups) × kernel, row major, as ONNX and
  ///   PyTorch store them.
  public mutating func convolution(
    _ x: Value, weights: Tensor, bias: [Float]? = nil, window: Window, groups: Int = 1, name: String
  ) throws(InputError) -> Value {
    let shape = shape(of: x)
    let kernel = Array(weights.shape.dropFirst(2))
    guard shape.count == 2 || shape.count == 3, weights.shape.count == shape.count + 1 else {
      throw fault(
        name,
        "a convolution takes channels × length or channels × height × width and a kernel of as many "
          + "axes, the value has the shape \(describe(shape: shape)) and the weights "
          + describe(shape: weights.shape))
    }
    let outputs = weights.shape[0]
    guard groups > 0, groups <= shape[0], shape[0] % groups == 0,
      shape[0] / groups == weights.shape[1], outputs > 0, outputs % groups == 0,
      kernel == window.kernel, !weights.elements.isEmpty
    else {
      throw fault(
        name,
        "the weights \(describe(shape: weights.shape)) (output channels × input channels a group × "
          + "kernel) with \(groups) groups and the kernel \(describe(shape: window.kernel)) do not "
          + "fit a value of \(describe(shape: shape))")
    }
    try check(bias, outputs: outputs, name)
    let image = Array(shape.dropFirst())
    let positions = try positions(of: window, on: image, name)
    let rows = shape[0] * kernel.reduce(1, *)
    let width = outputs / groups
    guard let count = elementCount(of: [rows, width]) else {
      throw fault(name, "a matrix of \(rows)×\(width) weights is too large")
    }
    try budget.check(
      count, times: 4, at: "layer '\(name)'", "a matrix of \(rows)×\(width) weights")
    try spendUnrolled(positions, rows: rows, name)
    // The blocks of the groups one below the other; a row is (input channel, kernel place).
    var matrix = Matrix<Float>(rowCount: rows, columnCount: width)
    let blockRows = rows / groups
    for output in 0..<outputs {
      let (group, column) = output.quotientAndRemainder(dividingBy: width)
      for k in 0..<blockRows {
        matrix[group * blockRows + k, column] = weights.elements[output * blockRows + k]
      }
    }
    let operation = Convolution(
      site: sites.count, channels: shape[0], outputChannels: outputs, image: image, window: window,
      positions: positions)
    try append(
      SiteDraft(
        name: name, kind: .convolution(kernel: kernel), weights: matrix, bias: bias, groups: groups,
        vectors: positions.reduce(1, *)))
    return try add(operation, [x], name: name)
  }

  /// The image under the kernel at every position is given back after each sample: it must fit, and a
  /// sixteenth is spent, which bounds the work of many layers.
  private func spendUnrolled(_ positions: [Int], rows: Int, _ name: String) throws(InputError) {
    guard let count = elementCount(of: positions + [rows]), count > 0 else {
      throw fault(name, "the image under the kernel at every position is empty or too large")
    }
    let what = "the image under the kernel at every position"
    try budget.check(count, times: 4, at: "layer '\(name)'", what)
    try budget.spend(count / 4, at: "layer '\(name)'", what)
  }

  /// An activation function on every number.
  public mutating func activation(
    _ x: Value, _ activation: Activation, name: String
  ) throws(InputError) -> Value {
    try add(
      ActivationLayer(activation: activation, outputShape: shape(of: x)), [x], name: name)
  }

  /// The softmax, or its logarithm, along one axis of the sample.
  public mutating func softmax(
    _ x: Value, axis: Int, isLogarithmic: Bool = false, name: String
  ) throws(InputError) -> Value {
    let shape = shape(of: x)
    guard shape.indices.contains(axis) else {
      throw fault(name, "the value of \(describe(shape: shape)) has no axis \(axis)")
    }
    return try add(
      Softmax(isLogarithmic: isLogarithmic, axes: axis..<axis + 1, shape: shape), [x], name: name)
  }

  /// The largest value under a sliding window.
  public mutating func maxPool(
    _ x: Value, window: Window, name: String
  ) throws(InputError) -> Value { try pool(x, .maximum, window, name) }

  /// The mean value under a sliding window.
  /// - Parameter countsPadding: whether places of the padding count as zeros or not at all.
  public mutating func averagePool(
    _ x: Value, window: Window, countsPadding: Bool = false, name: String
  ) throws(InputError) -> Value {
    try pool(x, .average(countsPadding: countsPadding), window, name)
  }

  /// The mean of each channel: channels × 1, or channels × 1 × 1.
  public mutating func globalAveragePool(_ x: Value, name: String) throws(InputError) -> Value {
    try averagePool(x, window: Window(kernel: Array(shape(of: x).dropFirst())), name: name)
  }

  /// The mean over the first axis of a sequence of time × units.
  public mutating func meanOverTime(_ x: Value, name: String) throws(InputError) -> Value {
    let shape = shape(of: x)
    guard shape.count == 2 else {
      throw fault(
        name, "the mean over time takes time × units, the value has \(describe(shape: shape))")
    }
    let mean = try add(Reduction(.mean, axes: 0..<1, shape: shape), [x], name: name)
    return try reshape(mean, to: [shape[1]], name: "\(name) shape")
  }

  /// `scale·(x - mean)/√(variance + epsilon) + shift`, each per place of the first axis; folded into
  /// the weights before it where there are any.
  public mutating func batchNormalization(
    _ x: Value, scale: [Float], shift: [Float], mean: [Float], variance: [Float], epsilon: Float,
    name: String
  ) throws(InputError) -> Value {
    let shape = shape(of: x)
    let counts = [scale.count, shift.count, mean.count, variance.count]
    guard let channels = shape.first, counts.allSatisfy({ $0 == channels }) else {
      throw fault(
        name,
        "scale, shift, mean and variance have \(counts) numbers, the value has the shape "
          + describe(shape: shape))
    }
    guard [scale, shift, mean, variance].allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
      throw fault(name, "a number is not finite")
    }
    if let flat = (0..<channels).first(where: { !(variance[$0] + epsilon > 0) }) {
      throw fault(name, "the variance of channel \(flat) plus epsilon is not positive")
    }
    return try add(
      BatchNormalization(
        scale: scale, shift: shift, epsilon: epsilon, mean: mean, variance: variance, shape: shape),
      [x], name: name)
  }

  /// The sum of two values, element by element; axes of length 1 are repeated.
  public mutating func add(_ a: Value, _ b: Value, name: String) throws(InputError) -> Value {
    try arithmetic(.add, a, b, name: name)
  }

  /// The same numbers in another shape.
  public mutating func reshape(
    _ x: Value, to shape: [Int], name: String
  ) throws(InputError) -> Value {
    let old = self.shape(of: x)
    guard elementCount(of: shape) == old.reduce(1, *) else {
      throw fault(
        name, "\(describe(shape: old)) numbers cannot take the shape \(describe(shape: shape))")
    }
    return try add(Reshape(outputShape: shape), [x], name: name)
  }

  /// All numbers of a sample in one row.
  public mutating func flatten(_ x: Value, name: String) throws(InputError) -> Value {
    try reshape(x, to: [shape(of: x).reduce(1, *)], name: name)
  }

  mutating func arithmetic(
    _ kind: Arithmetic.Kind, _ a: Value, _ b: Value, name: String
  ) throws(InputError) -> Value {
    guard let operation = Arithmetic(kind, a: shape(of: a), b: shape(of: b)) else {
      throw fault(
        name,
        "cannot \(kind.rawValue) values of the shapes \(describe(shape: shape(of: a))) and "
          + describe(shape: shape(of: b)))
    }
    return try add(operation, [a, b], name: name)
  }

  private mutating func pool(
    _ x: Value, _ kind: Pooling.Kind, _ window: Window, _ name: String
  ) throws(InputError) -> Value {
    let shape = shape(of: x)
    guard shape.count == 2 || shape.count == 3 else {
      throw fault(
        name,
        "pooling takes channels × length or channels × height × width, the value has the shape "
          + describe(shape: shape))
    }
    let image = Array(shape.dropFirst())
    return try add(
      Pooling(
        kind: kind, channels: shape[0], image: image, window: window,
        positions: try positions(of: window, on: image, name)),
      [x], name: name)
  }

  private func positions(
    of window: Window, on image: [Int], _ layer: String
  ) throws(InputError) -> [Int] {
    switch window.positions(on: image) {
    case .success(let positions): return positions
    case .failure(let problem): throw fault(layer, problem.text)
    }
  }

  private func check(_ bias: [Float]?, outputs: Int, _ layer: String) throws(InputError) {
    guard let bias, bias.count != outputs else { return }
    throw fault(layer, "the bias has \(bias.count) numbers, the layer \(outputs) outputs")
  }
}
