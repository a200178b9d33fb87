import InputOutput

/// An array as a file holds it: its shape, the type of its elements, and their bytes.
///
/// The bytes are little-endian and row major (the last index runs fastest), whatever the file had.
public struct NumericArray: Hashable, Sendable {
  /// The sizes, outermost first; empty for a single number.
  public let shape: [Int]
  /// The type the file gave the elements.
  public let elementType: ElementType
  /// The elements, little-endian, row major: `count * elementType.byteCount` bytes.
  public let bytes: [UInt8]
  /// Whether the last axis, of length 2, holds the real and the imaginary parts of complex numbers.
  public let isComplex: Bool

  /// An array of given bytes (little-endian, row major).
  /// - Precondition: `bytes.count` is the product of `shape` times the element's size.
  public init(shape: [Int], bytes: [UInt8], elementType: ElementType, isComplex: Bool = false) {
    precondition(!isComplex || shape.last == 2, "a complex number has two parts")
    precondition(
      elementCount(shape) == bytes.count / elementType.byteCount
        && bytes.count % elementType.byteCount == 0,
      "\(bytes.count) bytes do not fill an array of shape \(shape) and type \(elementType)")
    self.bytes = bytes
    self.shape = shape
    self.elementType = elementType
    self.isComplex = isComplex
  }

  /// The number of elements.
  public var count: Int { bytes.count / elementType.byteCount }

  /// An array of `Float` numbers, row major.
  public init(shape: [Int], floats values: [Float]) {
    self.init(shape: shape, bytes: littleEndianBytes(values), elementType: .float32)
  }

  /// An array of `Double` numbers, row major.
  public init(shape: [Int], doubles values: [Double]) {
    self.init(shape: shape, bytes: littleEndianBytes(values), elementType: .float64)
  }

  /// An array of whole numbers stored in 64 bits, row major.
  public init(shape: [Int], integers values: [Int64]) {
    self.init(shape: shape, bytes: littleEndianBytes(values), elementType: .int64)
  }

  /// An array of whole numbers from 0 to 255, row major.
  public init(shape: [Int], uint8 values: [UInt8]) {
    self.init(shape: shape, bytes: values, elementType: .uint8)
  }

  /// An array of `values` rounded to the 16-bit type `elementType` (ties to even).
  /// - Precondition: `elementType` is `.float16` or `.bfloat16`.
  public init(shape: [Int], rounding values: [Float], to elementType: ElementType) {
    precondition(
      elementType == .float16 || elementType == .bfloat16,
      "only the 16-bit floating-point types round a Float")
    let patterns = values.map {
      elementType == .float16 ? HalfPrecision.binary16($0) : HalfPrecision.bfloat16($0)
    }
    self.init(shape: shape, bytes: littleEndianBytes(patterns), elementType: elementType)
  }

  /// The same elements in another shape.
  /// - Precondition: the number of elements is the same.
  public func reshaped(_ shape: [Int]) -> NumericArray {
    NumericArray(shape: shape, bytes: bytes, elementType: elementType)
  }

  /// The shape as people write it: "3×4", or "one number".
  public var shapeText: String {
    let sizes = isComplex ? shape.dropLast() : shape[...]
    let text = sizes.isEmpty ? "one number" : sizes.map(String.init).joined(separator: "×")
    return isComplex ? "\(text) of complex numbers" : text
  }
}

/// The bytes of `values`. All platforms that Swift supports are little-endian.
func littleEndianBytes<T: BitwiseCopyable>(_ values: [T]) -> [UInt8] {
  values.withUnsafeBytes { Array($0) }
}
