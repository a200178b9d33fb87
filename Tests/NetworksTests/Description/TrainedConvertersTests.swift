import ArrayFiles
import Foundation
import InputOutput
import Networks
import Testing

/// The converters of training in a network's description.
@Suite struct TrainedConvertersTests {
  static let converters = TrainedConverters(
    inputBits: 8, inputRange: 0.1234567, outputBits: 6, usesRamps: true, activation: "relu",
    tileRows: 3,
    outputRanges: [1.1, 2.0e-7],
    largestWeight: 0.7)

  /// 6 inputs, 4 outputs.
  private func network(_ converters: String, in folder: String) throws -> NetworkDescription {
    let arrays = [("a.weight", NumericArray(shape: [4, 6], floats: (0..<24).map { Float($0) }))]
    try NPZ.write(arrays.map { (name: $0.0, array: $0.1) }, to: "\(folder)/w.npz")
    try AtomicFile.write(
      "title: t\ninput: [6]\nweights: w.npz\nlayers:\n  - {type: dense, name: a, converters: \(converters)}\n",
      to: "\(folder)/n.yaml")
    return try NetworkDescription(path: "\(folder)/n.yaml")
  }

  private func folder() throws -> String {
    let path = FileManager.default.temporaryDirectory.path + "/ow-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  @Test("what is written is read back to the same bits and reaches the matrix")
  func roundTrip() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var description = try network(
      "{dac-bits: none, input-range: absolute-maximum, adc-bits: none, largest-weight: 23}",
      in: folder)
    let plain = TrainedConverters(
      inputBits: nil, inputRange: nil, outputBits: nil, tileRows: 1, outputRanges: [],
      largestWeight: 23)
    var sliced = Self.converters
    (sliced.activation, sliced.convertedSums, sliced.sliceCount) = (nil, "bit-sliced:8:4", 2)
    sliced.outputRanges += [3, 4]
    for one in [plain, Self.converters, sliced, nil] {
      description.converters[0] = [one]
      try description.write(to: "\(folder)/copy.yaml")
      let copy = try NetworkDescription(path: "\(folder)/copy.yaml")
      #expect(copy.converters == [0: [one]])
      #expect(try copy.network(source: "copy").sites[0].converters == one)
    }
  }

  @Test(
    "what is not right is refused with its place",
    arguments: [
      ("input-range: -1", "outside"), ("input-range: .inf", "not a finite number"),
      ("input-range: 1e300", "outside"), ("dac-bits: 99", "99 is outside 2…16"),
      ("adc: ramps", "did you mean 'ramp'"), ("adc-bits: 1", "1 is outside 2…16"),
      ("tile-rows: 0", "0 is outside"),
      ("tile-rows: 99999999999999999999", "not a whole number"),
      ("output-ranges: [1, nan]", "not a finite number"),
      ("output-ranges: [1, 0]", "outside"), ("output-ranges: 3", "a list is expected"),
      ("output-ranges: [1, 2, 3]", "'output-ranges' has 3 numbers, 6 rows in tiles of 3 need 2"),
      ("largest-weight: 0", "outside"), ("largest-weight: many", "not a finite number"),
      ("adc-bitz: 8", "unknown key 'adc-bitz'"),
    ])
  func refused(line: String, message: String) throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var keys = [
      "dac-bits": "8", "input-range": "1", "adc-bits": "8", "tile-rows": "3",
      "output-ranges": "[1, 2]", "largest-weight": "1",
    ]
    let cut = line.firstIndex(of: ":")!
    keys[String(line[..<cut])] = String(line[line.index(after: cut)...])
    let text = keys.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    var told = ""
    do {
      _ = try network("{\(text.joined(separator: ", "))}", in: folder).network(source: "n.yaml")
    } catch let error as InputErrors {
      told = error.description
    } catch let error as InputError {
      told = error.description
    }
    #expect(told.contains(message), "\(told)")
  }

  @Test("a key that is missing, and converters of a layer without weights, are refused")
  func missing() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for text in ["{dac-bits: 8}", "[1, 2]", "3", "{}"] {
      #expect(throws: InputErrors.self, "\(text)") { try network(text, in: folder) }
    }
    try AtomicFile.write(
      "title: t\ninput: [6]\nweights: w.npz\nlayers:\n  - {type: relu, converters: {}}\n",
      to: "\(folder)/n.yaml")
    #expect(throws: InputErrors.self) { try NetworkDescription(path: "\(folder)/n.yaml") }
  }
}
