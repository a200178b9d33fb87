internal import CZip
import Foundation
import InputOutput

/// The few things that are wanted of ZIP files: all entries in memory, and whole archives written.
///
/// Names are keys, never paths: nothing is ever unpacked to disk.
enum ZipArchive {
  /// At most this much memory for one archive's content, in bytes.
  static let contentLimit = 8 << 30
  /// An entry of more than this ratio to its packed size is refused.
  static let ratioLimit = 1100

  /// The entries of the archive in `data`, in the order of the archive.
  static func read(_ data: Data, source: String) throws(InputError) -> [(name: String, data: Data)]
  {
    var failure = zip_error_t()
    zip_error_init(&failure)
    defer { zip_error_fini(&failure) }
    // libzip reads while the archive is open: the bytes must outlive it.
    let raw = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, data.count), alignment: 8)
    defer { raw.deallocate() }
    data.copyBytes(to: raw)
    guard
      let buffer = zip_source_buffer_create(
        raw.baseAddress, zip_uint64_t(data.count), 0, &failure)
    else { throw InputError(source, "cannot be read as a ZIP archive") }
    guard let archive = zip_open_from_source(buffer, ZIP_RDONLY, &failure) else {
      let reason = String(cString: zip_error_strerror(&failure))
      zip_source_free(buffer)
      throw InputError(source, "is not a ZIP archive: \(reason)")
    }
    defer { zip_discard(archive) }
    return try entries(of: archive, size: data.count, source: source)
  }

  private static func entries(
    of archive: OpaquePointer, size: Int, source: String
  ) throws(InputError) -> [(name: String, data: Data)] {
    let count = zip_get_num_entries(archive, 0)
    guard count >= 0, count <= 65_536 else {
      throw InputError(source, "holds \(count) entries, at most 65536 are read")
    }
    var result: [(name: String, data: Data)] = []
    var names: Set<String> = []
    var total = 0
    for index in 0..<zip_uint64_t(count) {
      var stat = zip_stat_t()
      zip_stat_init(&stat)
      guard zip_stat_index(archive, index, 0, &stat) == 0, let raw = stat.name else {
        throw InputError(source, at: "entry \(index)", "its header cannot be read")
      }
      let name = String(cString: raw)
      guard names.insert(name).inserted else {
        throw InputError(source, at: "entry '\(name)'", "stands twice in the archive")
      }
      guard let length = Int(exactly: stat.size), let packed = Int(exactly: stat.comp_size),
        packed <= size, length <= max(4096, packed * ratioLimit), length <= contentLimit - total
      else {
        throw InputError(
          source, at: "entry '\(name)'",
          "promises \(stat.size) bytes from \(stat.comp_size) packed ones, which cannot be right")
      }
      total += length
      guard let file = zip_fopen_index(archive, index, 0) else {
        throw InputError(source, at: "entry '\(name)'", "cannot be opened")
      }
      defer { zip_fclose(file) }
      var content = [UInt8](repeating: 0, count: length)
      var offset = 0
      while offset < length {
        let n = content.withUnsafeMutableBytes {
          zip_fread(file, $0.baseAddress! + offset, zip_uint64_t(length - offset))
        }
        guard n > 0 else {
          throw InputError(source, at: "entry '\(name)'", "is truncated or damaged")
        }
        offset += Int(n)
      }
      // Reading past the end makes libzip check the sum.
      var extra: UInt8 = 0
      guard zip_fread(file, &extra, 1) == 0 else {
        throw InputError(source, at: "entry '\(name)'", "is damaged")
      }
      result.append((name, Data(content)))
    }
    return result
  }

  /// An archive of `entries`, deflated, all dated 1980-01-01: the same content gives the same bytes.
  static func write(_ entries: [(name: String, data: [UInt8])]) throws(RunError) -> [UInt8] {
    var failure = zip_error_t()
    zip_error_init(&failure)
    defer { zip_error_fini(&failure) }
    guard let buffer = zip_source_buffer_create(nil, 0, 0, &failure) else {
      throw RunError("no memory for a ZIP archive")
    }
    zip_source_keep(buffer)
    defer { zip_source_free(buffer) }
    guard let archive = zip_open_from_source(buffer, ZIP_TRUNCATE, &failure) else {
      throw RunError("cannot begin a ZIP archive: \(String(cString: zip_error_strerror(&failure)))")
    }
    for (name, data) in entries {
      // libzip frees the copy when the archive is closed.
      guard let copy = malloc(max(1, data.count)) else { throw RunError("no memory for '\(name)'") }
      data.withUnsafeBytes { raw in
        if let base = raw.baseAddress { copy.copyMemory(from: base, byteCount: raw.count) }
      }
      guard let source = zip_source_buffer(archive, copy, zip_uint64_t(data.count), 1) else {
        free(copy)
        zip_discard(archive)
        throw RunError("no memory for '\(name)'")
      }
      let index = zip_file_add(archive, name, source, zip_flags_t(ZIP_FL_ENC_UTF_8))
      guard index >= 0 else {
        zip_source_free(source)
        zip_discard(archive)
        throw RunError("cannot add '\(name)' to an archive")
      }
      zip_file_set_dostime(archive, zip_uint64_t(index), 0, 33, 0)
      zip_set_file_compression(archive, zip_uint64_t(index), ZIP_CM_DEFLATE, 6)
    }
    guard zip_close(archive) == 0 else {
      let reason = String(cString: zip_strerror(archive))
      zip_discard(archive)
      throw RunError("cannot end a ZIP archive: \(reason)")
    }
    guard zip_source_open(buffer) == 0 else { throw RunError("cannot read a ZIP archive back") }
    defer { zip_source_close(buffer) }
    var stat = zip_stat_t()
    zip_stat_init(&stat)
    guard zip_source_stat(buffer, &stat) == 0 else {
      throw RunError("cannot read a ZIP archive back")
    }
    var bytes = [UInt8](repeating: 0, count: Int(stat.size))
    let read = bytes.withUnsafeMutableBytes {
      zip_source_read(buffer, $0.baseAddress, zip_uint64_t($0.count))
    }
    guard read == zip_int64_t(bytes.count) else { throw RunError("cannot read a ZIP archive back") }
    return bytes
  }
}
