internal import CZlib
import Foundation
public import InputOutput

/// Pieces of data one after the other, each its expanded length in four big-endian bytes and then a zlib
/// stream (RFC 1950): what R's lazily loaded data bases hold.
public enum ZlibChunks {
  /// The expanded pieces.
  ///
  /// - Throws: `InputError` where a piece is damaged, cut short, of another length than it says, or where
  ///   all pieces together are beyond the budget of a file.
  public static func expand(_ data: Data, source: String) throws(InputError) -> [Data] {
    let budget = InputBudget(source)
    var pieces: [Data] = []
    var cursor = ByteCursor(data, source: source)
    while cursor.remaining > 0 {
      let place = cursor.offset
      let size = Int(try cursor.integer(UInt32.self, bigEndian: true, "the length of a piece"))
      let rest = data.dropFirst(cursor.offset)
      try budget.check(size, times: 2, at: "byte \(place)", "a piece of \(size) bytes")
      try budget.spend(size, at: "byte \(place)", "a piece of \(size) bytes")
      guard size <= rest.count * Gzip.largestRatio else {
        throw InputError(source, at: "byte \(place)", "a piece of \(size) bytes is too large")
      }
      guard let (piece, used) = expandOne(rest, size: size) else {
        throw InputError(
          source, at: "byte \(place)", "the compressed data is damaged, or not \(size) bytes long")
      }
      pieces.append(piece)
      _ = try cursor.bytes(used, "a piece")
    }
    return pieces
  }

  /// The `size` bytes of the stream that `data` begins with, and how many bytes it takes.
  private static func expandOne(_ data: Data, size: Int) -> (piece: Data, used: Int)? {
    var stream = z_stream()
    guard
      inflateInit2_(&stream, 15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { inflateEnd(&stream) }
    // One byte more than promised tells a stream that is too long.
    var bytes = [UInt8](repeating: 0, count: size + 1)
    let status = data.withUnsafeBytes { input in
      bytes.withUnsafeMutableBufferPointer { output in
        let first = input.bindMemory(to: UInt8.self).baseAddress
        stream.next_in = first.map { UnsafeMutablePointer(mutating: $0) }
        stream.avail_in = UInt32(min(data.count, 1 << 30))
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        return inflate(&stream, Z_FINISH)
      }
    }
    guard status == Z_STREAM_END, Int(stream.total_out) == size else { return nil }
    return (Data(bytes.prefix(size)), Int(stream.total_in))
  }
}
