import ArrayFiles
import Foundation
import InputOutput
import Networks
import Testing

@Suite struct NetworkDescriptionTests {
  static let folder =
    Bundle.module.url(forResource: "Fixtures", withExtension: nil)!.path
    + "/description"

  @Test(
    "a described network gives the outputs of the PyTorch network it was saved from",
    arguments: ["cnn", "lstm", "gru", "rnn"])
  func matches(name: String) throws {
    let path = "\(Self.folder)/\(name).yaml"
    let network = try NetworkDescription(path: path).network(source: path)
    let expected = try NPZ.read(path: "\(Self.folder)/expected.npz")
    let (x, y) = (try expected.array("\(name)_x"), try expected.array("\(name)_y"))
    let result = try network.evaluate(
      Tensor(shape: x.shape, elements: x.floats), engine: DigitalEngine(network))
    #expect(result.elements.count == y.count)
    for (a, b) in zip(result.elements, y.floats) { #expect(abs(a - b) < 1e-4) }
  }

  @Test("what is written is read back", arguments: ["cnn", "lstm"], [false, true])
  func roundTrip(name: String, asNPZ: Bool) throws {
    let description = try NetworkDescription(path: "\(Self.folder)/\(name).yaml")
    let folder = FileManager.default.temporaryDirectory.path + "/ow-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try description.write(to: "\(folder)/copy.yaml", asNPZ: asNPZ)
    let copy = try NetworkDescription(path: "\(folder)/copy.yaml")
    #expect(copy.layers == description.layers && copy.inputShape == description.inputShape)
    for (name, array) in description.arrays { #expect(copy.arrays[name]?.floats == array.floats) }
  }

  @Test(
    "faults are told with their place",
    arguments: [
      ("{type: dens, name: head}", "did you mean 'dense'"),
      ("{type: dense, name: haed}", "did you mean 'head.weight'"),
      ("{type: dense, name: head, units: 3}", "unknown key 'units'"),
      ("{type: dense}", "the key 'name' is missing"),
      ("{type: max-pool, kernel: [0]}", "a whole number from 1"),
    ])
  func faults(layer: String, message: String) throws {
    let folder = FileManager.default.temporaryDirectory.path + "/ow-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let weights = try InputFile.bytes(of: "\(Self.folder)/gru.npz")
    try AtomicFile.write(weights, to: "\(folder)/w.npz")
    try AtomicFile.write(
      "title: t\ninput: [4]\nweights: w.npz\nlayers:\n  - \(layer)\n", to: "\(folder)/n.yaml")
    var told = ""
    do {
      _ = try NetworkDescription(path: "\(folder)/n.yaml").network(source: "n.yaml")
    } catch let error as InputErrors {
      told = error.description
    } catch let error as InputError {
      told = error.description
    }
    #expect(told.contains(message), "\(told)")
  }

  @Test("weights outside the folder are refused", arguments: ["../w.npz", "/etc/passwd", ".."])
  func outside(name: String) throws {
    let folder = FileManager.default.temporaryDirectory.path + "/ow-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try AtomicFile.write(
      "title: t\ninput: [4]\nweights: \(name)\nlayers:\n  - {type: flatten}\n",
      to: "\(folder)/n.yaml")
    #expect(throws: InputErrors.self) { try NetworkDescription(path: "\(folder)/n.yaml") }
  }

  @Test("arrays of which only shapes are given depend on seed and name, and fill ±1/√inputs")
  func drawn() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/ow-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func arrays(seed: Int, _ shapes: String) throws -> NamedArrays {
      try AtomicFile.write(
        "title: t\ninput: [64]\nweights:\n  seed: \(seed)\n  shapes: {\(shapes)}\n"
          + "layers:\n  - {type: dense, name: a}\n", to: "\(folder)/n.yaml")
      return try NetworkDescription(path: "\(folder)/n.yaml").arrays
    }
    let one = try arrays(seed: 1, "a.weight: [100, 64]")["a.weight"]?.floats ?? []
    let both = try arrays(seed: 1, "b.weight: [100, 64], a.weight: [100, 64]")
    #expect(both["a.weight"]?.floats == one && both["b.weight"]?.floats != one)
    #expect(try arrays(seed: 2, "a.weight: [100, 64]")["a.weight"]?.floats != one)
    // Uniform within ±1/8: 6,400 numbers, the variance 1/192 within 5 %.
    #expect(one.count == 6400 && one.allSatisfy { abs($0) <= 0.125 })
    let variance = one.reduce(0.0) { $0 + Double($1 * $1) } / 6400
    #expect(abs(variance * 192 - 1) < 0.05)
    for wrong in ["a.weight: [0, 64]", "a.weight: [16777216, 16777216]", ""] {
      #expect(throws: InputErrors.self, "\(wrong)") { try arrays(seed: 1, wrong) }
    }
  }
}
