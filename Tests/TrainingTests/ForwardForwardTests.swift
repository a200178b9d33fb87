import DeviceModels
import LinearAlgebra
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
  func learns() {
    let (x, labels) = Self.task(500, seed: 1)
    var net = ForwardForward(sizes: [50, 80, 80], classes: 10, key: StreamKey(seed: 3))
    for epoch in 0..<120 {
      for k in 0..<5 {
        let rows = k * 100..<(k + 1) * 100
        net.train(
          x.block(rows: rows, columns: 0..<50), labels: labels[rows],
          gain: epoch < 60 ? 1 : Float(120 - epoch) / 60)
      }
    }
    let (test, truth) = Self.task(500, seed: 2)
    let softmax = zip(net.classesBySoftmax(test), truth).filter { $0 == Int($1) }.count
    let goodness = zip(net.classesByGoodness(test), truth).filter { $0 == Int($1) }.count
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
    return zip(net.classesByGoodness(test), truth).filter { $0 == Int($1) }.count
  }

  @Test("through 8-bit converters, whose ranges follow the activities, learning loses little")
  func converters() {
    var rule = ForwardForwardRule()
    rule.rate = 0.03
    var digital = ForwardForward(
      sizes: [50, 80, 80], classes: 10, rule: rule, key: StreamKey(seed: 3))
    var settings = HardwareSettings()
    settings.inputBits = 8
    settings.outputBits = 8
    settings.outputRange = .calibrated(quantile: 1)
    settings.rows = 32
    var analog = ForwardForward(
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
    var net = ForwardForward(
      sizes: [50, 80, 80], classes: 10, rule: rule, pulsed: (design, MixedPrecision()),
      key: StreamKey(seed: 3))
    let right = Self.rightOnes(&net)
    #expect(right > 400, "\(right)")
    #expect(net.exported().arrays.entries.contains { $0.array.count == 50 * 80 })
  }

  @Test("a vector's normalised activity does not change by its own update")
  func ownUpdate() {
    // The gradient is proportional to y: W moves by x·(c·y), and y by |x|²·c·y.
    var layer = ForwardForwardLayer(inputs: 20, units: 30, key: StreamKey(seed: 5))
    var rule = ForwardForwardRule()
    rule.peerNormalisation = 0
    rule.weightCost = 0
    rule.smoothing = 0
    let x = Noise.normal(20, StreamKey(seed: 6))
    func direction(_ layer: ForwardForwardLayer) -> [Float] {
      var y = [Float](repeating: 0, count: 30)
      layer.activity(x, samples: 1, into: &y)
      LengthNormalisation.apply(&y, rows: 1, count: 30)
      return y
    }
    let before = direction(layer)
    var y = [Float](repeating: 0, count: 30)
    layer.activity(x, samples: 1, into: &y)
    layer.learn(x: x, y: y, positives: 1, samples: 1, rule: rule, rate: 0.01)
    for (a, b) in zip(before, direction(layer)) { #expect(abs(a - b) < 1e-5) }
  }

  @Test("hard negatives are never the true class and follow the softmax")
  func negatives() {
    let head = SoftmaxHead(inputs: 1, classes: 4)
    let logits: [Float] = [5, 0, 1, 0]
    var counts = [0, 0, 0, 0]
    for k in 0..<4000 {
      counts[Int(head.hardNegatives(logits, labels: [0], key: StreamKey(seed: UInt64(k)))[0])] += 1
    }
    #expect(counts[0] == 0)
    // Probabilities 1/(2+e), e/(2+e), 1/(2+e): within five deviations of 4000 draws.
    let e = 2.718_281_828
    for (c, p) in [(1, 1 / (2 + e)), (2, e / (2 + e)), (3, 1 / (2 + e))] {
      #expect(abs(Double(counts[c]) - 4000 * p) < 5 * (4000 * p * (1 - p)).squareRoot())
    }
  }

  @Test("length normalisation makes the mean square one and leaves zero alone")
  func length() {
    var x = Noise.normal(33, StreamKey(seed: 1)) + [Float](repeating: 0, count: 33)
    LengthNormalisation.apply(&x, rows: 2, count: 33)
    #expect(abs(LengthNormalisation.sumOfSquares(x, 33) / 33 - 1) < 1e-5)
    #expect(x[33...].allSatisfy { $0 == 0 })
  }
}
