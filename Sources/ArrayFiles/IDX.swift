import Foundation
import InputOutput

/// The format of MNIST's files: two zero bytes, a type, a rank, big-endian sizes, big-endian data.
public enum IDX {
  /// Reads the IDX file at `path`, plain or packed by gzip.
  public static func read(path: String) throws(InputError) -> NumericArray {
    var data = try InputFile.bytes(of: path)
    if Gzip.isPacked(data) { data = try Gzip.unpack(data, source: path) }
    return try read(data, source: path)
  }

  /// Reads an IDX file in memory: types 8 (uint8), 9 (int8), 11 (int16), 12 (int32), 13 (float32)
  /// and 14 (float64).
  public static func read(_ data: Data, source: String) throws(InputError) -> NumericArray {
    var cursor = ByteCursor(data, source: source)
    guard try cursor.integer(UInt16.self, "the mark") == 0 else {
      throw InputError(source, "is not an IDX file: it does not begin with two zero bytes")
    }
    let code = try cursor.integer(UInt8.self, "the type")
    let types: [UInt8: ElementType] = [
      8: .uint8, 9: .int8, 11: .int16, 12: .int32, 13: .float32, 14: .float64,
    ]
    guard let type = types[code] else {
      throw InputError(source, "holds elements of type \(code), known are 8, 9, 11, 12, 13, 14")
    }
    let rank = Int(try cursor.integer(UInt8.self, "the rank"))
    guard (1...8).contains(rank) else {
      throw InputError(source, "has \(rank) dimensions, 1 to 8 are read")
    }
    var shape: [Int] = []
    for _ in 0..<rank {
      shape.append(Int(try cursor.integer(UInt32.self, bigEndian: true, "the sizes")))
    }
    guard let count = elementCount(shape),
      case let (size, overflow) = count.multipliedReportingOverflow(by: type.size), !overflow,
      size == cursor.remaining
    else {
      throw InputError(
        source, "its header promises an array of shape \(shape), \(cursor.remaining) bytes follow")
    }
    let raw = try cursor.bytes(size, "the elements")
    return NumericArray(
      shape: shape,
      try type.decode(raw, count: count, bigEndian: true, source: source, place: ""))
  }
}
