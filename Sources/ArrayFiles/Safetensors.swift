import Foundation
import InputOutput

/// Reads and writes the safetensors format: eight bytes with the length of a JSON header
/// (little-endian), the header, then the elements of all arrays without gaps.
///
/// The types F64 F32 F16 BF16, I8…I64, U8…U64 and BOOL. The header is held against the file before
/// anything is copied: places lie inside the file, overlap nowhere, leave no gap, and fit the shapes.
/// Source: the format's description in the repository huggingface/safetensors.
public enum Safetensors {
  /// The longest header accepted, as in the reference implementation.
  static let longestHeader = 100_000_000

  /// The arrays of the file at `path`, in the order of the header.
  public static func read(path: String) throws(InputError) -> NamedArrays {
    try read(try InputFile.bytes(of: path, limit: 64 << 30), source: path)
  }

  /// The arrays in `data`; errors carry `source`.
  public static func read(_ data: Data, source: String) throws(InputError) -> NamedArrays {
    var cursor = ByteCursor(data, source: source)
    let claimed = try cursor.integer(UInt64.self, "the header's length")
    guard let length = Int(exactly: claimed), length <= longestHeader, length <= cursor.remaining
    else {
      if let fault = FileKind.mismatch(data, source: source, expected: "a safetensors file") {
        throw fault
      }
      throw InputError(
        source, "promises a header of \(claimed) bytes, \(cursor.remaining) bytes follow")
    }
    var parser = SafetensorsHeaderParser(
      bytes: [UInt8](try cursor.bytes(length, "the header")), source: source)
    let entries = try parser.entries()
    try check(entries, size: cursor.remaining, source: source)
    let elements = try cursor.bytes(cursor.remaining, "the elements")
    return NamedArrays(
      source: source,
      entries.map { entry in
        let start = elements.startIndex
        let bytes = [UInt8](elements[start + entry.start..<start + entry.end])
        return (entry.name, NumericArray(shape: entry.shape, bytes: bytes, elementType: entry.type))
      })
  }

  private static func check(
    _ entries: [SafetensorsEntry], size: Int, source: String
  ) throws(InputError) {
    for entry in entries {
      guard entry.start <= entry.end, entry.end <= size else {
        throw InputError(
          source, at: "array '\(entry.name)'",
          "lies at bytes \(entry.start) to \(entry.end), the file has \(size) of elements")
      }
      guard let count = elementCount(entry.shape), count <= size,
        count * entry.type.byteCount == entry.end - entry.start
      else {
        throw InputError(
          source, at: "array '\(entry.name)'",
          "has \(entry.end - entry.start) bytes, which do not fit its shape and type")
      }
    }
    var end = 0
    for entry in entries.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
      guard entry.start == end else {
        throw InputError(
          source, at: "array '\(entry.name)'",
          entry.start < end ? "overlaps another array" : "begins after a gap")
      }
      end = entry.end
    }
    guard end == size else {
      throw InputError(source, "holds \(size - end) bytes that belong to no array")
    }
  }

  /// The bytes of a file of `arrays`, which lie in the order given; the same arrays give the same bytes.
  /// - Precondition: the names are distinct and none is `__metadata__`.
  public static func bytes(_ arrays: [(name: String, array: NumericArray)]) -> [UInt8] {
    precondition(
      Set(arrays.map(\.name)).count == arrays.count
        && arrays.allSatisfy { $0.name != "__metadata__" }, "the names are distinct")
    var header = "{"
    var end = 0
    for (k, (name, array)) in arrays.enumerated() {
      guard let type = types.first(where: { $0.value == array.elementType })?.key else {
        preconditionFailure("safetensors has no type for \(array.elementType)")
      }
      let shape = array.shape.map(String.init).joined(separator: ",")
      header += k == 0 ? "" : ","
      header += "\(quoted(name)):{\"dtype\":\"\(type)\",\"shape\":[\(shape)],"
      header += "\"data_offsets\":[\(end),\(end + array.bytes.count)]}"
      end += array.bytes.count
    }
    header += "}"
    // Spaces bring the elements to a multiple of eight bytes.
    header += String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    var bytes = littleEndianBytes([UInt64(header.utf8.count)]) + Array(header.utf8)
    bytes.reserveCapacity(bytes.count + end)
    for (_, array) in arrays { bytes += array.bytes }
    return bytes
  }

  /// Writes `arrays` to `path`, whole or not at all; see `bytes(_:)`.
  public static func write(
    _ arrays: [(name: String, array: NumericArray)], to path: String
  ) throws(RunError) {
    try AtomicFile.write(bytes(arrays), to: path)
  }

  static let types: [String: ElementType] = [
    "F64": .float64, "F32": .float32, "F16": .float16, "BF16": .bfloat16,
    "I8": .int8, "I16": .int16, "I32": .int32, "I64": .int64,
    "U8": .uint8, "U16": .uint16, "U32": .uint32, "U64": .uint64, "BOOL": .bool,
  ]

  private static func quoted(_ name: String) -> String {
    var text = "\""
    for scalar in name.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case _ where scalar.value < 0x20:
        text += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
