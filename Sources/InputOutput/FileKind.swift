import Foundation

/// What a file is by its first bytes, to say so where another kind is expected.
public enum FileKind: String, Sendable, CaseIterable {
  case png = "a PNG image"
  case jpeg = "a JPEG image"
  case gif = "a GIF image"
  case pdf = "a PDF document"
  case hdf5 = "an HDF5 file, such as those of Keras and MATLAB"
  case matlab = "a MATLAB file of version 5"
  case zip = "a ZIP archive, such as NPZ, XLSX and PyTorch files"
  case gzip = "gzip-compressed"
  case npy = "an NPY array"
  case idx = "an IDX array"
  case pickle = "a Python pickle"
  case sqlite = "an SQLite database"
  case tensorFlowLite = "a TensorFlow Lite model"
  case program = "a program"
  case utf16 = "UTF-16 text"
  case text = "text"

  /// The bytes that a kind begins with.
  private static let beginnings: [(kind: FileKind, bytes: [UInt8])] =
    [
      (.png, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), (.jpeg, [0xff, 0xd8, 0xff]),
      (.gif, Array("GIF8".utf8)), (.pdf, Array("%PDF-".utf8)),
      (.hdf5, [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]),
      (.matlab, Array("MATLAB 5.0 MAT-file".utf8)), (.zip, [0x50, 0x4b, 0x03, 0x04]),
      (.zip, [0x50, 0x4b, 0x05, 0x06]), (.gzip, [0x1f, 0x8b]),
      (.npy, [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]), (.sqlite, Array("SQLite format 3\0".utf8)),
      (.program, [0x7f, 0x45, 0x4c, 0x46]), (.utf16, [0xff, 0xfe]), (.utf16, [0xfe, 0xff]),
    ] + (2...5).map { (.pickle, [0x80, $0]) } + [8, 9, 11, 12, 13, 14].map { (.idx, [0, 0, $0]) }

  /// The kind of the file that `data` is the content of; `nil` where its first bytes do not say.
  public init?(_ data: Data) {
    if let found = Self.beginnings.first(where: { data.starts(with: $0.bytes) }) {
      self = found.kind
    } else if data.dropFirst(4).starts(with: Array("TFL3".utf8)) {
      self = .tensorFlowLite
    } else if Self.isText(data.prefix(1024)) {
      self = .text
    } else {
      return nil
    }
  }

  /// Whether bytes are printable text; a character of several bytes may be cut off at the end.
  private static func isText(_ bytes: Data) -> Bool {
    guard !bytes.isEmpty,
      bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || (0x09...0x0d).contains($0) })
    else { return false }
    return (0..<min(4, bytes.count)).contains {
      String(data: bytes.dropLast($0), encoding: .utf8) != nil
    }
  }

  /// The error that `data` is not what is expected; `nil` where its first bytes do not say what it is.
  ///
  /// - Parameters:
  ///   - expected: what may be there: "an ONNX file".
  ///   - allowed: the kinds that are what is expected, and at most damaged.
  ///   - place: the place in the file; empty for the file itself.
  public static func mismatch(
    _ data: Data, source: String, at place: String = "", expected: String,
    allowed: Set<FileKind> = []
  ) -> InputError? {
    guard let kind = FileKind(data), !allowed.contains(kind) else { return nil }
    return InputError(source, at: place, "is \(kind.rawValue), \(expected) is expected")
  }
}
