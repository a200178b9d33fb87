import ArrayFiles
import Foundation
import InputOutput
import TestSupport
import Testing

@Suite struct IDXTests {
  @Test("the bytes of the published format are read")
  func published() throws {
    let bytes: [UInt8] = [0, 0, 11, 2, 0, 0, 0, 2, 0, 0, 0, 1, 1, 2, 0xff, 0xfe]
    let array = try IDX.read(Data(bytes), source: "t")
    #expect(array.shape == [2, 1])
    #expect(array.elementType == .int16)
    #expect(array.integers == [258, -2])
    #expect(IDX.bytes(array) == bytes)
  }

  @Test(
    "every type is read back as it was written, plain and compressed",
    arguments: [ElementType.uint8, .int8, .int16, .int32, .float32, .float64])
  func roundTrip(type: ElementType) throws {
    let bytes = (0..<6 * type.byteCount).map { UInt8($0 * 5) }
    let array = NumericArray(shape: [3, 1, 2], bytes: bytes, elementType: type)
    #expect(try IDX.read(Data(IDX.bytes(array)), source: "plain") == array)
    let packed = Gzip.pack(IDX.bytes(array))
    #expect(try IDX.read(Data(packed), source: "packed") == array)
    let path = NSTemporaryDirectory() + "ohmweave-\(UUID().uuidString).idx.gz"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try IDX.write(array, to: path)
    #expect(try IDX.read(path: path) == array)
    #expect(try InputFile.bytes(of: path) == Data(packed))
  }

  @Test("a file that is shorter or longer than its header says is refused")
  func sizes() throws {
    let good = IDX.bytes(NumericArray(shape: [4], uint8: [1, 2, 3, 4]))
    for bad in [Array(good.dropLast()), good + [0], [0, 0, 8, 1, 0xff, 0xff, 0xff, 0xff, 1]] {
      #expect(throws: InputError.self) { try IDX.read(Data(bad), source: "plain") }
      #expect(throws: InputError.self) { try IDX.read(Data(Gzip.pack(bad)), source: "gz") }
    }
    let packed = Gzip.pack(good)
    for length in 0..<packed.count {
      #expect(throws: InputError.self) {
        try IDX.read(Data(packed.prefix(length)), source: "cut")
      }
    }
  }

  @Test("gzip expands several members, and nothing beyond its limit")
  func gzip() throws {
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * $0 >> 5) }
    let packed = Gzip.pack(bytes)
    #expect(packed.count < bytes.count)
    #expect(
      try Gzip.unpack(Data(packed + packed), budget: InputBudget("two")) == Data(bytes + bytes))
    #expect(throws: InputError.self) {
      try Gzip.unpack(Data(packed), budget: InputBudget("large", limit: bytes.count - 1))
    }
    #expect(throws: InputError.self) {
      try Gzip.unpack(Data(packed + [1, 2]), budget: InputBudget("tail"))
    }
    #expect(try Gzip.unpack(Data(Gzip.pack([])), budget: InputBudget("none")).isEmpty)
  }
}
