import Foundation
import InputOutput

/// NumPy's archive of named arrays: a ZIP file of NPY files.
public enum NPZ {
  /// The arrays of the file at `path`, by name without the ending ".npy".
  ///
  /// Entries that are not NPY files are an error, text entries (type 'U' or 'S') are passed over:
  /// they carry descriptions, never numbers.
  public static func read(path: String) throws(InputError) -> [String: NumericArray] {
    try read(InputFile.bytes(of: path), source: path)
  }

  /// The arrays of an archive in memory.
  public static func read(_ data: Data, source: String) throws(InputError)
    -> [String: NumericArray]
  {
    var arrays: [String: NumericArray] = [:]
    for (name, content) in try ZipArchive.read(data, source: source) {
      guard name.hasSuffix(".npy") else {
        throw InputError(
          source, at: "entry '\(name)'", "is not an array: its name ends not in .npy")
      }
      if isText(content) { continue }
      arrays[String(name.dropLast(4))] = try NPY.read(
        content, source: source, at: "entry '\(name)'")
    }
    return arrays
  }

  /// Writes `arrays` to `path` atomically, in the order given; the same arrays give the same bytes.
  public static func write(
    _ arrays: [(name: String, array: NumericArray)], to path: String
  ) throws(RunError) {
    try AtomicFile.write(bytes(arrays), to: path)
  }

  /// The bytes of an archive of `arrays`.
  public static func bytes(_ arrays: [(name: String, array: NumericArray)]) throws(RunError)
    -> [UInt8]
  {
    var entries: [(name: String, data: [UInt8])] = []
    for (name, array) in arrays { entries.append((name + ".npy", NPY.write(array))) }
    return try ZipArchive.write(entries)
  }

  /// The text of entry `name` of the archive at `path` (NumPy type '<U…', one element), if there is one.
  public static func text(_ name: String, path: String) throws(InputError) -> String? {
    let data = try InputFile.bytes(of: path)
    for entry in try ZipArchive.read(data, source: path) where entry.name == name + ".npy" {
      guard isText(entry.data), entry.data.count > 10 else { return nil }
      let bytes = [UInt8](entry.data)
      let start = 10 + Int(bytes[8]) + Int(bytes[9]) << 8
      guard start <= bytes.count else { return nil }
      var text = String.UnicodeScalarView()
      var i = start
      while i + 4 <= bytes.count {
        let code =
          UInt32(bytes[i]) | UInt32(bytes[i + 1]) << 8 | UInt32(bytes[i + 2]) << 16
          | UInt32(bytes[i + 3]) << 24
        guard code != 0, let scalar = Unicode.Scalar(code) else { break }
        text.append(scalar)
        i += 4
      }
      return String(text)
    }
    return nil
  }

  private static func isText(_ content: Data) -> Bool {
    guard let head = String(data: content.prefix(256).dropFirst(10), encoding: .isoLatin1) else {
      return false
    }
    return head.contains("'descr': '<U") || head.contains("'descr': '|S")
  }
}
