import Foundation
import InputOutput

/// The header of a `.npy` file: a magic number, a version, and a Python dictionary as text with the
/// keys `descr`, `fortran_order` and `shape`.
///
/// Source: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays"; versions 1, 2 and 3.
struct NPYHeader: Hashable, Sendable {
  var elementType: ElementType
  var bigEndian = false
  var columnMajor = false
  /// The sizes; for text the last one is the number of characters an element.
  var shape: [Int]
  /// Whether the elements are characters (types U and S), not numbers.
  var isText = false
  /// Whether the elements are complex (types c8 and c16); the last size is then the 2 parts of an element.
  var isComplex = false

  /// The longest header text accepted; NumPy writes about 120 bytes.
  static let longestText = 1 << 16
  static let mostDimensions = 64

  /// The bytes of the elements that must follow, or `nil` where that overflows.
  var payloadByteCount: Int? {
    guard let count = elementCount(shape) else { return nil }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: elementType.byteCount)
    return overflow ? nil : bytes
  }

  /// The array that `payload` holds.
  /// - Precondition: `payload.count == payloadByteCount`.
  func array(payload: [UInt8]) -> NumericArray {
    var bytes = payload
    if bigEndian { swapBytes(&bytes, width: elementType.byteCount) }
    if columnMajor {
      // The parts of a complex element stay together.
      let width = (isComplex ? 2 : 1) * elementType.byteCount
      bytes = rowMajor(
        columnMajor: bytes, shape: isComplex ? shape.dropLast() : shape, width: width)
    }
    return NumericArray(
      shape: shape, bytes: bytes, elementType: elementType, isComplex: isComplex)
  }

  /// The texts that `payload` holds, one per element of type U or S; `nil` where a character is none.
  func texts(payload: [UInt8]) -> [String]? {
    guard isText, let length = shape.last, let codes = array(payload: payload).integers else {
      return nil
    }
    let count = length > 0 ? codes.count / length : 0
    var texts: [String] = []
    texts.reserveCapacity(count)
    for k in 0..<count {
      var text = String.UnicodeScalarView()
      for code in codes[k * length..<(k + 1) * length] where code != 0 {
        guard let scalar = Unicode.Scalar(UInt32(code)) else { return nil }
        text.append(scalar)
      }
      texts.append(String(text))
    }
    return texts
  }

  /// The bytes NumPy itself would write before a row-major little-endian array: version 1, padded
  /// with spaces to a multiple of 64 bytes (version 2 where the text is longer than 65,535 bytes).
  /// - Precondition: NumPy knows the type; it has no bfloat16.
  static func encoded(_ array: NumericArray) -> [UInt8] {
    let known = array.isComplex ? complexDescriptions : descriptions
    guard let description = known.first(where: { $0.value == array.elementType })?.key
    else { preconditionFailure("NPY has no type for \(array.elementType)") }
    let order = array.elementType.byteCount == 1 ? "|" : "<"
    let shape = array.isComplex ? array.shape.dropLast() : array.shape[...]
    let sizes = shape.map(String.init).joined(separator: ", ")
    let tuple = shape.count == 1 ? "(\(sizes),)" : "(\(sizes))"
    let text = "{'descr': '\(order)\(description)', 'fortran_order': False, 'shape': \(tuple), }"
    let long = text.utf8.count > 65_000
    let fixed = long ? 12 : 10
    let padding = (64 - (fixed + text.utf8.count + 1) % 64) % 64
    let length = text.utf8.count + padding + 1
    var bytes: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, long ? 2 : 1, 0]
    for k in 0..<(long ? 4 : 2) { bytes.append(UInt8(truncatingIfNeeded: length >> (8 * k))) }
    bytes += Array(text.utf8)
    bytes += [UInt8](repeating: 0x20, count: padding)
    bytes.append(0x0a)
    return bytes
  }

  /// The complex types, by the type of their parts.
  static let complexDescriptions: [String: ElementType] = ["c8": .float32, "c16": .float64]

  static let descriptions: [String: ElementType] = [
    "f8": .float64, "f4": .float32, "f2": .float16,
    "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64,
    "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64, "b1": .bool,
  ]
}

extension NPYHeader {
  /// Reads a header from a source of bytes; `next` gives the next so many bytes or throws.
  static func read(
    source: String, place: String, next: (Int, String) throws(InputError) -> [UInt8]
  ) throws(InputError) -> (header: NPYHeader, byteCount: Int) {
    let magic = try next(8, "the NPY header")
    guard magic[..<6].elementsEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]) else {
      throw InputError(source, at: place, "is not in NPY format: it does not begin with \\x93NUMPY")
    }
    guard (1...3).contains(magic[6]) else {
      throw InputError(
        source, at: place, "has NPY version \(magic[6]).\(magic[7]), versions 1 to 3 are read")
    }
    let wide = magic[6] > 1
    let lengthBytes = try next(wide ? 4 : 2, "the NPY header")
    let length = lengthBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= longestText else {
      throw InputError(
        source, at: place, "has a header of \(length) bytes, at most \(longestText) are accepted")
    }
    let text = try next(length, "the NPY header")
    var parser = NPYHeaderParser(bytes: text, source: source, place: place)
    return (try parser.header(), 8 + lengthBytes.count + length)
  }
}
