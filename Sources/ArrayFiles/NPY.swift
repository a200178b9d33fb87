import Foundation
import InputOutput

/// NumPy's format for one array, versions 1 to 3.
///
/// Format: NumPy Enhancement Proposal 1 and numpy.lib.format.
public enum NPY {
  private static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]

  /// Reads one array: floats of 16, 32 and 64 bits, integers of 8 to 64 bits, truth values, in
  /// either byte order, in C or Fortran order.
  ///
  /// - Parameters:
  ///   - data: the whole file.
  ///   - source: the file's name, for errors.
  ///   - place: where in the file, for errors.
  /// - Throws: `InputError` where the header is malformed, the type is another one, or the data are
  ///   not as long as the header says.
  public static func read(_ data: Data, source: String, at place: String = "") throws(InputError)
    -> NumericArray
  {
    func fail(_ problem: String) -> InputError { InputError(source, at: place, problem) }
    var cursor = ByteCursor(data, source: source)
    guard Array(try cursor.bytes(6, "the NPY mark")) == magic else {
      throw fail("is not an NPY file: it does not begin with \\x93NUMPY")
    }
    let major = try cursor.integer(UInt8.self, "the version")
    _ = try cursor.integer(UInt8.self, "the version")
    guard (1...3).contains(major) else {
      throw fail("has NPY version \(major), versions 1 to 3 are read")
    }
    let length =
      major == 1
      ? Int(try cursor.integer(UInt16.self, "the header's length"))
      : Int(try cursor.integer(UInt32.self, "the header's length"))
    guard length <= 1 << 20 else { throw fail("its header of \(length) bytes is too long") }
    let bytes = try cursor.bytes(length, "the header")
    guard let text = String(data: bytes, encoding: .utf8) else {
      throw fail("its header is not text")
    }
    guard let header = NPYHeader(text) else {
      throw fail("its header '\(text.prefix(80))' is not understood")
    }
    guard let type = ElementType(rawValue: header.kind), type != .brainFloat16 else {
      throw fail(
        "holds elements of type '\(header.order)\(header.kind)', known are f2 f4 f8 i1 i2 i4 i8 u1 u2 "
          + "u4 u8 b1")
    }
    guard let count = elementCount(header.shape),
      case let (size, overflow) = count.multipliedReportingOverflow(by: type.size), !overflow,
      size == cursor.remaining
    else {
      throw fail(
        "its header promises an array of shape \(header.shape), \(cursor.remaining) bytes follow")
    }
    let raw = try cursor.bytes(size, "the elements")
    let values = try type.decode(
      raw, count: count, bigEndian: header.order == ">", source: source, place: place)
    let shape = header.shape
    guard header.fortran && shape.count > 1 else { return NumericArray(shape: shape, values) }
    return NumericArray(shape: shape, reordered(values, fortran: shape))
  }

  /// Writes one array, version 1, little-endian, C order. Integers as 64 bits.
  public static func write(_ array: NumericArray) -> [UInt8] {
    let type =
      switch array.values {
      case .float: "<f4"
      case .double: "<f8"
      case .integer: "<i8"
      }
    let extents = array.shape.map(String.init).joined(separator: ", ")
    let shape = array.shape.count == 1 ? "(\(extents),)" : "(\(extents))"
    var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }"
    let padding = 64 - (10 + header.utf8.count + 1) % 64
    header += String(repeating: " ", count: padding % 64) + "\n"
    var bytes = magic + [1, 0, UInt8(header.utf8.count & 0xFF), UInt8(header.utf8.count >> 8)]
    bytes += Array(header.utf8)
    switch array.values {
    case .float(let v): append(v.map { $0.bitPattern.littleEndian }, to: &bytes)
    case .double(let v): append(v.map { $0.bitPattern.littleEndian }, to: &bytes)
    case .integer(let v): append(v.map { $0.littleEndian }, to: &bytes)
    }
    return bytes
  }

  private static func append<T>(_ values: [T], to bytes: inout [UInt8]) {
    values.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  private static func reordered(_ values: NumericArray.Values, fortran shape: [Int])
    -> NumericArray.Values
  {
    func move<T>(_ v: [T]) -> [T] {
      guard !v.isEmpty else { return v }
      var strides = [Int](repeating: 1, count: shape.count)
      for k in 1..<shape.count { strides[k] = strides[k - 1] * shape[k - 1] }
      var result: [T] = []
      result.reserveCapacity(v.count)
      var index = [Int](repeating: 0, count: shape.count)
      var offset = 0
      for _ in 0..<v.count {
        result.append(v[offset])
        var k = shape.count - 1
        while k >= 0 {
          index[k] += 1
          offset += strides[k]
          if index[k] < shape[k] { break }
          offset -= index[k] * strides[k]
          index[k] = 0
          k -= 1
        }
      }
      return result
    }
    switch values {
    case .float(let v): return .float(move(v))
    case .double(let v): return .double(move(v))
    case .integer(let v): return .integer(move(v))
    }
  }
}

/// The literal dictionary at the head of an NPY file.
struct NPYHeader {
  var order: Character = "<"
  var kind = ""
  var fortran = false
  var shape: [Int] = []

  init?(_ text: String) {
    guard let type = Self.quoted(after: "'descr'", in: text), let first = type.first else {
      return nil
    }
    if "<>|=".contains(first) {
      order = first
      kind = String(type.dropFirst())
    } else {
      kind = type
    }
    guard let order = Self.word(after: "'fortran_order'", in: text) else { return nil }
    if order.hasPrefix("True") {
      fortran = true
    } else if !order.hasPrefix("False") {
      return nil
    }
    guard let shapeText = Self.word(after: "'shape'", in: text), shapeText.hasPrefix("("),
      let end = shapeText.firstIndex(of: ")")
    else { return nil }
    for part in shapeText[shapeText.index(after: shapeText.startIndex)..<end].split(separator: ",")
    {
      var digits = part.filter { $0 != " " }
      if digits.isEmpty { continue }
      if digits.hasSuffix("L") { digits.removeLast() }
      guard let extent = Int(digits), extent >= 0 else { return nil }
      shape.append(extent)
    }
    guard shape.count <= 32 else { return nil }
  }

  private static func word(after key: String, in text: String) -> Substring? {
    guard let range = text.range(of: key) else { return nil }
    let rest = text[range.upperBound...].drop { $0 == " " }
    guard rest.first == ":" else { return nil }
    return rest.dropFirst().drop { $0 == " " }
  }

  private static func quoted(after key: String, in text: String) -> String? {
    guard let rest = word(after: key, in: text), rest.first == "'" else { return nil }
    let inner = rest.dropFirst()
    guard let end = inner.firstIndex(of: "'") else { return nil }
    return String(inner[..<end])
  }
}
