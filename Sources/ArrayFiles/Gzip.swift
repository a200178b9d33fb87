internal import CZlib
import Foundation
import InputOutput

/// Files packed by gzip.
public enum Gzip {
  /// Whether `data` begins like a gzip file.
  public static func isPacked(_ data: Data) -> Bool { data.starts(with: [0x1F, 0x8B]) }

  /// The content of a gzip file in memory.
  ///
  /// - Parameter limit: the largest content accepted, in bytes.
  /// - Throws: `InputError` where it is damaged, truncated or larger than `limit`.
  public static func unpack(_ data: Data, source: String, limit: Int = 4 << 30) throws(InputError)
    -> Data
  {
    var stream = z_stream()
    // 15 bits of window, +16: gzip's own header and check sum.
    guard
      inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw InputError(source, "there is no memory to unpack it") }
    defer { inflateEnd(&stream) }
    var input = [UInt8](data)
    var output = Data()
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    var status = Z_OK
    input.withUnsafeMutableBufferPointer { input in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(min(input.count, Int(UInt32.max)))
      while status == Z_OK && output.count <= limit {
        let produced = chunk.withUnsafeMutableBufferPointer { chunk -> Int in
          stream.next_out = chunk.baseAddress
          stream.avail_out = UInt32(chunk.count)
          status = inflate(&stream, Z_NO_FLUSH)
          return chunk.count - Int(stream.avail_out)
        }
        output.append(contentsOf: chunk[..<produced])
        // Several members may follow one another.
        if status == Z_STREAM_END && stream.avail_in > 0 { status = inflateReset(&stream) }
        if status == Z_OK && produced == 0 && stream.avail_in == 0 { break }
      }
    }
    guard output.count <= limit else {
      throw InputError(source, "unpacks to more than \(limit) bytes")
    }
    guard status == Z_STREAM_END else {
      throw InputError(source, "is a damaged or truncated gzip file")
    }
    return output
  }
}
