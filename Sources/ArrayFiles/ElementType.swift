/// The type of the elements of a stored array.
public enum ElementType: String, Hashable, Sendable, CaseIterable {
  case float64, float32, float16, bfloat16
  case int8, int16, int32, int64
  case uint8, uint16, uint32, uint64
  /// One byte, 0 or not 0.
  case bool

  /// The size of one element in bytes.
  public var byteCount: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// Whether the elements are floating-point numbers.
  public var isFloatingPoint: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16: true
    default: false
    }
  }
}

/// The number of elements of an array of `shape`, or `nil` where a size is negative or the product
/// does not fit. An empty shape is one element; a size of 0 makes it 0.
func elementCount(_ shape: [Int]) -> Int? {
  if shape.contains(where: { $0 < 0 }) { return nil }
  // A length of 0 counts as 1: the axes beside it must not have lengths that nothing could fill.
  var product = 1
  for size in shape {
    let (next, overflow) = product.multipliedReportingOverflow(by: max(1, size))
    if overflow { return nil }
    product = next
  }
  return shape.contains(0) ? 0 : product
}
