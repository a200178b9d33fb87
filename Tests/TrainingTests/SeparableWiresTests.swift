import ArrayFiles
import LinearAlgebra
import Networks
import Randomness
import Testing
import Training

@Suite struct SeparableWiresTests {
  static func settings(
    ohms: Double, rows: Int = 256, columns: Int = 256
  ) throws -> HardwareSettings {
    var settings = try WiredTrainingTests.settings(ohms: ohms, rows: rows, columns: columns)
    settings.wireModel = .separable
    return settings
  }

  /// The outputs of a pass for samples × inputs.
  static func outputs(
    _ product: inout DigitalSite, _ x: Matrix<Float>, isTraining: Bool,
    renewal: TrainingPass.Renewal = .exact
  ) -> [Float] {
    var z = [Float](repeating: 0, count: x.rowCount * product.outputs)
    product.begin(
      TrainingPass(key: StreamKey(seed: 1), isTraining: isTraining, renewal: renewal),
      samples: x.rowCount)
    product.forward(x.elements, samples: x.rowCount, into: &z)
    return z
  }

  @Test("factors are exact for a tile of one column of pairs")
  func oneColumn() throws {
    let w = WiredTrainingTests.weights(40, 1)
    let x = Matrix(rowCount: 5, columnCount: 40, elements: Noise.normal(200, StreamKey(seed: 2)))
    var product = DigitalSite(w).on(try Self.settings(ohms: 100))
    let exact = Self.outputs(&product, x, isTraining: false)
    let found = Self.outputs(&product, x, isTraining: true)
    var ideal = DigitalSite(w).on(try Self.settings(ohms: 0))
    let without = Self.outputs(&ideal, x, isTraining: true)
    #expect(WiredTrainingTests.distance(without, exact) > 0.05)
    #expect(WiredTrainingTests.distance(found, exact) < 1e-4)
  }

  @Test("over several tiles factors leave a small part of what the wires do", arguments: [1.0, 5])
  func outputs(ohms: Double) throws {
    let w = WiredTrainingTests.weights(150, 70)
    let x = Matrix(
      rowCount: 20, columnCount: 150, elements: Noise.uniform(3000, StreamKey(seed: 2)))
    var product = DigitalSite(w).on(try Self.settings(ohms: ohms, rows: 80, columns: 64))
    let exact = Self.outputs(&product, x, isTraining: false)
    let found = Self.outputs(&product, x, isTraining: true)
    var ideal = DigitalSite(w).on(try Self.settings(ohms: 0))
    let effect = WiredTrainingTests.distance(
      Self.outputs(&ideal, x, isTraining: true), exact)
    #expect(effect > 0.04)
    #expect(WiredTrainingTests.distance(found, exact) < 0.06 * effect)
  }

  @Test("between fits the factors stay, at a fit they follow the weights")
  func cadence() throws {
    let x = Matrix(
      rowCount: 8, columnCount: 60, elements: Noise.uniform(480, StreamKey(seed: 2)))
    var product = DigitalSite(WiredTrainingTests.weights(60, 30)).on(
      try Self.settings(ohms: 20))
    let old = Self.outputs(&product, x, isTraining: true)
    // Twice the weights fill the same window: what the cells carry stays, outputs are twice as large.
    for i in product.weights.values.indices { product.weights.values[i] *= 2 }
    let doubled = Self.outputs(&product, x, isTraining: true, renewal: .factors)
    #expect(WiredTrainingTests.distance(doubled, old.map { 2 * $0 }) < 1e-4)
    // Fewer large weights carry less current: the old factors take too much away.
    for i in product.weights.values.indices {
      let w = product.weights.values[i]
      product.weights.values[i] = 0.25 * w * w * w
    }
    let exact = Self.outputs(&product, x, isTraining: false)
    let kept = Self.outputs(&product, x, isTraining: true, renewal: .variances)
    let fitted = Self.outputs(&product, x, isTraining: true, renewal: .factors)
    #expect(
      WiredTrainingTests.distance(fitted, exact) < 0.5 * WiredTrainingTests.distance(kept, exact))
  }

  @Test("gradients behind held factors are the difference quotients of the loss")
  func differences() throws {
    let compared = try WiredTrainingTests.expectQuotients(
      Self.settings(ohms: 300, rows: 4, columns: 6))
    #expect(compared == 7 * 6 + 6 + 6 * 3 + 3)
  }

  @Test("training goes on from its state bit for bit", arguments: [false, true])
  func resumes(writesExactly: Bool) throws {
    var settings = try Self.settings(ohms: 50, rows: 4, columns: 6)
    settings.device = try ColumnNoiseTests.device(deviation: "2 uS")
    settings.writeErrors = !writesExactly
    settings.exactEvery = 9
    settings.fitEvery = 4
    func step(_ network: inout Backpropagation, _ k: Int) {
      _ = network.train(
        HardwareGradientTests.x, labels: HardwareGradientTests.labels[...], rate: 0.05,
        pass: TrainingPass(
          key: StreamKey(seed: 3).child(k), isTraining: true, renewal: settings.renewal(at: k)))
    }
    var through = try HardwareGradientTests.network(settings)
    for k in 0..<30 { step(&through, k) }
    var first = try HardwareGradientTests.network(settings)
    for k in 0..<15 { step(&first, k) }
    // A look at another chip on the way changes nothing.
    _ = first.outputs(HardwareGradientTests.x, key: StreamKey(seed: 8))
    var second = try HardwareGradientTests.network(settings)
    try second.restore(NamedArrays(source: "test", first.state()))
    for k in 15..<30 { step(&second, k) }
    let (a, b) = (through.state(), second.state())
    #expect(a.contains { $0.name.hasSuffix("wire-factors") })
    #expect(a.contains { $0.name.hasSuffix("read-variances") } == writesExactly)
    #expect(a.count == b.count)
    for (a, b) in zip(a, b) { #expect(a.name == b.name && a.array == b.array, "\(a.name)") }
  }
}
