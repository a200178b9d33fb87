import Foundation
import LinearAlgebra
import Networks
import Randomness
import StrictYAML
import Testing
import Training

/// Contrastive training of two networks, and what it transfers to classes that no step has seen.
@Suite struct ContrastiveTests {
  private static func normal(_ rows: Int, _ columns: Int, _ seed: UInt64) -> Matrix<Float> {
    Matrix(
      rowCount: rows, columnCount: columns,
      elements: Noise.normal(rows * columns, StreamKey(seed: seed)))
  }

  @Test("the gradients of the loss are its difference quotients")
  func gradients() {
    let (a, b) = (Self.normal(6, 4, 1), Self.normal(6, 4, 2))
    let pairs: [Int32] = [0, 1, 2, 1, 0, 0]
    let logarithm = 0.7
    func loss(_ a: Matrix<Float>, _ b: Matrix<Float>, _ logarithm: Double) -> ContrastiveLoss {
      ContrastiveLoss(a, b, pairs: pairs, scale: exp(logarithm))
    }
    let found = loss(a, b, logarithm)
    func quotient(_ k: Int, inA: Bool) -> Double {
      let h: Float = 0x1p-9
      func value(_ step: Float) -> Double {
        var (a, b) = (a, b)
        if inA { a.elements[k] += step } else { b.elements[k] += step }
        return loss(a, b, logarithm).value
      }
      return (value(h) - value(-h)) / Double(2 * h)
    }
    for k in a.elements.indices {
      #expect(abs(quotient(k, inA: true) - Double(found.gradientA.elements[k])) < 2e-5)
      #expect(abs(quotient(k, inA: false) - Double(found.gradientB.elements[k])) < 2e-5)
    }
    let h = 1e-5
    let slope = (loss(a, b, logarithm + h).value - loss(a, b, logarithm - h).value) / (2 * h)
    #expect(abs(slope - found.scaleGradient) < 1e-8)
    #expect(abs(found.scaleGradient) > 1e-3)
  }

  @Test("lengths of embeddings do not matter, and both kinds count alike")
  func symmetry() {
    let (a, b) = (Self.normal(5, 3, 1), Self.normal(5, 3, 2))
    let pairs: [Int32] = [0, 1, 2, 0, 3]
    let one = ContrastiveLoss(a, b, pairs: pairs, scale: 2)
    var longer = a
    for k in longer.elements.indices { longer.elements[k] *= 4 }
    let other = ContrastiveLoss(longer, b, pairs: pairs, scale: 2)
    #expect(abs(one.value - other.value) < 1e-12)
    for (x, y) in zip(one.gradientA.elements, other.gradientA.elements) {
      #expect(abs(x - 4 * y) < 1e-6)
    }
    let turned = ContrastiveLoss(b, a, pairs: pairs, scale: 2)
    #expect(abs(one.value - turned.value) < 1e-12)
    for (x, y) in zip(one.gradientA.elements, turned.gradientB.elements) {
      #expect(abs(x - y) < 1e-6)
    }
  }

  @Test(
    "the loss is ln n of equal embeddings or at infinite temperature, and at least the mean of ln of equal pairs"
  )
  func limits() {
    let n = 6
    let pairs: [Int32] = [0, 1, 2, 2, 1, 2]
    let equal = Matrix<Float>(rowCount: n, columnCount: 3, repeating: 0.4)
    let same = ContrastiveLoss(equal, equal, pairs: pairs, scale: 3)
    #expect(abs(same.value - log(Double(n))) < 1e-12)
    #expect(same.right == 0)
    let hot = ContrastiveLoss(Self.normal(n, 3, 1), Self.normal(n, 3, 2), pairs: pairs, scale: 1e-9)
    #expect(abs(hot.value - log(Double(n))) < 1e-8)
    var aligned = Matrix<Float>(rowCount: n, columnCount: 3)
    for (row, pair) in pairs.enumerated() { aligned[row, Int(pair)] = 1 }
    let cold = ContrastiveLoss(aligned, aligned, pairs: pairs, scale: 100)
    let least = pairs.reduce(0.0) { sum, pair in sum + log(Double(pairs.count { $0 == pair })) } / 6
    #expect(abs(cold.value - least) < 1e-12)
    #expect(cold.right == n)
    let zeros = ContrastiveLoss(
      Matrix(rowCount: n, columnCount: 3), aligned, pairs: pairs, scale: 1)
    #expect(zeros.gradientA.elements.allSatisfy { $0 == 0 })
    #expect(zeros.value.isFinite)
  }

  /// Two noisy linear views, of 12 and of 9 numbers, of the prototypes of classes in three dimensions.
  /// - Parameter shift: the held-out classes of the partner are paired with those so many places further.
  private static func views(trained: Int, heldOut: Int, shift: Int = 0) -> PairedSamples {
    let count = trained + heldOut
    let prototypes = normal(count, 3, 11)
    func samples(_ view: Matrix<Float>, _ perClass: Int, _ seed: UInt64) -> PairedSamples.Samples {
      let labels = (0..<count * perClass).map { Int32($0 % count) }
      let noise = normal(labels.count, view.columnCount, seed)
      var x = noise
      for (row, label) in labels.enumerated() {
        for j in 0..<view.columnCount {
          x[row, j] =
            0.2 * noise[row, j]
            + (0..<3).reduce(Float(0)) { $0 + prototypes[Int(label), $1] * view[$1, j] }
        }
      }
      return PairedSamples.Samples(x: x, pairs: labels)
    }
    func shifted(_ samples: PairedSamples.Samples) -> PairedSamples.Samples {
      var result = samples
      result.pairs = samples.pairs.map {
        $0 < trained ? $0 : Int32(trained + (Int($0) - trained + shift) % heldOut)
      }
      return result
    }
    let (first, second) = (normal(3, 12, 12), normal(3, 9, 13))
    return PairedSamples(
      data: .init(shape: [12], train: samples(first, 20, 1), test: samples(first, 20, 2)),
      partner: .init(
        shape: [9], train: shifted(samples(second, 20, 3)), test: shifted(samples(second, 20, 4))),
      count: count, trainedCount: trained)
  }

  /// The steps of a run on the trained pairs, and the rule behind them.
  private static func run(
    _ samples: PairedSamples, epochs: Int, layers: String = ""
  ) throws -> (rule: ContrastiveRule, losses: [Double]) {
    let file = try StrictFile(
      text: """
        rule: contrastive
        network: {layers: [\(layers){type: dense, outputs: 6}]}
        partner: {network: {layers: [\(layers){type: dense, outputs: 6}]}}
        optimizer: {name: adam, rate: 0.01}
        """, source: "run.yaml")
    _ = file.root.text("rule")
    let own = samples.data.train.first(of: 0..<samples.trainedCount)
    let batch = 25
    let steps = own.pairs.count / batch
    let setup = TrainingSetup(
      root: file.root, inputShape: samples.data.shape, classCount: samples.trainedCount,
      batch: batch, stepsPerEpoch: steps, epochs: epochs, pairs: samples, key: StreamKey(seed: 3))
    var rule = try ContrastiveRule(setup)
    try file.finish()
    let losses = (0..<epochs * steps).map { step in
      let start = step % steps * batch
      let part = own.picking(Array(start..<start + batch))
      return rule.step(TrainingBatch(x: part.x, labels: part.pairs, step: step)).loss
    }
    return (rule, losses)
  }

  private static func trained(_ samples: PairedSamples, epochs: Int) throws -> ContrastiveRule {
    try run(samples, epochs: epochs).rule
  }

  @Test("behind fixed layers the loss falls, the same way in every run")
  func fixedLayers() throws {
    let layers =
      "{type: dense, outputs: 40, activation: tanh, random: {gain: 0.3, read-noise: 0.02}}, "
    let samples = Self.views(trained: 10, heldOut: 0)
    let one = try Self.run(samples, epochs: 20, layers: layers)
    let other = try Self.run(samples, epochs: 20, layers: layers)
    #expect(one.losses == other.losses)
    let (first, last) = (one.losses.prefix(8).reduce(0, +), one.losses.suffix(8).reduce(0, +))
    #expect(last < 0.9 * first)
    for (a, b) in zip(one.rule.state(), other.rule.state()) { #expect(a.array == b.array) }
  }

  private static func figure(_ rule: any TrainingRule, _ name: String) throws -> Double {
    try #require(rule.report().first { $0.name == name }, "\(name)").value
  }

  @Test("two views of common prototypes transfer to classes that no step has seen")
  func transfer() throws {
    let samples = Self.views(trained: 20, heldOut: 5)
    let rule = try Self.trained(samples, epochs: 40)
    for direction in ["to partner", "from partner"] {
      #expect(try Self.figure(rule, "accuracy \(direction), held-out pairs") > 60)
      #expect(try Self.figure(rule, "accuracy \(direction), trained pairs") > 40)
      #expect(try Self.figure(rule, "test samples \(direction), held-out pairs") == 100)
    }
    #expect(try Self.figure(rule, "chance, held-out pairs") == 20)
    let temperature = try Self.figure(rule, "temperature")
    #expect(temperature < 1 && temperature >= 0.01)
  }

  @Test(
    "over all shifts of held-out partners, accuracies have the mean of chance: an arbitrary map cannot transfer"
  )
  func arbitraryMaps() throws {
    for direction in ["to partner", "from partner"] {
      let found = try (0..<3).map { shift in
        let rule = try Self.trained(
          Self.views(trained: 12, heldOut: 3, shift: shift), epochs: 10)
        return try Self.figure(rule, "accuracy \(direction), held-out pairs")
      }
      #expect(abs(found.reduce(0, +) - 100) < 1e-9, "\(direction): \(found)")
      #expect(found.max()! > 50)
    }
  }

  @Test("the exported network gives the cosines with the classes of the partner")
  func exported() throws {
    var rule = try Self.trained(Self.views(trained: 5, heldOut: 0), epochs: 5)
    let x = Self.normal(8, 12, 21)
    let outputs = rule.outputs(x, key: StreamKey(seed: 1))
    #expect(outputs.columnCount == 5)
    #expect(outputs.elements.allSatisfy { abs($0) <= 1 })
    let network = try rule.exported().network(source: "exported")
    let read = try network.evaluate(
      Tensor(shape: [8, 12], elements: x.elements), engine: DigitalEngine(network))
    for (a, b) in zip(outputs.elements, read.elements) {
      #expect(abs(a * Float(6).squareRoot() - b) < 1e-4)
    }
  }
}
