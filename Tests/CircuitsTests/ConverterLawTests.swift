import Circuits
import Foundation
import Randomness
import Testing

@Suite struct ConverterLawTests {
  private static let key = StreamKey(seed: 3)

  @Test(
    "thresholds rise, and codes without mismatch lie between theirs", arguments: ConverterLaws.names
  )
  func order(name: String) throws {
    for bits in [1, 4, 8] {
      for lowest in [-1.0, -0.25, 0] {
        let design = try #require(ChosenConverter(name))
          .levels(bits: bits, lowest: lowest, key: Self.key)
        #expect(design.outputs.count == 1 << bits)
        for (k, t) in design.thresholds.enumerated() {
          #expect(design.outputs[k] < t && t < design.outputs[k + 1])
        }
        #expect(design.outputs[0] > lowest && design.outputs.last! < 1)
        #expect(design.integralNonlinearity(of: design) == 0)
        let drawn = try #require(ChosenConverter(name, mismatch: 0.1))
          .levels(bits: bits, lowest: lowest, key: Self.key)
        #expect(zip(drawn.thresholds, drawn.thresholds.dropFirst()).allSatisfy { $0 <= $1 })
      }
    }
  }

  @Test("successive approximation has the thresholds that its own search has")
  func successive() throws {
    let kind = try #require(ChosenConverter("successive-approximation", mismatch: 0.1))
    let levels = kind.levels(bits: 6, lowest: 0, key: Self.key)
    let register = SuccessiveApproximation(bits: 6, mismatch: 0.1, key: Self.key)
    for k in 0..<5000 {
      let v = (Double(k) + 0.5) / 5000
      #expect(levels.code(v) == register.code(v), "\(v)")
    }
  }

  @Test("a logarithmic converter has a nearly constant relative error over decades")
  func logarithmic() throws {
    let levels = try #require(ChosenConverter("logarithmic"))
      .levels(bits: 8, lowest: -1, key: Self.key)
    // By hand: 128 bins a side, c(1) = 1; the lowest code above 0 is the middle of the first bin.
    #expect(abs(levels.outputs[128] - (pow(256, 1 / 256.0) - 1) / 255) < 1e-15)
    #expect(levels.thresholds[127] == 0)
    for exponent in stride(from: -1.5, through: -0.01, by: 0.07) {
      let v = pow(10, exponent)
      let found = levels.outputs[levels.code(v)]
      // Half a bin of ln(256)/128 with the slope (1 + µv)/µv of the logarithm.
      let bound = (exp(log(256) / 256) - 1) * (1 + 255 * v) / (255 * v)
      #expect(abs(found / v - 1) <= bound * 1.001, "\(v)")
      #expect(levels.outputs[levels.code(-v)] == -found || v == 0)
    }
  }

  @Test(
    "the mean integral nonlinearity grows in proportion to the mismatch",
    arguments: ConverterLaws.names)
  func nonlinearity(name: String) throws {
    func mean(_ mismatch: Double) throws -> Double {
      let kind = try #require(ChosenConverter(name, mismatch: mismatch))
      return LinearRival(.kind(kind), .lookUpTable)
        .integralNonlinearity(bits: 6, draws: 200, key: Self.key)
    }
    let (small, large) = (try mean(0.002), try mean(0.004))
    #expect(small > 0 && abs(large / small - 2) < 0.05)
  }

  @Test("gains of amplifiers that saturate: codes, and the slope that gradients take back")
  func bends() {
    let codes = UniformCodes(bits: 14, set: .symmetric, lower: -1, upper: 1)
    let converters = ColumnConverters(codes, widths: [2 * codes.step, 2 * codes.step])
      .with(bends: [0.5, 2])
    let currents: [Float] = [1, -1]
    var y: [Float] = [0, 0]
    converters.convert(currents, into: &y)
    // 1/(1 + 0.5·1/2) and −1/(1 + 2·1/2).
    #expect(abs(y[0] - 0.8) < 3e-4 && abs(y[1] + 0.5) < 3e-4)
    var d: [Float] = [1, 1]
    let slope = converters.passBack(currents, &d, vectors: 1)
    #expect(abs(d[0] - 0.64) < 1e-5 && abs(d[1] - 0.25) < 1e-5)
    // ∂/∂R of I/(1 + c|I|/R) by hand, and what rounding leaves.
    let exact = 0.5 * 1 * 0.64 / 4 - 2 * 1 * 0.25 / 4
    #expect(abs(slope - exact) < 1e-3, "\(slope) against \(exact)")
    // Other ranges keep the bend at the end of the range.
    var z: [Float] = [0, 0]
    converters.with(range: 4).convert(currents, into: &z)
    #expect(abs(z[0] - 1 / 1.125) < 1e-3)
    // Whole batches convert as single vectors do.
    let batch: [Float] = [1, -1, 0.3, 1.7]
    var whole: [Float] = [0, 0, 0, 0]
    converters.convert(batch, vectors: 2, addingTo: &whole)
    for v in 0..<2 {
      var one: [Float] = [0, 0]
      converters.convert(Array(batch[2 * v..<2 * v + 2]), into: &one)
      #expect(one == Array(whole[2 * v..<2 * v + 2]))
    }
  }
}
