import Foundation
import InputOutput

/// Reads arrays in the IDX format of the MNIST files, plain or gzip-compressed.
///
/// The format: two zero bytes, a type byte (8 uint8, 9 int8, 11 int16, 12 int32, 13 float32,
/// 14 float64), the number of dimensions, a big-endian 32-bit size for each, then the elements,
/// row major and big-endian. Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of
/// handwritten digits", section "FILE FORMATS".
public enum IDX {
  /// The array in the file at `path`, which may be gzip-compressed whatever its name.
  /// - Throws: `InputError` where the file is damaged or its size contradicts its header.
  public static func read(path: String) throws(InputError) -> NumericArray {
    try read(try InputFile.bytes(of: path), source: path)
  }

  /// The array in `data`, plain or gzip-compressed; errors carry `source`.
  public static func read(_ data: Data, source: String) throws(InputError) -> NumericArray {
    if Gzip.isPacked(data) {
      return try Gzip.withReader(data, source: source) { (reader) throws(InputError) in
        let budget = InputBudget(source)
        let array = try decoded(source: source) { (count, what) throws(InputError) in
          // Growing a buffer copies it.
          try budget.check(count, times: 2, what)
          try budget.spend(count, what)
          return try reader.exactly(count, what)
        }
        guard try reader.isAtEnd() else { throw tooLong(source) }
        return array
      }
    }
    if let fault = FileKind.mismatch(
      data, source: source, expected: "an IDX file, plain or gzip-compressed", allowed: [.idx])
    {
      throw fault
    }
    var cursor = ByteCursor(data, source: source)
    let array = try decoded(source: source) { (count, what) throws(InputError) in
      [UInt8](try cursor.bytes(count, what))
    }
    guard cursor.remaining == 0 else { throw tooLong(source) }
    return array
  }

  package static let types: [UInt8: ElementType] = [
    8: .uint8, 9: .int8, 11: .int16, 12: .int32, 13: .float32, 14: .float64,
  ]

  private static func decoded(
    source: String, next: (Int, String) throws(InputError) -> [UInt8]
  ) throws(InputError) -> NumericArray {
    let start = try next(4, "the IDX header")
    guard start[0] == 0, start[1] == 0, let type = types[start[2]] else {
      throw InputError(
        source,
        "is not in IDX format: it must begin with two zero bytes and a type of 8, 9, 11, 12, 13 or 14"
      )
    }
    let sizes = try next(4 * Int(start[3]), "the IDX header")
    let shape = stride(from: 0, to: sizes.count, by: 4).map { at in
      sizes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    guard let count = elementCount(shape), count <= Int.max / type.byteCount else {
      throw InputError(source, "the sizes in its header are too large to be counted")
    }
    var bytes = try next(count * type.byteCount, "the elements")
    swapBytes(&bytes, width: type.byteCount)
    return NumericArray(shape: shape, bytes: bytes, elementType: type)
  }

  private static func tooLong(_ source: String) -> InputError {
    InputError(source, "holds more bytes than its header promises")
  }
}
