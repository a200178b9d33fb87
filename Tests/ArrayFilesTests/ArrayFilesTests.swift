import ArrayFiles
import Foundation
import InputOutput
import Testing

@Suite struct ArrayFilesTests {
  static let arrays: [(name: String, array: NumericArray)] = [
    ("floats", NumericArray(shape: [2, 3], floats: [1, 2, 3, -4, 5.5, 1e-20])),
    ("doubles", NumericArray(shape: [4], doubles: [0, -1, .pi, 1e300])),
    ("integers", NumericArray(shape: [], integers: [-7])),
    ("empty", NumericArray(shape: [0, 5], floats: [])),
  ]

  @Test("what is written to NPZ is read back, and the same arrays give the same bytes")
  func roundTrip() throws {
    let bytes = try NPZ.bytes(Self.arrays)
    #expect(try bytes == NPZ.bytes(Self.arrays))
    let back = try NPZ.read(Data(bytes), source: "t.npz")
    for (name, array) in Self.arrays { #expect(back[name] == array) }
  }

  @Test("Fortran order and big-endian numbers come out in C order")
  func fortran() throws {
    func npy(_ header: String, _ data: [UInt8], major: UInt8 = 1) -> Data {
      let length = header.utf8.count
      let size: [UInt8] =
        major == 1
        ? [UInt8(length & 255), UInt8(length >> 8)]
        : [UInt8(length & 255), UInt8(length >> 8), 0, 0]
      return Data([0x93] + Array("NUMPY".utf8) + [major, 0] + size + Array(header.utf8) + data)
    }
    let fortran = try NPY.read(
      npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", [1, 4, 2, 5, 3, 6]),
      source: "f")
    #expect(fortran.integers == [1, 2, 3, 4, 5, 6])
    let big = try NPY.read(
      npy("{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }", [0, 1, 1, 0], major: 2),
      source: "b")
    #expect(big.integers == [1, 256])
    let half = try NPY.read(
      npy("{'descr': '<f2', 'fortran_order': False, 'shape': (3,), }", [0, 0x3C, 1, 0, 0, 0xC0]),
      source: "h")
    #expect(half.floats == [1, 0x1p-24, -2])
  }

  @Test("an IDX file is read and its size is held against its header")
  func idx() throws {
    let good = Data([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4])
    #expect(try IDX.read(good, source: "i").integers == [1, 2, 3, 4])
    #expect(throws: InputError.self) { try IDX.read(good.dropLast(), source: "i") }
    let huge = Data([0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1])
    #expect(throws: InputError.self) { try IDX.read(huge, source: "i") }
  }

  @Test("a gzip file is unpacked up to a limit, and damage is found")
  func gzip() throws {
    let path = #filePath + "/../../../Examples/mnist/t10k-labels-idx1-ubyte.gz"
    let packed = try InputFile.bytes(of: URL(filePath: path).standardizedFileURL.path)
    let labels = try IDX.read(Gzip.unpack(packed, budget: InputBudget("l")), source: "l")
    #expect(labels.shape == [10_000])
    #expect(throws: InputError.self) {
      try Gzip.unpack(packed, budget: InputBudget("l", limit: 100))
    }
    #expect(throws: InputError.self) {
      try Gzip.unpack(packed.dropLast(100), budget: InputBudget("l"))
    }
  }
}
