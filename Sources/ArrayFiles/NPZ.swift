internal import CZip
import Foundation
import InputOutput

/// Reads NumPy's `.npz` format: a ZIP archive with one `.npy` entry an array, stored or deflated.
///
/// Sizes are checked against the archive, the file's budget and the arrays' own headers before memory is
/// taken, and memory grows with what was really expanded. Entries of text (types U and S) describe
/// the arrays; they are kept apart.
public enum NPZ {
  /// The arrays of the file at `path`.
  /// - Throws: `InputError` where the file is not a sound archive of arrays.
  public static func read(path: String) throws(InputError) -> NamedArrays {
    try read(try InputFile.bytes(of: path), source: path)
  }

  /// The arrays in `data`; errors carry `source`.
  public static func read(_ data: Data, source: String) throws(InputError) -> NamedArrays {
    try read(data, budget: InputBudget(source))
  }

  /// The arrays in `data`, the content of the budget's file.
  public static func read(_ data: Data, budget: InputBudget) throws(InputError) -> NamedArrays {
    if let fault = FileKind.mismatch(
      data, source: budget.source, expected: "an NPZ archive of arrays", allowed: [.zip])
    {
      throw fault
    }
    let result: Result<NamedArrays, InputError> = data.withUnsafeBytes { raw in
      Result { () throws(InputError) in
        try arrays(in: raw, source: budget.source, budget: budget)
      }
    }
    return try result.get()
  }

  /// The text of entry `name` of the archive at `path` (NumPy type U or S, one element), or `nil`.
  public static func text(_ name: String, path: String) throws(InputError) -> String? {
    try read(path: path).text(name)
  }

  private static func arrays(
    in raw: UnsafeRawBufferPointer, source: String, budget: InputBudget
  ) throws(InputError) -> NamedArrays {
    var error = zip_error_t()
    zip_error_init(&error)
    defer { zip_error_fini(&error) }
    func notArchive() -> InputError {
      InputError(
        source, "is not a sound NPZ archive: \(String(cString: zip_error_strerror(&error)))")
    }
    guard let buffer = zip_source_buffer_create(raw.baseAddress, UInt64(raw.count), 0, &error)
    else { throw notArchive() }
    guard let archive = zip_open_from_source(buffer, ZIP_RDONLY, &error) else {
      zip_source_free(buffer)
      throw notArchive()
    }
    defer { zip_discard(archive) }
    let count = zip_get_num_entries(archive, 0)
    var entries: [(name: String, array: NumericArray)] = []
    var texts: [String: [String]] = [:]
    var seen: Set<String> = []
    var compressed = 0
    for index in 0..<UInt64(max(0, count)) {
      let entry = try ZipEntry(archive, index, source: source)
      let name = String(entry.name.dropLast(4))
      guard entry.name.hasSuffix(".npy"), !name.isEmpty else {
        throw InputError(source, at: entry.place, "is not an array: its name does not end in .npy")
      }
      guard seen.insert(name).inserted else {
        throw InputError(source, at: entry.place, "occurs twice in the archive")
      }
      // The entry grows in a buffer that is copied, and may change its order of elements.
      try budget.check(entry.size, times: 2, at: entry.place, "an array of \(entry.size) bytes")
      try budget.spend(entry.size, at: entry.place, "an array of \(entry.size) bytes")
      compressed += entry.compressedSize
      // Entries that share their bytes are how a small archive expands to a vast one.
      guard compressed <= raw.count else {
        throw InputError(source, at: entry.place, "overlaps other entries of the archive")
      }
      switch try entry.content(budget) {
      case .array(let array): entries.append((name, array))
      case .texts(let found): texts[name] = found
      }
    }
    return NamedArrays(source: source, entries, texts: texts)
  }
}
