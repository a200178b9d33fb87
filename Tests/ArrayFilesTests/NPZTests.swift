import ArrayFiles
import Foundation
import InputOutput
import Testing

/// The path of a file of this target's fixtures.
func fixture(_ name: String) -> String {
  Bundle.module.resourceURL!.appending(path: "Fixtures/\(name)").path
}

@Suite struct NPZTests {
  @Test(
    "every type, byte order and memory order that NumPy writes is read",
    arguments: ["numpy-stored.npz", "numpy-deflated.npz"])
  func numpyFiles(name: String) throws {
    let file = try NPZ.read(path: fixture(name))
    #expect(file.names.count == 37)
    for name in file.names where name.contains("_") {
      let array = try file.array(name)
      #expect(array.shape == [2, 3])
      #expect(array.floats == [0, 1, 2, 100, 50, 7], "\(name)")
      #expect(array.doubles == [0, 1, 2, 100, 50, 7], "\(name)")
      #expect(array.integers == [0, 1, 2, 100, 50, 7], "\(name)")
    }
    #expect(try file.array("flags").elementType == .bool)
    #expect(try file.array("flags").integers == [1, 0, 1])
    #expect(try file.array("scalar").shape == [])
    #expect(try file.array("scalar").doubles == [2.5])
    #expect(try file.array("empty").shape == [0, 4])
    #expect(try file.array("cube").integers == Array(0..<24))
    #expect(file.text("note") == "conductances, µS")
    #expect(try NPZ.text("note", path: fixture(name)) == "conductances, µS")
    #expect(file.text("cube") == nil)
  }

  @Test("NPY headers of versions 1 to 3 are read", arguments: 1...3)
  func versions(version: Int) throws {
    let array = try NPY.read(path: fixture("version\(version).npy"))
    #expect(array == NumericArray(shape: [2, 3], floats: [0, 1, 2, 3, 4, 5]))
  }

  @Test("what is written is read back, bit by bit", arguments: [true, false])
  func roundTrip(compressed: Bool) throws {
    let entries: [(name: String, array: NumericArray)] = [
      ("g", NumericArray(shape: [3, 4, 5], floats: (0..<60).map { Float($0) / 7 })),
      ("d", NumericArray(shape: [3], doubles: [1.5, .infinity, -0.0])),
      ("i", NumericArray(shape: [1, 2], integers: [-1, .max])),
      ("none", NumericArray(shape: [0], uint8: [])),
      ("half", NumericArray(shape: [2], rounding: [0.1, 65504], to: .float16)),
    ]
    let bytes = try NPZ.bytes(entries, compressed: compressed)
    let back = try NPZ.read(Data(bytes), source: "memory")
    #expect(back.names == entries.map(\.name))
    for (name, array) in entries { #expect(back[name] == array) }
    #expect(try NPZ.bytes(entries, compressed: compressed) == bytes)
    for (_, array) in entries {
      #expect(try NPY.read(Data(NPY.bytes(array)), source: "memory") == array)
    }
    #expect(try NPZ.read(Data(try NPZ.bytes([])), source: "empty").names.isEmpty)
  }

  @Test("a size that the file cannot hold is refused before memory is taken")
  func lyingHeader() throws {
    for size in ["4000000000000000000,", "5,", "4611686018427387904,", "99999999999999999999,"] {
      let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(size))}"
      let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, UInt8(text.utf8.count), 0]
      let elements = [UInt8](repeating: 0, count: 16)
      let lie = magic + Array(text.utf8) + elements
      #expect(throws: InputError.self, "\(size)") { try NPY.read(Data(lie), source: "lie") }
    }
    let zeros = NumericArray(shape: [1 << 20], uint8: [UInt8](repeating: 0, count: 1 << 20))
    let archive = try NPZ.bytes([("z", zeros)])
    #expect(archive.count < 1 << 12)
    do {
      _ = try NPZ.read(Data(archive), budget: InputBudget("bomb.npz", limit: 1 << 19))
      Issue.record("an archive beyond the limit was read")
    } catch {
      #expect(error.description.contains("more memory than the 524288 bytes"))
    }
  }

  @Test("two entries of one name are refused")
  func duplicates() throws {
    let one = NumericArray(shape: [1], floats: [1])
    var bytes = try NPZ.bytes([("aa", one), ("ab", one)], compressed: false)
    bytes = replacing("ab.npy".utf8, in: bytes, with: "aa.npy")
    do {
      _ = try NPZ.read(Data(bytes), source: "twice.npz")
      Issue.record("a name that stands twice was accepted")
    } catch {
      #expect(error.description.contains("twice"))
    }
  }

  @Test("a damaged element is found by the archive's checksum")
  func checksum() throws {
    let array = NumericArray(shape: [100], uint8: [UInt8](repeating: 7, count: 100))
    var bytes = try NPZ.bytes([("a", array)], compressed: false)
    let at = bytes.firstIndex(of: 7)! + 60
    #expect(bytes[at] == 7)
    bytes[at] = 8
    #expect(throws: InputError.self) { try NPZ.read(Data(bytes), source: "damaged.npz") }
  }

  @Test("an unknown array is named with its nearest neighbor, and NaN with its place")
  func lookUp() throws {
    let file = NamedArrays(
      source: "w.npz",
      [
        ("weight", NumericArray(shape: [2], doubles: [1, .nan])),
        ("bias", NumericArray(shape: [1], doubles: [1])),
      ])
    #expect {
      try file.array("wieght")
    } throws: {
      "\($0)".contains("did you mean 'weight'")
    }
    #expect {
      try file.floats("weight", shape: [2])
    } throws: {
      "\($0)".contains("element 1 is nan")
    }
    #expect {
      try file.floats("bias", shape: [1, 4])
    } throws: {
      "\($0)".contains("has the shape 1, 1×4 is expected")
    }
  }

  private func replacing(
    _ old: some Collection<UInt8>, in bytes: [UInt8], with new: String
  ) -> [UInt8] {
    var result: [UInt8] = []
    var at = 0
    while at < bytes.count {
      if bytes[at...].starts(with: old) {
        result += Array(new.utf8)
        at += old.count
      } else {
        result.append(bytes[at])
        at += 1
      }
    }
    return result
  }
}
