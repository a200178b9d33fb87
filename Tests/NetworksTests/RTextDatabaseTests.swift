import Foundation
import InputOutput
import Networks
import Testing

@Suite struct RTextDatabaseTests {
  static func big(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 255) } }

  /// A vector of lines as R serializes it.
  static func serialized(_ lines: [String]) -> [UInt8] {
    var bytes = Array("X\n".utf8) + big(3) + big(0x40201) + big(0x30500) + big(5)
    bytes += Array("UTF-8".utf8) + big(16) + big(lines.count)
    for line in lines { bytes += big(0x40009) + big(line.utf8.count) + Array(line.utf8) }
    return bytes
  }

  /// A zlib stream of one stored block, behind its length.
  static func packed(_ bytes: [UInt8]) -> [UInt8] {
    let n = bytes.count
    var (a, b) = (1, 0)
    for byte in bytes {
      a = (a + Int(byte)) % 65521
      b = (b + a) % 65521
    }
    let sizes = [UInt8(n & 255), UInt8(n >> 8), UInt8(~n & 255), UInt8(~n >> 8 & 255)]
    return big(n) + [0x78, 0x01, 0x01] + sizes + bytes + big(b << 16 | a)
  }

  static func file(_ bytes: [UInt8]) throws -> String {
    let path = NSTemporaryDirectory() + "texts-\(UUID().uuidString).rdb"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test("every vector of lines becomes one text")
  func texts() throws {
    let bytes =
      Self.packed(Self.serialized(["one", "", "zwei ß"])) + Self.packed(Self.serialized([]))
    #expect(try RTextDatabase.texts(path: try Self.file(bytes)) == ["one\n\nzwei ß", ""])
  }

  @Test(
    "a damaged data base is refused wherever it is cut or changed, and never read beyond its end")
  func damaged() throws {
    let bytes = Self.packed(Self.serialized(["one", "two"]))
    for cut in stride(from: 1, to: bytes.count, by: 3) {
      #expect(throws: InputError.self) {
        try RTextDatabase.texts(path: try Self.file(Array(bytes[..<cut])))
      }
    }
    for (place, value) in [(0, 0x7f), (3, 1), (5, 0xff)] {
      var other = bytes
      other[place] = UInt8(value)
      #expect(throws: InputError.self) { try RTextDatabase.texts(path: try Self.file(other)) }
    }
    var many = Self.serialized(["one"])
    many.replaceSubrange(27..<31, with: Self.big(1 << 30))
    #expect(throws: InputError.self) {
      try RTextDatabase.texts(path: try Self.file(Self.packed(many)))
    }
  }
}
