import Foundation
import InputOutput
import Testing

@Suite struct InputOutputTests {
  @Test("the nearest name is offered, and none where none is near")
  func nearest() {
    let known = ["adc-bits", "tile", "scheme", "device"]
    #expect(nearestName(to: "adc_bit", among: known) == "adc-bits")
    #expect(nearestName(to: "schema", among: known) == "scheme")
    #expect(nearestName(to: "temperature", among: known) == nil)
  }

  @Test("a written file holds the new bytes and leaves no other file behind")
  func atomic() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/ow-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try AtomicFile.write("one", to: folder + "/deep/file.txt")
    try AtomicFile.write("two", to: folder + "/deep/file.txt")
    #expect(try InputFile.text(of: folder + "/deep/file.txt") == "two")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/deep") == ["file.txt"])
  }

  @Test("missing files, folders and files over the limit are refused")
  func refused() throws {
    #expect(throws: InputError.self) { try InputFile.bytes(of: "/nowhere/at/all") }
    #expect(throws: InputError.self) { try InputFile.bytes(of: "/tmp") }
    #expect(throws: InputError.self) { try InputFile.bytes(of: #filePath, limit: 10) }
  }

  @Test("a cursor reads both byte orders and stops at the end")
  func cursor() throws {
    var cursor = ByteCursor(Data([1, 0, 0, 1, 9]), source: "bytes")
    #expect(try cursor.integer(UInt16.self, "a") == 1)
    #expect(try cursor.integer(UInt16.self, bigEndian: true, "b") == 1)
    #expect(throws: InputError.self) { try cursor.integer(UInt32.self, "c") }
    #expect(cursor.remaining == 1)
  }
}
