public import InputOutput

extension NetworkBuilder {
  /// The difference of two values, element by element; axes of length 1 are repeated.
  public mutating func subtract(_ a: Value, _ b: Value, name: String) throws(InputError) -> Value {
    try arithmetic(.subtract, a, b, name: name)
  }

  /// The product of two values, element by element; axes of length 1 are repeated.
  public mutating func multiply(_ a: Value, _ b: Value, name: String) throws(InputError) -> Value {
    try arithmetic(.multiply, a, b, name: name)
  }

  /// The quotient of two values, element by element; axes of length 1 are repeated.
  public mutating func divide(_ a: Value, _ b: Value, name: String) throws(InputError) -> Value {
    try arithmetic(.divide, a, b, name: name)
  }

  /// The matrix product of two values over their last two axes; axes before them of length 1 are
  /// repeated. It is digital: no weights take part.
  public mutating func matrixProduct(
    _ a: Value, _ b: Value, name: String
  ) throws(InputError) -> Value {
    guard let operation = ValueProduct(a: shape(of: a), b: shape(of: b)) else {
      throw fault(
        name,
        "cannot multiply values of the shapes \(describe(shape: shape(of: a))) and "
          + describe(shape: shape(of: b)))
    }
    return try add(operation, [a, b], name: name)
  }

  /// The axes of a sample in another order: axis k of the result is axis `order[k]`.
  public mutating func transpose(
    _ x: Value, order: [Int], name: String
  ) throws(InputError) -> Value {
    let shape = shape(of: x)
    guard order.sorted() == Array(shape.indices) else {
      throw fault(
        name, "\(order) is not an order of the axes of a value of \(describe(shape: shape))")
    }
    return try add(Transpose(order: order, shape: shape), [x], name: name)
  }

  /// Chosen places of one axis, in the order given; they may repeat, and -1 gives `filler`.
  public mutating func select(
    _ x: Value, axis: Int, places: [Int], filler: Float = 0, name: String
  ) throws(InputError) -> Value {
    let shape = shape(of: x)
    guard shape.indices.contains(axis), places.allSatisfy({ (-1..<shape[axis]).contains($0) })
    else {
      throw fault(
        name,
        "the value of \(describe(shape: shape)) has no axis \(axis) with all of the places chosen")
    }
    return try add(
      Selection(axis: axis, places: places, filler: filler, shape: shape), [x], name: name)
  }

  /// Numbers that are the same for every sample.
  public mutating func constant(_ value: Tensor, name: String) throws(InputError) -> Value {
    guard value.elements.allSatisfy(\.isFinite) else { throw fault(name, "a number is not finite") }
    return try add(
      ConstantValue(elements: value.elements, outputShape: value.shape), [], name: name)
  }
}
