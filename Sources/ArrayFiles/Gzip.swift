internal import CZlib
import Foundation
import InputOutput

/// Expands gzip data (RFC 1952), never beyond a limit.
public enum Gzip {
  /// The largest factor by which deflate can shrink data: a match of 258 bytes in two bits.
  static let largestRatio = 1032

  /// Whether `data` begins like a gzip file.
  public static func isPacked(_ data: Data) -> Bool {
    data.count >= 2 && data[data.startIndex] == 0x1f && data[data.startIndex + 1] == 0x8b
  }

  /// The bytes of the file at `path`, expanded where it is gzip data.
  /// - Parameter budget: what the expanded bytes are spent from; the usual one of a file where `nil`.
  /// - Throws: `InputError` where the file cannot be read, is damaged or expands beyond the budget.
  public static func read(path: String, budget: InputBudget? = nil) throws(InputError) -> Data {
    let data = try InputFile.bytes(of: path)
    let budget = budget ?? InputBudget(path)
    return isPacked(data) ? try unpack(data, budget: budget) : data
  }

  /// The text of the file at `path`, expanded where it is gzip data; it must be UTF-8.
  ///
  /// - Parameter budget: what bytes and text are spent from; the usual one of a file where `nil`.
  public static func text(path: String, budget: InputBudget? = nil) throws(InputError) -> String {
    let budget = budget ?? InputBudget(path)
    let bytes = try read(path: path, budget: budget)
    try budget.spend(bytes.count, "its text of \(bytes.count) bytes")
    return try InputFile.utf8(bytes, source: path)
  }

  /// The expanded bytes of `data`, the content of the budget's file.
  public static func unpack(_ data: Data, budget: InputBudget) throws(InputError) -> Data {
    try withReader(data, source: budget.source) { (reader) throws(InputError) in
      var result = Data()
      while true {
        let bytes = try reader.read(upTo: 1 << 20)
        if bytes.isEmpty { return result }
        // Growing a buffer copies it.
        try budget.check(result.count, "the expanded data")
        try budget.spend(bytes.count, "the expanded data")
        result.append(contentsOf: bytes)
      }
    }
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
