import InputOutput
import LinearAlgebra

extension ONNXImporter {
  mutating func activation(
    _ call: ONNXCall, _ activation: Activation
  ) throws(InputError) -> [ONNXValue] {
    let x = try floating(call.input(0), call)
    let operation = ActivationLayer(activation: activation, outputShape: sampleShape(x))
    return [try apply(operation, [x], batchAxis: x.batchAxis, call)]
  }

  /// A power with a constant exponent for all numbers.
  mutating func power(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    let exponent = try constant(call.input(1), "the exponent", call).elements
    guard exponent.count == 1, exponent[0].isFinite else {
      throw call.fault("has \(exponent.count) exponents, one finite number is read")
    }
    return try activation(call, .power(exponent: exponent[0]))
  }

  mutating func clip(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    func bound(_ name: String, _ index: Int, _ usual: Float) throws(InputError) -> Float {
      guard let value = call.optional(index) else { return call.float(name, usual) }
      guard let bound = try constant(value, name, call).elements.first else {
        throw call.fault("\(name) is empty")
      }
      return bound
    }
    let low = try bound("min", 1, -.greatestFiniteMagnitude)
    let high = try bound("max", 2, .greatestFiniteMagnitude)
    guard low <= high else { throw call.fault("min \(low) is larger than max \(high)") }
    return try activation(call, .clip(low: low, high: high))
  }

  mutating func softmax(_ call: ONNXCall, isLogarithmic: Bool) throws(InputError) -> [ONNXValue] {
    let x = try floating(call.input(0), call)
    let rank = rank(x)
    // Up to version 12 all axes from the given one on are one; from 13 on it is a single axis.
    let isOld = call.opset < 13
    let axis = try call.axis(call.integer("axis", isOld ? 1 : -1), rank: rank)
    let first = try sampleAxis(axis, of: x, call)
    if isOld, let batch = x.batchAxis, batch > axis {
      throw call.fault("works along axes \(axis) to \(rank - 1), among them the batch")
    }
    let shape = sampleShape(x)
    let operation = Softmax(
      isLogarithmic: isLogarithmic, axes: first..<(isOld ? shape.count : first + 1), shape: shape)
    return [try apply(operation, [x], batchAxis: x.batchAxis, call)]
  }

  /// x / |x| along the last axis.
  mutating func lengthNormalization(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    let x = try floating(call.input(0), call)
    let rank = rank(x)
    let axis = try call.axis(call.integer("axis", -1), rank: rank)
    guard call.integer("p", 2) == 2, axis == rank - 1 else {
      throw call.fault("only the Euclidean length along the last axis is read")
    }
    _ = try sampleAxis(axis, of: x, call)
    let shape = sampleShape(x)
    let unit = try apply(
      LengthNormalization(shape: shape), [x], batchAxis: x.batchAxis, call)
    let share = 1 / Float(shape.last ?? 1).squareRoot()
    let operation = ChannelAffine(axis: nil, scale: [share], shift: [0], shape: shape)
    return [try apply(operation, [unit], batchAxis: x.batchAxis, call)]
  }

  /// The mean, the sum or the largest or smallest number over axes.
  mutating func reduce(
    _ call: ONNXCall, _ kind: Reduction.Kind
  ) throws(InputError) -> [ONNXValue] {
    let x = try floating(call.input(0), call)
    let rank = rank(x)
    let given = try integers("axes", orInput: 1, call) ?? []
    if given.isEmpty, call.integer("noop_with_empty_axes", 0) != 0 { return [x] }
    var axes: Set<Int> = []
    for axis in given.isEmpty ? Array(0..<rank) : given {
      axes.insert(try sampleAxis(call.axis(axis, rank: rank), of: x, call))
    }
    var y = x
    // Axes that stand next to each other are one.
    var rest = axes.sorted()
    while let first = rest.first {
      let run = rest.enumerated().prefix { $0.element == first + $0.offset }.count
      let shape = sampleShape(y)
      guard shape[first..<first + run].allSatisfy({ $0 > 0 }) else {
        throw call.fault("reduces an empty axis of \(description(y))")
      }
      let operation = Reduction(kind, axes: first..<first + run, shape: shape)
      y = try apply(operation, [y], batchAxis: x.batchAxis, call)
      rest.removeFirst(run)
    }
    // With the axes kept the batch stays where it was.
    if call.integer("keepdims", 1) != 0 { return [y] }
    var result = lengths(y)
    for axis in axes.sorted(by: >) {
      result.remove(at: x.batchAxis.map { axis < $0 ? axis : axis + 1 } ?? axis)
    }
    return [try reshaped(y, result, keepsZeros: true, call)]
  }

  /// Element by element, with axes of length 1 repeated.
  mutating func binary(
    _ call: ONNXCall, _ kind: Arithmetic.Kind
  ) throws(InputError) -> [ONNXValue] {
    let (first, second) = (try call.input(0), try call.input(1))
    if case .integers(let shapeA, let a) = first, case .integers(let shapeB, let b) = second {
      return [
        try integerArithmetic((shapeA, a), (shapeB, b), call) { Self.integer(kind, $0, $1) }
      ]
    }
    let rank = max(rank(first), rank(second))
    let a = try aligned(floating(first, call), with: second, rank: rank, call)
    let b = try aligned(floating(second, call), with: first, rank: rank, call)
    let batchAxis = a.batchAxis ?? b.batchAxis
    if case .computed(let x, _) = a, case .constant(let c, _) = b,
      let affine = affine(kind, x: builder.shape(of: x), c, isReversed: false)
    {
      return [try apply(affine, [a], batchAxis: batchAxis, call)]
    }
    if case .computed(let x, _) = b, case .constant(let c, _) = a,
      let affine = affine(kind, x: builder.shape(of: x), c, isReversed: true)
    {
      return [try apply(affine, [b], batchAxis: batchAxis, call)]
    }
    guard let operation = Arithmetic(kind, a: sampleShape(a), b: sampleShape(b)) else {
      throw call.fault(
        "the shapes \(description(first)) and \(description(second)) cannot be brought to one")
    }
    return [try apply(operation, [a, b], batchAxis: batchAxis, call)]
  }

  /// The operand with the batch at the axis at which the other one has it, counted from the last.
  private func aligned(
    _ value: ONNXValue, with other: ONNXValue, rank: Int, _ call: ONNXCall
  ) throws(InputError) -> ONNXValue {
    let missing = rank - self.rank(value)
    guard let otherAxis = other.batchAxis.map({ $0 + rank - self.rank(other) }) else {
      // Nothing to align with; axes are added in front.
      switch value {
      case .computed(let x, let axis): return .computed(x, batchAxis: axis + missing)
      case .constant(let tensor, let axis):
        return .constant(tensor, batchAxis: axis.map { $0 + missing })
      case .integers, .joined: return value
      }
    }
    if let own = value.batchAxis {
      guard own + missing == otherAxis else {
        throw call.fault(
          "the shapes \(description(value)) and \(description(other)) have the batch at different "
            + "axes")
      }
      if case .computed(let x, _) = value { return .computed(x, batchAxis: otherAxis) }
      if case .constant(let tensor, _) = value { return .constant(tensor, batchAxis: otherAxis) }
    }
    guard case .constant(let tensor, nil) = value else { return value }
    var shape = Array(repeating: 1, count: missing) + tensor.shape
    guard shape[otherAxis] == 1 else {
      throw call.fault(
        "the shapes \(description(value)) and \(description(other)) would treat samples differently"
      )
    }
    shape.remove(at: otherAxis)
    return .constant(Tensor(shape: shape, elements: tensor.elements), batchAxis: otherAxis)
  }

  /// The operation with a constant as scale and shift, where the constant changes along one axis at
  /// most.
  private func affine(
    _ kind: Arithmetic.Kind, x: [Int], _ c: Tensor, isReversed: Bool
  ) -> ChannelAffine? {
    guard broadcast(x, c.shape) == x, c.shape.count <= x.count || c.elements.count == 1 else {
      return nil
    }
    let long = c.shape.indices.filter { c.shape[$0] != 1 }
    guard long.count <= 1 else { return nil }
    let axis = long.first.map { $0 + x.count - c.shape.count }
    let ones = c.elements.map { _ in Float(1) }
    let zeros = c.elements.map { _ in Float(0) }
    let (scale, shift): ([Float], [Float])
    switch kind {
    case .add: (scale, shift) = (ones, c.elements)
    case .subtract:
      (scale, shift) = isReversed ? (ones.map { -$0 }, c.elements) : (ones, c.elements.map { -$0 })
    case .multiply: (scale, shift) = (c.elements, zeros)
    case .divide:
      guard !isReversed, c.elements.allSatisfy({ $0 != 0 }) else { return nil }
      (scale, shift) = (c.elements.map { 1 / $0 }, zeros)
    }
    return ChannelAffine(axis: axis, scale: scale, shift: shift, shape: x)
  }
}
