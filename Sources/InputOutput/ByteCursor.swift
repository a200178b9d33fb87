import Foundation

/// Walks through the bytes of a file and never past their end.
public struct ByteCursor: Sendable {
  /// The name that errors carry.
  public let source: String
  private let data: Data
  /// How many bytes have been read.
  public private(set) var offset = 0

  /// A cursor at the first byte of `data`.
  public init(_ data: Data, source: String) {
    self.data = data
    self.source = source
  }

  /// How many bytes are left.
  public var remaining: Int { data.count - offset }

  /// The next `count` bytes.
  /// - Throws: `InputError` where fewer are left.
  public mutating func bytes(_ count: Int, _ what: String) throws(InputError) -> Data {
    guard count >= 0, count <= remaining else {
      throw InputError(
        source, at: "byte \(offset)",
        "the file ends in \(what): \(count) bytes are needed and \(remaining) are left")
    }
    defer { offset += count }
    let start = data.startIndex + offset
    return data[start..<start + count]
  }

  /// The next integer, little-endian unless said otherwise.
  public mutating func integer<T: FixedWidthInteger>(
    _: T.Type, bigEndian: Bool = false, _ what: String
  ) throws(InputError) -> T {
    let raw = try bytes(MemoryLayout<T>.size, what)
    let value = raw.withUnsafeBytes { $0.loadUnaligned(as: T.self) }
    return bigEndian ? T(bigEndian: value) : T(littleEndian: value)
  }
}
