import ArrayFiles
import Foundation
import InputOutput
import LinearAlgebra
import Networks
import Randomness
import StrictYAML
import TestSupport
import Testing
import Training

/// A fitted network in the place of a measured physical system.
@Suite struct MeasuredSystemTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// Any system with 40 drives and 10 outputs, for the features of `PhysicalLocalTests`.
  private static let chain = """
    [{type: dense, name: a}, {type: gelu}, {type: dense, name: b}]
    """

  /// Writes the file of a system; its path.
  private func system(_ layers: String = chain, _ name: String = "system") throws -> String {
    let path = "\(scratch.path)/\(name).yaml"
    try """
    title: a system
    input: [40]
    weights: {seed: 3, shapes: {a.weight: [16, 40], a.bias: [16], b.weight: [10, 16], c.weight: [16]}}
    layers: \(layers)
    """.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  /// A rule on a network that is the system alone.
  private func alone(_ keys: String) throws -> any TrainingRule {
    try PhysicalLocalTests.rule(
      """
      rule: {name: backpropagation}
      network: {layers: [{type: fixed-network, file: \(try system()), \(keys)}]}
      """)
  }

  /// Samples × 40 numbers of both signs.
  private static let x = Matrix(
    rowCount: 30, columnCount: 40, elements: normal(1200, seed: 5, "x").map { 2 * $0 })

  /// What the network of the file gives for drives.
  private func answer(_ drives: [Float]) throws -> [Float] {
    let network = try NetworkDescription(path: system()).network(source: "system")
    return try network.evaluate(
      Tensor(shape: [30, 40], elements: drives), engine: DigitalEngine(network)
    ).elements
  }

  private func expectEqual(_ found: Matrix<Float>, _ expected: [Float]) {
    let size = expected.reduce(0) { max($0, abs($1)) }
    #expect(found.elements.count == expected.count)
    for (a, b) in zip(found.elements, expected) { #expect(abs(a - b) < 1e-5 * size) }
  }

  @Test("drives are |x| of unit length, or x limited to the range; outputs are those of the file")
  func outputs() throws {
    let key = StreamKey(seed: 1)
    var clipped = try alone("drive: clip, low: -0.5, high: 2")
    expectEqual(
      try clipped.outputs(Self.x, key: key),
      try answer(Self.x.elements.map { min(2, max(-0.5, $0)) }))
    var scaled = try alone("low: 0.2, high: 1.2")
    var drives = Self.x.elements
    for s in 0..<30 {
      let row = s * 40..<(s + 1) * 40
      let length = drives[row].reduce(0) { $0 + $1 * $1 }.squareRoot()
      for k in row { drives[k] = 0.2 + abs(drives[k]) / length }
    }
    #expect(drives.allSatisfy { (0.2...1.2).contains($0) })
    expectEqual(try scaled.outputs(Self.x, key: key), try answer(drives))
  }

  @Test("a vector of zeros is the smallest drive")
  func silence() throws {
    var rule = try alone("low: 0.3, high: 1")
    let silent = Matrix<Float>(rowCount: 30, columnCount: 40)
    expectEqual(
      try rule.outputs(silent, key: StreamKey(seed: 1)),
      try answer(Array(repeating: 0.3, count: 1200)))
  }

  @Test("output noise has the deviation that is asked for, follows its key and outlives a resume")
  func noise() throws {
    var quiet = try alone("drive: clip")
    var rule = try alone("drive: clip, output-noise: 0.1")
    let (one, two) = (StreamKey(seed: 1), StreamKey(seed: 2))
    let exact = try quiet.outputs(Self.x, key: one).elements
    let size = (exact.reduce(0) { $0 + $1 * $1 } / Float(exact.count)).squareRoot()
    let first = try rule.outputs(Self.x, key: one)
    let errors = zip(first.elements, exact).map { $0 - $1 }
    let deviation = (errors.reduce(0) { $0 + $1 * $1 } / Float(errors.count)).squareRoot()
    // 300 numbers: the deviation is known to 4 %.
    #expect(abs(deviation / size / 0.1 - 1) < 0.16)
    #expect(try rule.outputs(Self.x, key: one) == first)
    #expect(try rule.outputs(Self.x, key: two) != first)
    // Later drives are weaker; the deviation stays that of the first read.
    let weak = Matrix(rowCount: 30, columnCount: 40, elements: Self.x.elements.map { 0.01 * $0 })
    let before = try rule.outputs(weak, key: one)
    var again = try alone("drive: clip, output-noise: 0.1")
    try again.restore(NamedArrays(source: "state", rule.state()))
    #expect(try again.outputs(weak, key: one) == before)
    var fresh = try alone("drive: clip, output-noise: 0.1")
    #expect(try fresh.outputs(weak, key: one) != before)
  }

  @Test("a layer before the system learns through it, and the system stays as it was measured")
  func learnsThrough() throws {
    let (x, labels) = PhysicalLocalTests.features(300, 1)
    let (test, truth) = PhysicalLocalTests.features(300, 2)
    var rule = try PhysicalLocalTests.rule(
      """
      rule: {name: backpropagation}
      optimizer: {name: adam, rate: 0.01}
      network: {layers: [{type: dense, outputs: 40},
        {type: fixed-network, file: \(try system()), drive: clip, low: -10, high: 10, name: cavity}]}
      """)
    let key = StreamKey(seed: 1)
    let before = PhysicalLocalTests.accuracy(try rule.outputs(test, key: key), truth)
    try PhysicalLocalTests.steps(&rule, 0..<200, x, labels)
    let after = PhysicalLocalTests.accuracy(try rule.outputs(test, key: key), truth)
    #expect(before < 0.3 && after > 0.6, "\(before) → \(after)")
    let measured = try NetworkDescription(path: system()).arrays
    let kept = rule.exported().arrays
    for name in ["a.weight", "a.bias", "b.weight"] {
      #expect(try kept.array("cavity.\(name)").floats == measured.array(name).floats)
    }
  }

  @Test(
    "blocks of a measured system and a map: the exported network gives the scores of the rule",
    arguments: ["physical-local, label: replace", "physical-backpropagation"], [false, true])
  func exports(rule name: String, skips: Bool) throws {
    let (x, labels) = PhysicalLocalTests.features(100, 1)
    func rule(_ physics: String) throws -> any TrainingRule {
      try PhysicalLocalTests.rule(
        """
        rule: {name: \(name), rate: 0.002}
        network: {width: 40, blocks: 2, skip: \(skips)}
        array: {physics: \(physics), file: \(try system())}
        """)
    }
    var trained = try rule("network")
    try PhysicalLocalTests.steps(&trained, 0..<20, x, labels)
    let scores = try trained.outputs(x, key: StreamKey(seed: 1))
    #expect(Set(scores.elements).count > 500)
    let network = try trained.exported().network(source: "exported")
    #expect(network.sites.count { $0.name.hasPrefix("physics") } == 4)
    #expect(network.sites.count { $0.name.hasPrefix("map") } == 2)
    let graph = try network.evaluate(
      Tensor(shape: [100, 40], elements: x.elements), engine: DigitalEngine(network))
    let size = scores.elements.reduce(0) { max($0, abs($1)) }
    for (a, b) in zip(scores.elements, graph.elements) { #expect(abs(a - b) < 1e-3 * size) }
    // The control of the same file: nothing comes out of the physics.
    var off = try rule("off")
    try PhysicalLocalTests.steps(&off, 0..<2, x, labels)
    let none = try off.outputs(x, key: StreamKey(seed: 1))
    let first = none.elements.prefix(10)
    #expect(skips == (0..<100).contains { none.elements[$0 * 10..<$0 * 10 + 10] != first })
  }

  @Test(
    "what is no system ends in one sentence that names the place",
    arguments: [
      ("[{type: dense, name: a}, {type: batch-normalization, name: c}]", "", "only dense layers"),
      ("[{type: dense, name: a}, {type: add, from: [1, 1]}]", "", "no branches"),
      ("[{type: dense, name: a}, {type: relu}]", ", output-noise: 0.1", "end in a dense layer"),
      ("[{type: dense, name: z}]", "", "z.weight"),
      (chain, ", low: 2", "above 'low'"),
      (chain, ", drive: loud", "unit-length"),
      (chain, ", curvature: 3", "curvature"),
      (chain, ", output-noise: 0.1, file: /nowhere/system.yaml", "/nowhere/system.yaml"),
    ])
  func refuses(layers: String, keys: String, expected: String) throws {
    let file = keys.contains("file:") ? "" : ", file: \(try system(layers))"
    #expect {
      _ = try PhysicalLocalTests.rule(
        """
        rule: {name: physical-local, label: replace}
        network: {width: 40}
        array: {physics: network\(file)\(keys)}
        """)
    } throws: { error in
      (error as? InputErrors)?.faults.count == 1 && "\(error)".contains(expected)
    }
  }

  @Test("a system that does not fit the width, and a change of its cells, are faults")
  func misfits() throws {
    for (rule, width, expected) in [
      ("label: replace", 30, "takes 40 drives, the layer before gives 30"),
      ("label: replace, change: {epoch: 1, what: scale, amount: 2}", 40, "cells of a crossbar"),
    ] {
      #expect {
        _ = try PhysicalLocalTests.rule(
          """
          rule: {name: physical-local, \(rule)}
          network: {width: \(width)}
          array: {physics: network, file: \(try system())}
          """)
      } throws: { "\($0)".contains(expected) }
    }
  }
}
