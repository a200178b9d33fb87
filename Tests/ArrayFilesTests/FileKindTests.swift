import ArrayFiles
import Foundation
import InputOutput
import Testing

@Suite struct FileKindTests {
  /// The first bytes of files of some kinds, longer than any header.
  private static let files: [(kind: FileKind, bytes: [UInt8])] = [
    (.png, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), (.jpeg, [0xff, 0xd8, 0xff, 0xe0]),
    (.pdf, Array("%PDF-1.7\n".utf8)), (.zip, [0x50, 0x4b, 0x03, 0x04]),
    (.hdf5, [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]),
    (.npy, [0x93] + Array("NUMPY".utf8)), (.idx, [0, 0, 8, 1]), (.pickle, [0x80, 2]),
    (.sqlite, Array("SQLite format 3\0".utf8)), (.text, Array("a,b\n1,2\n3,4\n".utf8)),
  ]

  @Test("a file of another kind is named by its first bytes, beside what is expected")
  func mismatches() throws {
    let readers: [(allowed: Set<FileKind>, expected: String, read: (Data) throws -> Void)] = [
      ([.zip], "an NPZ archive", { _ = try NPZ.read($0, source: "f") }),
      ([.npy], "an NPY array", { _ = try NPY.read($0, source: "f") }),
      ([.idx], "an IDX file", { _ = try IDX.read($0, source: "f") }),
      ([.idx, .pickle], "a safetensors file", { _ = try Safetensors.read($0, source: "f") }),
      ([.text], "UTF-8 text", { _ = try InputFile.utf8($0, source: "f") }),
    ]
    for (kind, start) in Self.files {
      let filler = kind == .text ? Array("5,6\n".utf8) : [0x00, 0xfe, 0x01, 0x83]
      let data = Data(start + (0..<40).flatMap { _ in filler })
      #expect(FileKind(data) == kind)
      for (allowed, expected, read) in readers where !allowed.contains(kind) {
        let error = #expect(throws: InputError.self) { try read(data) }
        #expect(error?.problem.hasPrefix("is \(kind.rawValue), \(expected)") == true, "\(kind)")
      }
    }
  }

  @Test("bytes that say nothing are not named; a character cut off at the end is still text")
  func unknown() {
    #expect(FileKind(Data()) == nil)
    #expect(FileKind(Data([8, 7, 0x12, 3])) == nil)
    #expect(FileKind(Data("Ω;µS\n".utf8)) == .text)
    let long = Data(String(repeating: "µ", count: 600).utf8)
    #expect(FileKind(long.dropFirst(0)) == .text)
    #expect(FileKind(Data([0x41] + long)) == .text)
    #expect(FileKind(Data([0xff, 0xfe, 0x41, 0])) == .utf16)
  }
}
