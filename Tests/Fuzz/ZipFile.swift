/// A ZIP archive of stored entries with the right checksums, whatever the entries hold.
enum ZipFile {
  static func bytes(_ entries: [(name: String, content: [UInt8])]) -> [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    func little(_ value: Int, _ width: Int) -> [UInt8] {
      (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    for (name, content) in entries {
      let common =
        little(20, 2) + little(0, 2) + little(0, 2) + little(0, 2) + little(0x21, 2)
        + little(Int(checksum(content)), 4) + little(content.count, 4) + little(content.count, 4)
        + little(name.utf8.count, 2) + little(0, 2)
      directory += [0x50, 0x4b, 1, 2] + little(20, 2) + common
      directory += little(0, 2) + little(0, 2) + little(0, 2) + little(0, 4) + little(file.count, 4)
      directory += Array(name.utf8)
      file += [0x50, 0x4b, 3, 4] + common + Array(name.utf8) + content
    }
    let start = file.count
    file += directory
    file += [0x50, 0x4b, 5, 6, 0, 0, 0, 0] + little(entries.count, 2) + little(entries.count, 2)
    return file + little(directory.count, 4) + little(start, 4) + little(0, 2)
  }

  private static let table: [UInt32] = (0..<256).map { number in
    (0..<8).reduce(UInt32(number)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1
    }
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(0xffff_ffff) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }
}
