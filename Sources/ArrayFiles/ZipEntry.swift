internal import CZip
import InputOutput

/// One entry of an archive whose claimed sizes are plausible.
struct ZipEntry {
  let name: String
  let size: Int
  let compressedSize: Int
  private let archive: OpaquePointer
  private let index: UInt64
  private let source: String

  var place: String { "entry '\(name)'" }

  /// - Throws: `InputError` where the entry is encrypted, is compressed by another method than
  ///   deflate, or claims a size that its compressed bytes cannot expand to.
  init(_ archive: OpaquePointer, _ index: UInt64, source: String) throws(InputError) {
    var status = zip_stat_t()
    zip_stat_init(&status)
    let wanted = UInt64(
      ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD
        | ZIP_STAT_ENCRYPTION_METHOD)
    guard zip_stat_index(archive, index, 0, &status) == 0, status.valid & wanted == wanted,
      let name = status.name, let size = Int(exactly: status.size),
      let compressedSize = Int(exactly: status.comp_size)
    else { throw InputError(source, at: "entry \(index)", "cannot be read from the archive") }
    self.archive = archive
    self.index = index
    self.source = source
    self.name = String(cString: name)
    self.size = size
    self.compressedSize = compressedSize
    guard status.encryption_method == 0 else {
      throw InputError(source, at: place, "is encrypted")
    }
    let largest: Int
    switch status.comp_method {
    case 0: largest = compressedSize
    case 8:
      let (product, overflow) = compressedSize.multipliedReportingOverflow(by: Gzip.largestRatio)
      largest = overflow ? Int.max : product
    default:
      throw InputError(
        source, at: place,
        "is compressed by method \(status.comp_method); stored and deflated entries are read")
    }
    guard size <= largest else {
      throw InputError(
        source, at: place,
        "claims \(size) bytes, its \(compressedSize) bytes hold at most \(largest)")
    }
  }

  /// What an entry holds in NPY format.
  enum Content {
    case array(NumericArray)
    /// Texts, one per element; `nil` where a character is none.
    case texts([String]?)
  }

  /// The content of the entry, its sizes and its checksum compared.
  ///
  /// - Parameter budget: the elements of texts take more room than in the file.
  func content(_ budget: InputBudget) throws(InputError) -> Content {
    guard let file = zip_fopen_index(archive, index, 0) else {
      throw InputError(
        source, at: place, "cannot be opened: \(String(cString: zip_strerror(archive)))")
    }
    defer { zip_fclose(file) }
    let (header, headerSize) = try NPYHeader.read(source: source, place: place) {
      (count, what) throws(InputError) in try exactly(count, of: file, what)
    }
    guard let payload = header.payloadByteCount, payload == size - headerSize else {
      throw NPY.sizeFault(header, source: source, place: place, actual: size - headerSize)
    }
    let bytes = try exactly(payload, of: file, "the elements")
    // Only the read after the last byte compares the checksum.
    var beyond: UInt8 = 0
    guard zip_fread(file, &beyond, 1) == 0 else { throw damaged(file) }
    guard header.isText else { return .array(header.array(payload: bytes)) }
    try budget.check(payload, times: 40, at: place, "texts of \(payload) bytes")
    return .texts(header.texts(payload: bytes))
  }

  private func exactly(
    _ count: Int, of file: OpaquePointer, _ what: String
  ) throws(InputError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let start = bytes.count
      let room = min(count - start, max(1 << 12, min(start, 64 << 20)))
      bytes.append(contentsOf: repeatElement(0, count: room))
      let read = bytes.withUnsafeMutableBytes {
        Int(zip_fread(file, $0.baseAddress! + start, UInt64(room)))
      }
      if read < 0 { throw damaged(file) }
      bytes.removeLast(room - read)
      guard read > 0 else {
        throw InputError(source, at: place, "ends in \(what) after \(start) of \(count) bytes")
      }
    }
    return bytes
  }

  private func damaged(_ file: OpaquePointer) -> InputError {
    InputError(source, at: place, "is damaged: \(String(cString: zip_file_strerror(file)))")
  }
}
