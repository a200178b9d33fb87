internal import CZlib
import Foundation
import InputOutput

/// Compresses and expands gzip data (RFC 1952), never beyond a limit.
public enum Gzip {
  /// The largest factor by which deflate can shrink data: a match of 258 bytes in two bits.
  static let largestRatio = 1032

  /// Whether `data` begins like a gzip file.
  public static func isPacked(_ data: Data) -> Bool {
    data.count >= 2 && data[data.startIndex] == 0x1f && data[data.startIndex + 1] == 0x8b
  }

  /// The bytes of the file at `path`, expanded where it is gzip data.
  /// - Parameter limit: the largest expanded size accepted, in bytes.
  /// - Throws: `InputError` where the file cannot be read, is damaged or expands beyond `limit`.
  public static func read(path: String, limit: Int = 4 << 30) throws(InputError) -> Data {
    let data = try InputFile.bytes(of: path, limit: limit)
    return isPacked(data) ? try unpack(data, source: path, limit: limit) : data
  }

  /// The text of the file at `path`, expanded where it is gzip data; it must be UTF-8.
  public static func text(path: String, limit: Int = 256 << 20) throws(InputError) -> String {
    guard let text = String(data: try read(path: path, limit: limit), encoding: .utf8) else {
      throw InputError(path, "is not UTF-8 text")
    }
    return text
  }

  /// The expanded bytes of `data`.
  public static func unpack(
    _ data: Data, source: String, limit: Int = 4 << 30
  ) throws(InputError) -> Data {
    try withReader(data, source: source) { (reader) throws(InputError) in
      let bytes = try reader.read(upTo: limit)
      guard try reader.isAtEnd() else {
        throw InputError(source, "expands to more than \(limit) bytes, which is the limit")
      }
      return Data(bytes)
    }
  }

  /// `bytes` as one gzip member without a time stamp: the same input gives the same output.
  public static func pack(_ bytes: [UInt8], level: Int32 = 6) -> [UInt8] {
    var stream = z_stream()
    let status = deflateInit2_(
      &stream, level, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib has no memory to compress")
    defer { deflateEnd(&stream) }
    var result: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    bytes.withUnsafeBufferPointer { input in
      var given = 0
      var end = false
      while !end {
        let piece = min(input.count - given, 1 << 30)
        stream.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0 + given) }
        stream.avail_in = UInt32(piece)
        given += piece
        let flush = given == input.count ? Z_FINISH : Z_NO_FLUSH
        var produced = 0
        repeat {
          chunk.withUnsafeMutableBufferPointer { out in
            stream.next_out = out.baseAddress
            stream.avail_out = UInt32(out.count)
            end = deflate(&stream, flush) == Z_STREAM_END
            produced = out.count - Int(stream.avail_out)
          }
          result += chunk[..<produced]
        } while produced == chunk.count
      }
    }
    return result
  }

  /// Gives `body` a reader of the expanded bytes of `data`.
  static func withReader<R>(
    _ data: Data, source: String, _ body: (GzipReader) throws(InputError) -> R
  ) throws(InputError) -> R {
    let result: Result<R, InputError> = data.withUnsafeBytes { raw in
      Result { () throws(InputError) in
        try body(try GzipReader(raw.bindMemory(to: UInt8.self), source: source))
      }
    }
    return try result.get()
  }
}
