import ArrayFiles
import Foundation
import InputOutput
import Randomness
import TestSupport
import Testing

/// The readers, each with sound files to begin from and with what it took to hold the result.
enum MutatedFormat: String, CaseIterable {
  case npy, npzStored, npzDeflated, safetensors, idx, idxPacked

  static let arrays: [(name: String, array: NumericArray)] = [
    ("weight", NumericArray(shape: [2, 3], floats: [1, 2, 3, 4, 5, 6])),
    ("bias", NumericArray(shape: [3], integers: [7, 8, 9])),
    ("zeros", NumericArray(shape: [40], uint8: [UInt8](repeating: 0, count: 40))),
  ]

  func seed() throws -> [UInt8] {
    switch self {
    case .npy: NPY.bytes(Self.arrays[0].array)
    case .npzStored: try NPZ.bytes(Self.arrays, compressed: false)
    case .npzDeflated: try NPZ.bytes(Self.arrays, compressed: true)
    case .safetensors: Safetensors.bytes(Self.arrays)
    case .idx: IDX.bytes(Self.arrays[0].array)
    case .idxPacked: Gzip.pack(IDX.bytes(Self.arrays[0].array))
    }
  }

  /// Reads `data` and gives the number of bytes of all arrays.
  func read(_ data: Data) throws(InputError) -> Int {
    switch self {
    case .npy: try NPY.read(data, source: "m").bytes.count
    case .npzStored, .npzDeflated:
      try NPZ.read(data, source: "m").reduce(0) { $0 + $1.array.bytes.count }
    case .safetensors:
      try Safetensors.read(data, source: "m").reduce(0) { $0 + $1.array.bytes.count }
    case .idx, .idxPacked: try IDX.read(data, source: "m").bytes.count
    }
  }
}

@Suite struct MutationTests {
  static let cases = 100_000

  @Test(
    "100,000 mutated files are read or refused, and never grow beyond what deflate can hold",
    arguments: MutatedFormat.allCases)
  func mutations(format: MutatedFormat) throws {
    let seed = try format.seed()
    #expect(try format.read(Data(seed)) > 0)
    var random = RandomStream(StreamKey(seed: 1).child(format.rawValue))
    var read = 0
    var refused = 0
    for _ in 0..<Self.cases {
      var bytes = seed
      for _ in 0..<1 + random.index(below: 4) { Self.mutate(&bytes, &random) }
      do throws(InputError) {
        let size = try format.read(Data(bytes))
        if size > 1032 * bytes.count { Issue.record("\(bytes.count) bytes became \(size)") }
        read += 1
      } catch {
        refused += 1
      }
    }
    #expect(read + refused == Self.cases)
    #expect(refused > Self.cases / 10)
  }

  private static func mutate(_ bytes: inout [UInt8], _ random: inout RandomStream) {
    guard !bytes.isEmpty else { return }
    let at = random.index(below: bytes.count)
    switch random.index(below: 6) {
    case 0: bytes[at] ^= 1 << UInt8(random.index(below: 8))
    case 1: bytes[at] = UInt8(random.index(below: 256))
    case 2: bytes[at] = [0, 0xff, 0x7f, 0x80, 0x39][random.index(below: 5)]
    case 3: bytes.removeSubrange(at..<min(bytes.count, at + 1 + random.index(below: 16)))
    case 4: bytes.insert(UInt8(random.index(below: 256)), at: at)
    default:
      let length = min(1 + random.index(below: 8), bytes.count - at)
      let from = random.index(below: bytes.count - length + 1)
      bytes.replaceSubrange(at..<at + length, with: Array(bytes[from..<from + length]))
    }
  }
}
