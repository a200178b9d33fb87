import Circuits
import Foundation
import Randomness
import Testing

@Suite("Rivals of the ramp converter")
struct LinearRivalTests {
  @Test(
    "rotations converge to the function, one bit an iteration",
    arguments: ["sigmoid", "tanh", "exponential"])
  func cordic(name: String) throws {
    let function = try ActivationFunction.named(name)
    for iterations in [6, 10, 16] {
      let f = try #require(
        DigitalActivation.cordic(iterations: iterations).approximation(of: function, over: -4...4))
      for x in stride(from: -4.0, through: 4, by: 0.37) {
        // The angle left over is below 2^−(n−2) with the iterations done twice; so is the quotient's bit.
        let scale = max(1, abs(function.value(x)))
        #expect(abs(f(x) - function.value(x)) <= scale * exp2(-Double(iterations) + 3), "\(x)")
      }
    }
    let none = DigitalActivation.cordic(iterations: 8).approximation(
      of: .softplus, over: -1...1)
    #expect(none.map { _ in true } == nil)
  }

  @Test("linear pieces meet the function at their knots")
  func pieces() throws {
    let f = try #require(
      DigitalActivation.piecewiseLinear(segments: 8).approximation(of: .tanh, over: -2...2))
    for k in 0...8 {
      let x = -2 + 0.5 * Double(k)
      #expect(abs(f(x) - tanh(x)) <= 1e-12)
    }
    #expect(abs(f(5) - tanh(2)) <= 1e-12)
  }

  @Test("without mismatch successive approximation rounds down")
  func registers() {
    let exact = SuccessiveApproximation(bits: 6, mismatch: 0, key: StreamKey(seed: 1))
    for k in 0..<640 {
      let v = (Double(k) + 0.5) / 640
      #expect(exact.code(v) == Int(v * 64))
    }
    let codes = (0..<6400).map {
      SuccessiveApproximation(bits: 6, mismatch: 0.2, key: StreamKey(seed: 2))
        .code(Double($0) / 6400)
    }
    #expect(codes != (0..<6400).map { Int(Double($0) / 100) })
    #expect(zip(codes, codes.dropFirst()).allSatisfy { $0 <= $1 })
  }

  @Test("a linear converter of as many bits is worth less than the ramp, and mismatch takes more")
  func effectiveBits() throws {
    let thresholds = try RampThresholds(.sigmoid, bits: 5)
    func bits(_ converter: LinearRival.Converter) throws -> Double {
      try #require(
        LinearRival(converter, .lookUpTable).effectiveBits(
          against: thresholds, of: .sigmoid, draws: 10, key: StreamKey(seed: 3)))
    }
    let ramp = try bits(.uniformRamp)
    #expect(ramp < 4.7 && ramp > 3)
    let exact = try bits(.successiveApproximation(mismatch: 0))
    #expect(abs(exact - ramp) < 1e-9)
    #expect(try bits(.successiveApproximation(mismatch: 0.1)) < exact)
    // Four activations a processor, two cycles each, behind 2^5 and 6 cycles.
    #expect(
      LinearRival(.uniformRamp, .lookUpTable).cycles(bits: 5, columns: 128, processors: 32) == 40)
    let sar = LinearRival(.successiveApproximation(mismatch: 0), .lookUpTable)
    #expect(sar.cycles(bits: 5, columns: 128, processors: 32) == 14)
  }

  @Test("the staircase is what the converter's search gives, at every length and with many levels")
  func staircase() {
    for n in [1, 5, 31, 63, 64, 255] {
      let thresholds = (0..<n).map { Float($0 / 2) * 0.5 - 3 }
      let function = RampSearch([thresholds], outputs: (0...n).map(Float.init), lowest: -.infinity)
      for count in [1, 7, 128, 131, 300] {
        var x = Noise.uniform(count, StreamKey(seed: 4)).map { 20 * $0 - 6 }
        x[count / 2] = count % 2 == 0 ? -.infinity : .infinity
        var y = x
        function.apply(&y, count: count)
        var codes = [Int32](repeating: -1, count: count)
        x.withUnsafeBufferPointer { x in
          codes.withUnsafeMutableBufferPointer { function.codes(of: x, into: $0) }
        }
        for i in 0..<count {
          let place = thresholds.filter { x[i] >= $0 }.count
          #expect(y[i] == Float(place) && codes[i] == Int32(place))
        }
      }
    }
  }
}
