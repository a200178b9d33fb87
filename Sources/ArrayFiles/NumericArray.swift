/// An array of numbers as files carry it: a shape and the elements, last index fastest.
public struct NumericArray: Sendable, Equatable {
  /// The extents, outermost first; empty for a single number.
  public let shape: [Int]
  /// The elements in the type of the file.
  public let values: Values

  /// The elements, in one of the kinds that files use.
  public enum Values: Sendable, Equatable {
    case float([Float])
    case double([Double])
    case integer([Int64])
  }

  /// An array of `values`.
  /// - Precondition: the product of `shape` is the number of values.
  public init(shape: [Int], _ values: Values) {
    self.shape = shape
    self.values = values
    precondition(shape.reduce(1, *) == count, "a shape holds as many elements as there are")
  }

  /// An array of single-precision numbers.
  public init(shape: [Int], floats: [Float]) { self.init(shape: shape, .float(floats)) }
  /// An array of double-precision numbers.
  public init(shape: [Int], doubles: [Double]) { self.init(shape: shape, .double(doubles)) }
  /// An array of whole numbers.
  public init(shape: [Int], integers: [Int64]) { self.init(shape: shape, .integer(integers)) }

  /// How many elements.
  public var count: Int {
    switch values {
    case .float(let v): v.count
    case .double(let v): v.count
    case .integer(let v): v.count
    }
  }

  /// The elements in single precision.
  public var floats: [Float] {
    switch values {
    case .float(let v): v
    case .double(let v): v.map { Float($0) }
    case .integer(let v): v.map { Float($0) }
    }
  }

  /// The elements in double precision.
  public var doubles: [Double] {
    switch values {
    case .float(let v): v.map { Double($0) }
    case .double(let v): v
    case .integer(let v): v.map { Double($0) }
    }
  }

  /// The elements as whole numbers, or `nil` where one is not whole or not finite.
  public var integers: [Int64]? {
    switch values {
    case .integer(let v): return v
    case .float, .double:
      var result: [Int64] = []
      result.reserveCapacity(count)
      for x in doubles {
        guard let whole = Int64(exactly: x) else { return nil }
        result.append(whole)
      }
      return result
    }
  }

  /// Whether all elements are finite.
  public var isFinite: Bool {
    switch values {
    case .float(let v): v.allSatisfy { $0.isFinite }
    case .double(let v): v.allSatisfy { $0.isFinite }
    case .integer: true
    }
  }
}
