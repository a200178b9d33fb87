internal import CZlib
import InputOutput

/// Expands gzip data piece by piece. Memory grows with what was really expanded, never with what a
/// header promises.
final class GzipReader {
  // zlib keeps the address of its stream, so the stream has a place of its own on the heap.
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private let input: UnsafeBufferPointer<UInt8>
  private let source: String
  private var given = 0
  private var ended = false

  /// - Precondition: `input` outlives the reader.
  init(_ input: UnsafeBufferPointer<UInt8>, source: String) throws(InputError) {
    self.input = input
    self.source = source
    stream.initialize(to: z_stream())
    guard
      inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw InputError(source, "cannot be expanded: zlib has no memory") }
  }

  deinit {
    inflateEnd(stream)
    stream.deinitialize(count: 1)
    stream.deallocate()
  }

  /// The most bytes that the whole input can expand to.
  var largestSize: Int { input.count * Gzip.largestRatio }

  /// The next bytes: `count` of them, or fewer where the data ends.
  func read(upTo count: Int) throws(InputError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count, !ended {
      let room = min(count - bytes.count, max(4096, min(bytes.count, 64 << 20)))
      let start = bytes.count
      bytes.append(contentsOf: repeatElement(0, count: room))
      let filled = try fill(&bytes, from: start)
      bytes.removeLast(room - filled)
    }
    return bytes
  }

  /// Exactly the next `count` bytes; an error where there are fewer.
  func exactly(_ count: Int, _ what: String) throws(InputError) -> [UInt8] {
    guard count <= largestSize else {
      throw InputError(
        source, "\(what) would have \(count) bytes, more than \(input.count) bytes can expand to")
    }
    let bytes = try read(upTo: count)
    guard bytes.count == count else {
      throw InputError(
        source, "ends in \(what): \(count) bytes are needed and \(bytes.count) are there")
    }
    return bytes
  }

  /// Whether nothing follows.
  func isAtEnd() throws(InputError) -> Bool { try read(upTo: 1).isEmpty }

  private func fill(_ bytes: inout [UInt8], from start: Int) throws(InputError) -> Int {
    let result: Result<Int, InputError> = bytes.withUnsafeMutableBufferPointer { out in
      Result { () throws(InputError) in
        var filled = start
        while filled < out.count, !ended {
          let room = min(out.count - filled, 1 << 30)
          let piece = min(input.count - given, 1 << 30)
          stream.pointee.next_in = input.baseAddress.map {
            UnsafeMutablePointer(mutating: $0 + given)
          }
          stream.pointee.avail_in = UInt32(piece)
          stream.pointee.next_out = out.baseAddress! + filled
          stream.pointee.avail_out = UInt32(room)
          let status = inflate(stream, Z_NO_FLUSH)
          given += piece - Int(stream.pointee.avail_in)
          filled += room - Int(stream.pointee.avail_out)
          switch status {
          case Z_OK: continue
          case Z_STREAM_END: try endMember()
          case Z_BUF_ERROR:
            throw InputError(source, "the compressed data is cut short")
          default:
            throw InputError(source, at: "byte \(given)", "the compressed data is damaged")
          }
        }
        return filled - start
      }
    }
    return try result.get()
  }

  /// A gzip file may hold several members one after the other.
  private func endMember() throws(InputError) {
    if given == input.count {
      ended = true
      return
    }
    guard inflateReset(stream) == Z_OK, input.count - given >= 18, input[given] == 0x1f else {
      throw InputError(source, at: "byte \(given)", "something follows the compressed data")
    }
  }
}
