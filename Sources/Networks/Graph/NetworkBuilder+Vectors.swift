public import InputOutput

extension NetworkBuilder {
  /// x / √(mean x²) along the last axis: every vector gets a mean square of one, zeros stay zeros.
  public mutating func lengthNormalization(_ x: Value, name: String) throws(InputError) -> Value {
    let shape = shape(of: x)
    guard !shape.isEmpty else { throw fault(name, "takes vectors, the value is a single number") }
    return try add(LengthNormalization(shape: shape), [x], name: name)
  }

  /// The vector with its first `count` numbers replaced by `value`: where a network's inputs have room
  /// for a label, this is a label that says nothing.
  public mutating func overlay(
    _ x: Value, count: Int, value: Float, name: String
  ) throws(InputError) -> Value {
    let shape = shape(of: x)
    guard shape.count == 1, (0...shape[0]).contains(count) else {
      throw fault(
        name,
        "replaces the first \(count) numbers of a vector, the value has the shape "
          + describe(shape: shape))
    }
    let rest = shape[0] - count
    return try add(
      ChannelAffine(
        axis: 0, scale: Array(repeating: 0, count: count) + Array(repeating: 1, count: rest),
        shift: Array(repeating: value, count: count) + Array(repeating: 0, count: rest),
        shape: shape), [x], name: name)
  }

  /// The product of values, number by number; axes of length 1 are repeated.
  public mutating func multiply(_ values: [Value], name: String) throws(InputError) -> Value {
    guard var result = values.first else { throw fault(name, "there is nothing to multiply") }
    for value in values.dropFirst() {
      result = try arithmetic(.multiply, result, value, name: name)
    }
    return result
  }

  /// Values one behind the other along one axis; their other axes agree.
  public mutating func concatenate(
    _ values: [Value], axis: Int = 0, name: String
  ) throws(InputError) -> Value {
    let shapes = values.map { shape(of: $0) }
    func rest(_ shape: [Int]) -> [Int] { Array(shape[..<axis] + shape[(axis + 1)...]) }
    guard let first = shapes.first, shapes.allSatisfy({ $0.indices.contains(axis) }),
      shapes.allSatisfy({ rest($0) == rest(first) })
    else {
      throw fault(
        name,
        "joins values that differ along axis \(axis) only, they have the shapes "
          + shapes.map { describe(shape: $0) }.joined(separator: ", "))
    }
    return try add(Concatenation(axis: axis, shapes: shapes), values, name: name)
  }

  /// scale·x + shift, the same for all numbers.
  public mutating func scaleShift(
    _ x: Value, scale: Float, shift: Float, name: String
  ) throws(InputError) -> Value {
    guard scale.isFinite, shift.isFinite else { throw fault(name, "a number is not finite") }
    return try add(
      ChannelAffine(axis: nil, scale: [scale], shift: [shift], shape: shape(of: x)), [x], name: name
    )
  }
}
