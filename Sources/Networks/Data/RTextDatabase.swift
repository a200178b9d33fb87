import ArrayFiles
import Foundation
public import InputOutput

/// Texts in a data base of an R package: vectors of lines in R's binary serialization, version 3, one a
/// compressed piece.
///
/// The format: "R Internals", section "Serialization Formats". Only vectors of strings are read.
public enum RTextDatabase {
  private static let stringVector: UInt32 = 16
  private static let string: UInt32 = 9

  /// The texts in the file at `path`, in its order, lines joined by line feeds.
  /// - Throws: `InputError` where it is damaged or holds something else.
  public static func texts(path: String) throws(InputError) -> [String] {
    let pieces = try ZlibChunks.expand(try InputFile.bytes(of: path), source: path)
    var texts: [String] = []
    for piece in pieces { texts.append(try text(piece, source: path)) }
    return texts
  }

  private static func text(_ piece: Data, source: String) throws(InputError) -> String {
    var cursor = ByteCursor(piece, source: source)
    func fault(_ problem: String) -> InputError { InputError(source, problem) }
    guard try cursor.bytes(2, "a piece's head") == Data("X\n".utf8) else {
      throw fault("is not in R's binary serialization")
    }
    let version = try cursor.integer(UInt32.self, bigEndian: true, "the version")
    _ = try cursor.bytes(8, "the versions of R")
    if version == 3 {
      let length = try cursor.integer(UInt32.self, bigEndian: true, "the encoding's length")
      _ = try cursor.bytes(Int(length), "the encoding")
    }
    let flags = try cursor.integer(UInt32.self, bigEndian: true, "the type")
    guard flags & 255 == stringVector, flags & 0x200 == 0 else {
      throw fault("holds something other than plain vectors of strings")
    }
    let count = try cursor.integer(Int32.self, bigEndian: true, "the number of lines")
    guard count >= 0, Int(count) <= cursor.remaining / 8 else {
      throw fault("promises \(count) lines, which it has no room for")
    }
    var lines: [String] = []
    lines.reserveCapacity(Int(count))
    for _ in 0..<count {
      let kind = try cursor.integer(UInt32.self, bigEndian: true, "a line's type")
      let length = try cursor.integer(Int32.self, bigEndian: true, "a line's length")
      guard kind & 255 == string, length >= 0,
        let line = String(data: try cursor.bytes(Int(length), "a line"), encoding: .utf8)
      else { throw fault("line \(lines.count + 1) is not UTF-8 text") }
      lines.append(line)
    }
    return lines.joined(separator: "\n")
  }
}
