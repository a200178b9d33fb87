import ArrayFiles
import Foundation

/// Sound files to begin from.
struct Corpus {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../..").standardizedFileURL.path

  let onnx: [[UInt8]]
  let devices: [String]
  let networks: [String]
  let costs: [String]
  let trainings: [String]
  let studies: [String]
  let databases: [[UInt8]]
  let words: [String]

  init() throws {
    func files(_ folder: String, _ suffix: String, largest: Int = 1 << 16) -> [String] {
      let names =
        (try? FileManager.default.contentsOfDirectory(atPath: Self.root + "/" + folder)) ?? []
      return names.filter { $0.hasSuffix(suffix) }.sorted().map {
        Self.root + "/" + folder + "/" + $0
      }
      .filter { (FileManager.default.contents(atPath: $0)?.count ?? .max) <= largest }
    }
    func texts(_ folder: String, _ suffix: String) throws -> [String] {
      try files(folder, suffix).map { try String(contentsOfFile: $0, encoding: .utf8) }
    }
    onnx = files("Tests/NetworksTests/Fixtures/onnx", ".onnx").compactMap {
      FileManager.default.contents(atPath: $0).map { [UInt8]($0) }
    }
    devices = try texts("device-models", ".yaml")
    networks = try texts("Tests/NetworksTests/Fixtures/description", ".yaml")
    costs = try texts("circuits/costs", ".yaml")
    trainings = try texts("Examples/training", ".yaml") + texts("Examples/recurrent", ".yaml")
    studies =
      try texts("Examples/sweeps", ".yaml") + texts("Examples/wires", ".yaml") + Self.studies
    databases = files("Tests/Hostile/14", ".sqlite").compactMap {
      FileManager.default.contents(atPath: $0).map { [UInt8]($0) }
    }
    let all = (devices + networks + costs + trainings + studies).joined(separator: "\n")
    words = Array(
      Set(all.split { " \n:{}[],#'\"".contains($0) }.map(String.init).filter { $0.count < 40 })
    ).sorted()
  }

  /// One study for each job that reads many keys.
  private static let studies = [
    """
    study: converters
    job: adc
    settings: {function: gelu, chips: 3, bits: 4, device: hfo2-1t1r, stuck-off: 0.01}
    parameters:
      convention: {values: [floor, mid-tread]}
      time: {range: {from: 1, to: 1e6, count: 3, scale: logarithmic}, unit: s}
    """,
    """
    study: arrays
    job: solve
    settings: {rows: 8, columns: 8, law: sinh, capacitance: 1 fF, settling-bits: 4}
    parameters: {wire-resistance: {values: [0.1 Ohm, 10 Ohm]}}
    repeats: 2
    """,
    """
    study: pulses
    job: device pulse
    settings: {device: reram-es, population: 20, pulses: 10}
    parameters: {device.pulses.step.spread: {values: [0, 0.1]}}
    """,
    """
    study: formulas
    job: formula
    settings: {metric.y: a * b + normal, draws: 3}
    parameters: {a: {range: {from: 0, to: 1, count: 5}}, b: {values: [1, 2, 3]}}
    derived: {c: {formula: "sqrt(a^2 + b^2)", key: none}}
    zip: []
    specification: {y: {minimum: 0.5}}
    figures: [{metric: y, x: a, lines: b}]
    """,
    """
    study: network
    job: map
    settings: {model: circuits/networks/digits-mlp.yaml, data: Examples/digits/digits-test.npz, samples: 2}
    parameters: {adc-bits: {values: [4, 8]}, tile: {values: [16x16, 64x64]}}
    """,
  ]
}
