import DeviceModels
import Foundation
import LinearAlgebra
import Networks
import PhysicalUnits
import Randomness
import StrictYAML
import Testing
import Training

/// Equilibrium propagation in circuits and on cells: what is ideal changes nothing, and every error has its law.
@Suite struct SettlingHardwareTests {
  static let x = Matrix(
    rowCount: 9, columnCount: 5, elements: Noise.uniform(45, StreamKey(seed: 9)))
  static let labels = (0..<9).map { Int32($0 % 3) }

  static func learning(_ hidden: [Int] = [8, 6]) -> EquilibriumPropagation {
    let network = EquilibriumPropagationTests.random(
      .resistive(inputGain: 3), hidden, seed: 5)
    var learning = EquilibriumPropagation(
      network: network, rate: 0.05, window: 0.001...1.2, key: StreamKey(seed: 2))
    learning.nudging = 0.05
    (learning.sweeps, learning.nudgedSweeps) = (300, 300)
    return learning
  }

  static func circuit(_ change: (inout SettlingHardware) -> Void) -> EquilibriumPropagation {
    var learning = learning()
    var hardware = SettlingHardware()
    change(&hardware)
    learning.hardware = hardware
    return learning
  }

  static func dense(
    _ learning: EquilibriumPropagation, _ step: EquilibriumPropagation.Step
  ) -> [Double] {
    var result: [Double] = []
    for (k, matrix) in learning.network.matrices.enumerated() {
      let change: [Float] =
        step.denseChanges.isEmpty ? matrix.dense(step.changes[k]) : step.denseChanges[k]
      for number in change { result.append(Double(number)) }
    }
    return result
  }

  @Test(
    "wires of almost no resistance give the changes of ideal ones",
    arguments: EquilibriumPropagation.Gradient.allCases)
  func idealLimit(way: EquilibriumPropagation.Gradient) throws {
    var ideal = Self.learning()
    ideal.gradient = way
    var wired = Self.circuit {
      $0.segment = Ohms(1e-4)
      $0.voltageUnit = 0.02
    }
    wired.gradient = way
    let (a, b) = (
      ideal.changes(Self.x, labels: Self.labels, step: 0),
      try wired.circuitChanges(Self.x, labels: Self.labels, step: 0)
    )
    #expect(abs(a.loss - b.loss) < 1e-4 * a.loss)
    #expect(a.correct == b.correct)
    let (u, v) = (Self.dense(ideal, a), Self.dense(wired, b))
    let found = EquilibriumPropagationTests.cosine(u, v)
    #expect(found.cosine > 0.99999)
    #expect(abs(found.ratio - 1) < 2e-3)
    for (p, q) in zip(a.biasChanges.joined(), b.biasChanges.joined()) {
      #expect(abs(p - q) < 2e-5)
    }
    let outputs = try wired.circuitOutputs(Self.x)
    for (p, q) in zip(outputs.elements, ideal.outputs(Self.x).elements) {
      #expect(abs(p - q) < 1e-4)
    }
  }

  @Test("behind wires, cells learn the gradient, and lines only nearly")
  func readings() throws {
    func changes(_ way: EquilibriumPropagation.Gradient, atCells: Bool) throws -> [Double] {
      var learning = Self.circuit {
        $0.segment = Ohms(20)
        $0.readsAtCells = atCells
      }
      learning.gradient = way
      learning.nudging = 0.01
      return Self.dense(
        learning, try learning.circuitChanges(Self.x, labels: Self.labels, step: 0))
    }
    let exact = try changes(.backpropagation, atCells: true)
    let cells = EquilibriumPropagationTests.cosine(
      try changes(.equilibriumPropagation, atCells: true), exact
    ).cosine
    let lines = EquilibriumPropagationTests.cosine(
      try changes(.equilibriumPropagation, atCells: false), exact
    ).cosine
    #expect(cells > 0.999)
    #expect(lines < cells && lines > 0.5)
  }

  @Test("hardware without errors leaves the bits as they are")
  func sameBits() {
    var (plain, held) = (Self.learning(), Self.learning())
    held.hardware = SettlingHardware()
    var written = held
    written.cells = SettlingCells(writing: written.network, error: 0, key: StreamKey(seed: 1))
    for step in 0..<3 {
      plain.apply(plain.changes(Self.x, labels: Self.labels, step: step))
      held.apply(held.changes(Self.x, labels: Self.labels, step: step))
      written.apply(written.changes(Self.x, labels: Self.labels, step: step))
    }
    #expect(plain.network.matrices.map(\.weights) == held.network.matrices.map(\.weights))
    for (a, b) in zip(plain.network.matrices, written.network.matrices) {
      for (p, q) in zip(a.weights, b.weights) { #expect(abs(p - q) < 1e-6) }
    }
  }

  @Test("the noise of readings reaches the gradient with its own variance")
  func readNoise() {
    let quiet = Self.learning([8])
    var noisy = quiet
    noisy.hardware = SettlingHardware()
    noisy.hardware?.readNoise = 1e-3
    let exact = quiet.changes(Self.x, labels: Self.labels, step: 0).biasChanges[1]
    // A bias of an output changes by rate/(2β) times the mean difference of two readings per sample.
    let factor: Double = 0.05 / (2 * 0.05)
    let expected: Double = factor * 1e-3 * (2.0 / 9.0).squareRoot()
    var square: Double = 0
    for step in 0..<400 {
      let found = noisy.changes(Self.x, labels: Self.labels, step: step).biasChanges[1]
      for (a, b) in zip(found, exact) {
        let difference = Double(a - b)
        square += difference * difference / 1200
      }
    }
    let ratio: Double = square.squareRoot() / expected
    #expect(ratio > 0.92 && ratio < 1.08)
  }

  @Test(
    "what all cells lose alike between the phases hardly turns the gradient, what each loses alone does"
  )
  func drift() throws {
    var withoutBiases = Self.learning([8])
    withoutBiases.network.biases = withoutBiases.network.biases.map { $0.map { _ in 0 } }
    func changes(_ deviation: String) throws -> [Double] {
      let file = try StrictFile(
        text: "{law: power, origin: 1 s, exponent: 0.01, exponent-deviation: \(deviation)}",
        source: "drift")
      var learning = withoutBiases
      learning.hardware = SettlingHardware()
      learning.hardware?.drift = .init(
        law: ConductanceDrift(reading: file.root), delay: Seconds(1))
      return Self.dense(learning, learning.changes(Self.x, labels: Self.labels, step: 0))
    }
    var exact = withoutBiases
    exact.gradient = .backpropagation
    let gradient = Self.dense(exact, exact.changes(Self.x, labels: Self.labels, step: 0))
    let (alike, alone) = (
      EquilibriumPropagationTests.cosine(try changes("0"), gradient).cosine,
      EquilibriumPropagationTests.cosine(try changes("0.03"), gradient).cosine
    )
    #expect(alike > 0.98)
    #expect(alone < alike - 0.05)
  }

  @Test("the same bits of a circuit on any number of threads")
  func threads() throws {
    func trained(_ threads: Int) throws -> [[Float]] {
      let before = Parallel.threadCount
      Parallel.threadCount = threads
      defer { Parallel.threadCount = before }
      var learning = Self.circuit {
        $0.segment = Ohms(10)
        $0.diode = .init(saturationCurrent: 1e-9, emissionVoltage: 0.04)
        $0.readNoise = 1e-4
      }
      learning.cells = SettlingCells(
        writing: learning.network, error: 0.01, key: StreamKey(seed: 1))
      for step in 0..<3 {
        learning.apply(try learning.circuitChanges(Self.x, labels: Self.labels, step: step))
      }
      return learning.network.matrices.map(\.weights)
    }
    let one = try trained(1)
    #expect(try trained(2) == one)
    #expect(try trained(5) == one)
  }
}
