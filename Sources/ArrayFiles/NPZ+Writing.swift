internal import CZip
import Foundation
import InputOutput

extension NPZ {
  /// Writes named arrays to `path`, whole or not at all.
  ///
  /// The same arrays give the same bytes: every entry carries the time 1980-01-01 00:00.
  /// - Parameter compressed: deflate the entries; otherwise they are stored.
  /// - Precondition: the names are distinct and no array is of type bfloat16.
  public static func write(
    _ arrays: [(name: String, array: NumericArray)], to path: String, compressed: Bool = true
  ) throws(RunError) {
    try AtomicFile.write(try bytes(arrays, compressed: compressed), to: path)
  }

  /// `name` as the name of an entry. An entry's name is a path to programs that unpack archives: control
  /// characters, backslashes, a leading slash and parts called "." or ".." are percent-encoded, and so
  /// is a percent sign before two hexadecimal digits.
  static func entryName(_ name: String) -> String {
    func encoded(_ part: some Sequence<UInt8>) -> String {
      part.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
    }
    let bytes = Array(name.utf8)
    var parts: [String] = []
    for part in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      let part = Array(part)
      if part == Array(".".utf8) || part == Array("..".utf8) {
        parts.append(encoded(part))
        continue
      }
      var kept: [UInt8] = []
      for (k, byte) in part.enumerated() {
        let isCode =
          byte == UInt8(ascii: "%") && k + 2 < part.count
          && [part[k + 1], part[k + 2]].allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
        if byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "\\") || isCode {
          kept += encoded(CollectionOfOne(byte)).utf8
        } else {
          kept.append(byte)
        }
      }
      parts.append(String(decoding: kept, as: UTF8.self))
    }
    let path = parts.joined(separator: "/")
    return path.hasPrefix("/") ? "%2F" + path.dropFirst() : path
  }

  /// The bytes of an archive of named arrays; see `write(_:to:compressed:)`.
  public static func bytes(
    _ arrays: [(name: String, array: NumericArray)], compressed: Bool = true
  ) throws(RunError) -> [UInt8] {
    precondition(Set(arrays.map(\.name)).count == arrays.count, "a name stands twice")
    var error = zip_error_t()
    zip_error_init(&error)
    defer { zip_error_fini(&error) }
    func failure() -> RunError {
      RunError("cannot make an NPZ archive: \(String(cString: zip_error_strerror(&error)))")
    }
    guard let target = zip_source_buffer_create(nil, 0, 0, &error) else { throw failure() }
    defer { zip_source_free(target) }
    // Closing the archive gives up one reference; this one keeps the bytes readable after it.
    zip_source_keep(target)
    guard let archive = zip_open_from_source(target, ZIP_TRUNCATE, &error) else {
      zip_source_free(target)
      throw failure()
    }
    var closed = false
    defer { if !closed { zip_discard(archive) } }
    func archiveFailure() -> RunError {
      RunError("cannot make an NPZ archive: \(String(cString: zip_strerror(archive)))")
    }
    for (name, array) in arrays {
      guard let entry = entrySource(array, archive) else { throw archiveFailure() }
      let index = zip_file_add(archive, entryName(name) + ".npy", entry, UInt32(ZIP_FL_ENC_UTF_8))
      guard index >= 0 else {
        zip_source_free(entry)
        throw archiveFailure()
      }
      let method = compressed ? ZIP_CM_DEFLATE : ZIP_CM_STORE
      guard zip_set_file_compression(archive, UInt64(index), Int32(method), 6) == 0,
        zip_file_set_dostime(archive, UInt64(index), 0, 0x21, 0) == 0
      else { throw archiveFailure() }
    }
    // libzip removes an archive without entries instead of writing it.
    if arrays.isEmpty { return [0x50, 0x4b, 5, 6] + [UInt8](repeating: 0, count: 18) }
    guard zip_close(archive) == 0 else { throw archiveFailure() }
    closed = true
    return try content(of: target)
  }

  /// A source that owns a copy of the array's bytes; libzip frees it.
  private static func entrySource(_ array: NumericArray, _ archive: OpaquePointer) -> OpaquePointer?
  {
    let header = NPYHeader.encoded(array)
    let size = header.count + array.bytes.count
    guard let memory = malloc(size) else { return nil }
    header.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress!, byteCount: header.count) }
    array.bytes.withUnsafeBytes {
      if let base = $0.baseAddress {
        (memory + header.count).copyMemory(from: base, byteCount: $0.count)
      }
    }
    guard let entry = zip_source_buffer(archive, memory, UInt64(size), 1) else {
      free(memory)
      return nil
    }
    return entry
  }

  private static func content(of source: OpaquePointer) throws(RunError) -> [UInt8] {
    var status = zip_stat_t()
    zip_stat_init(&status)
    guard zip_source_stat(source, &status) == 0, zip_source_open(source) == 0 else {
      throw RunError("cannot read back an NPZ archive from memory")
    }
    defer { zip_source_close(source) }
    var bytes = [UInt8](repeating: 0, count: Int(status.size))
    let read = bytes.withUnsafeMutableBytes {
      zip_source_read(source, $0.baseAddress, UInt64($0.count))
    }
    guard read == Int64(bytes.count) else {
      throw RunError("cannot read back an NPZ archive from memory")
    }
    return bytes
  }
}
