import DeviceModels
import LinearAlgebra
import Networks
import Randomness
import Testing
import Training

@Suite struct ForwardForwardTests {
  /// Ten classes of noisy random patterns behind ten free inputs.
  static func task(_ count: Int, seed: UInt64) -> (x: Matrix<Float>, labels: [Int32]) {
    let patterns = Noise.normal(10 * 40, StreamKey(seed: 77)).map { max(0, $0) }
    let noise = Noise.normal(count * 40, StreamKey(seed: seed))
    var x = Matrix<Float>(rowCount: count, columnCount: 50)
    let labels = (0..<count).map { Int32($0 % 10) }
    for s in 0..<count {
      for i in 0..<40 {
        x[s, 10 + i] = max(0, patterns[Int(labels[s]) * 40 + i] + 0.5 * noise[s * 40 + i])
      }
    }
    return (x, labels)
  }

  @Test("a network learns by two forward passes, by both ways of testing")
  func learns() throws {
    let (x, labels) = Self.task(500, seed: 1)
    var net = try ForwardForward(sizes: [50, 80, 80], classes: 10, key: StreamKey(seed: 3))
    for epoch in 0..<120 {
      for k in 0..<5 {
        let rows = k * 100..<(k + 1) * 100
        net.train(
          x.block(rows: rows, columns: 0..<50), labels: labels[rows],
          gain: epoch < 60 ? 1 : Float(120 - epoch) / 60)
      }
    }
    let (test, truth) = Self.task(500, seed: 2)
    let softmax = zip(classes(of: net.softmaxLogits(test)), truth).filter { $0 == Int($1) }.count
    let goodness = zip(classes(of: net.goodnessByLabel(test)), truth).filter { $0 == Int($1) }.count
    #expect(softmax > 450 && goodness > 450, "softmax \(softmax), goodness \(goodness) of 500")
  }

  /// How many of 500 test vectors a network names rightly by goodness after 40 epochs.
  static func rightOnes(_ net: inout ForwardForward) -> Int {
    let (x, labels) = task(500, seed: 1)
    for _ in 0..<40 {
      for k in 0..<5 {
        let rows = k * 100..<(k + 1) * 100
        net.train(x.block(rows: rows, columns: 0..<50), labels: labels[rows], gain: 1)
      }
    }
    let (test, truth) = task(500, seed: 2)
    return zip(classes(of: net.goodnessByLabel(test)), truth).filter { $0 == Int($1) }.count
  }

  @Test("through 8-bit converters, whose ranges follow the activities, learning loses little")
  func converters() throws {
    var rule = ForwardForwardRule()
    rule.rate = 0.03
    var digital = try ForwardForward(
      sizes: [50, 80, 80], classes: 10, rule: rule, key: StreamKey(seed: 3))
    var settings = HardwareSettings()
    settings.inputBits = 8
    settings.outputBits = 8
    settings.outputRange = .calibrated(quantile: 1)
    settings.rows = 32
    var analog = try ForwardForward(
      sizes: [50, 80, 80], classes: 10, rule: rule, hardware: settings, key: StreamKey(seed: 3))
    let (floats, codes) = (Self.rightOnes(&digital), Self.rightOnes(&analog))
    #expect(floats > 400 && codes > floats - 25, "\(floats) in floats, \(codes) in codes")
  }

  @Test("layers of pulsed devices learn, and pulses are counted")
  func pulsed() throws {
    var rule = ForwardForwardRule()
    rule.rate = 0.03
    let device = try #require(try DeviceLibrary.load("gokmen-vlasov").pulses)
    var design = InSituDesign(device: device)
    design.fill = 0.5
    var net = try ForwardForward(
      sizes: [50, 80, 80], classes: 10, rule: rule, pulsed: (design, MixedPrecision()),
      key: StreamKey(seed: 3))
    let right = Self.rightOnes(&net)
    #expect(right > 400, "\(right)")
    #expect(net.exported().arrays.entries.contains { $0.array.count == 50 * 80 })
  }

  @Test("without labels the layers learn patterns that a softmax on them names")
  func hybrids() throws {
    // Images of 8 × 8: a bar at one of eight places, rows or columns, on noise.
    func task(_ count: Int, seed: UInt64) -> (x: Matrix<Float>, labels: [Int32]) {
      let noise = Noise.uniform(count * 64, StreamKey(seed: seed))
      var x = Matrix<Float>(rowCount: count, columnCount: 64)
      let labels = (0..<count).map { Int32($0 % 8) }
      for s in 0..<count {
        for i in 0..<64 {
          let place = labels[s] < 4 ? i / 8 : i % 8
          x[s, i] = 0.5 * noise[s * 64 + i] + (place == 2 * Int(labels[s] % 4) ? 1 : 0)
        }
      }
      return (x, labels)
    }
    var rule = ForwardForwardRule()
    rule.negatives = .hybrids
    rule.rate = 0.03
    let (x, labels) = task(400, seed: 1)
    var net = try ForwardForward(
      sizes: [64, 60, 60], classes: 8, rule: rule, shape: [8, 8], key: StreamKey(seed: 3))
    var losses: [Double] = []
    for _ in 0..<30 {
      for k in 0..<4 {
        let rows = k * 100..<(k + 1) * 100
        losses.append(
          net.train(x.block(rows: rows, columns: 0..<64), labels: labels[rows], gain: 1).loss)
      }
    }
    let (test, truth) = task(400, seed: 2)
    let right = zip(classes(of: net.softmaxLogits(test)), truth).filter { $0 == Int($1) }.count
    #expect(right > 360, "\(right) of 400")
    #expect(losses[losses.count - 1] < 0.5 * losses[0], "\(losses[0]) to \(losses.last!)")
  }

  @Test("hybrids take every number from one of two samples, in patches that grow with blurring")
  func masks() {
    let x = Matrix<Float>(
      rowCount: 50, columnCount: 2 * 28 * 28,
      elements: (0..<50).flatMap { Array(repeating: Float($0), count: 2 * 28 * 28) })
    func share(blurs: Int) -> (own: Double, edges: Double) {
      let hybrids = HybridSamples(shape: [2, 28, 28], blurs: blurs)
      let y = hybrids.blended(x, key: StreamKey(seed: 4))
      var (own, edges) = (0, 0)
      for s in 0..<50 {
        let plane = (0..<784).map { y[s, $0] }
        #expect(Set(plane).count <= 2)
        #expect(plane == (784..<1568).map { y[s, $0] }, "planes share the mask")
        own += plane.filter { $0 == Float(s) }.count
        edges += (1..<784).filter { $0 % 28 > 0 && plane[$0] != plane[$0 - 1] }.count
      }
      return (Double(own) / (50 * 784), Double(edges) / (50 * 28 * 27))
    }
    let (sharp, blurred) = (share(blurs: 0), share(blurs: 6))
    // Bits: half of 39,200 are one's own, and half of all neighbors differ, to five deviations.
    #expect(abs(sharp.own - 0.5) < 5 * 0.5 / (39_200.0).squareRoot())
    #expect(abs(sharp.edges - 0.5) < 5 * 0.5 / (37_800.0).squareRoot())
    #expect(abs(blurred.own - 0.5) < 0.1 && blurred.edges < 0.2, "\(blurred)")
  }

  @Test("the exported network names the classes that the softmax head names")
  func exports() throws {
    let (x, labels) = Self.task(200, seed: 1)
    for negatives in ForwardForwardRule.Negatives.allCases {
      var rule = ForwardForwardRule()
      rule.negatives = negatives
      var net = try ForwardForward(
        sizes: [50, 30, 20, 20], classes: 10, rule: rule, key: StreamKey(seed: 3))
      for _ in 0..<20 { net.train(x, labels: labels[...], gain: 1) }
      let logits = net.softmaxLogits(x)
      let told = try net.exported().network(source: "exported")
      let graph = try told.evaluate(
        Tensor(shape: [200, 50], elements: x.elements), engine: DigitalEngine(told))
      for (a, b) in zip(logits.elements, graph.elements) { #expect(abs(a - b) < 1e-4) }
    }
  }

  @Test("a sample's normalized activity does not change by its own update")
  func ownUpdate() throws {
    // The gradient is proportional to y: W moves by x·(c·y), and y by |x|²·c·y.
    var rule = ForwardForwardRule()
    (rule.peerNormalization, rule.weightCost, rule.smoothing) = (0, 0, 0)
    rule.negatives = .hybrids
    // One sample is its own negative: only the rectifiers of the first pass and the sum of both steps count.
    rule.threshold = 100
    var net = try ForwardForward(
      sizes: [20, 30], classes: 2, rule: rule, key: StreamKey(seed: 5))
    let x = Matrix(rowCount: 1, columnCount: 20, elements: Noise.normal(20, StreamKey(seed: 6)))
    let before = net.activities(x)[0]
    for _ in 0..<10 { net.train(x, labels: [0], gain: 1) }
    let after = net.activities(x)[0]
    #expect(before != after)
    let (a, b) = (Self.unit(before), Self.unit(after))
    for (a, b) in zip(a, b) { #expect(abs(a - b) < 1e-5) }
  }

  static func unit(_ y: Matrix<Float>) -> [Float] {
    var unit = y.elements
    LengthNormalization.apply(&unit, rows: 1, count: unit.count)
    return unit
  }

  @Test("hard negatives are never the true class and follow the softmax")
  func negatives() {
    let logits = Matrix<Float>(rowCount: 1, columnCount: 4, elements: [5, 0, 1, 0])
    var counts = [0, 0, 0, 0]
    for k in 0..<4000 {
      let drawn = ForwardForward.hardNegatives(
        logits, labels: [0], key: StreamKey(seed: UInt64(k)))
      counts[Int(drawn[0])] += 1
    }
    #expect(counts[0] == 0)
    // Probabilities 1/(2+e), e/(2+e), 1/(2+e): within five deviations of 4000 draws.
    let e = 2.718_281_828
    for (c, p) in [(1, 1 / (2 + e)), (2, e / (2 + e)), (3, 1 / (2 + e))] {
      #expect(abs(Double(counts[c]) - 4000 * p) < 5 * (4000 * p * (1 - p)).squareRoot())
    }
  }

  @Test("length normalization makes the mean square one and leaves zero alone")
  func length() {
    var x = Noise.normal(33, StreamKey(seed: 1)) + [Float](repeating: 0, count: 33)
    LengthNormalization.apply(&x, rows: 2, count: 33)
    #expect(abs(LengthNormalization.sumOfSquares(x, 33) / 33 - 1) < 1e-5)
    #expect(x[33...].allSatisfy { $0 == 0 })
  }
}
