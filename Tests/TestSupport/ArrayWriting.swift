import ArrayFiles
import CZlib
import InputOutput

extension Gzip {
  /// `bytes` as one gzip member without a time stamp: the same input gives the same output.
  package static func pack(_ bytes: [UInt8], level: Int32 = 6) -> [UInt8] {
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
}

extension IDX {
  /// The bytes of `array` in IDX format, not compressed.
  /// - Precondition: the type is one that IDX has, every size is below 2³², at most 255 dimensions.
  package static func bytes(_ array: NumericArray) -> [UInt8] {
    guard let code = types.first(where: { $0.value == array.elementType })?.key else {
      preconditionFailure("IDX has no type for \(array.elementType)")
    }
    var bytes: [UInt8] = [0, 0, code, UInt8(array.shape.count)]
    for size in array.shape {
      for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: size >> shift)) }
    }
    var elements = array.bytes
    swapBytes(&elements, width: array.elementType.byteCount)
    return bytes + elements
  }

  /// Writes `array` to `path`, compressed where the name ends in ".gz", whole or not at all.
  package static func write(_ array: NumericArray, to path: String) throws(RunError) {
    let content = bytes(array)
    try AtomicFile.write(path.hasSuffix(".gz") ? Gzip.pack(content) : content, to: path)
  }
}
