import NumericalMethods
import Randomness
import TestSupport
import Testing

@Suite struct NoiseTests {
  @Test("filling in parts gives the numbers of filling at once", arguments: [1, 7, 255, 256, 1000])
  func parts(size: Int) {
    let key = StreamKey(seed: 5).child("parts")
    let whole = Noise.normal(5000, key)
    var start = 0
    while start < whole.count {
      let n = min(size, whole.count - start)
      #expect(Noise.normal(n, key, from: start) == Array(whole[start..<start + n]))
      start += n
    }
  }

  @Test("normal numbers are normal at the 0.1 % level", arguments: 0..<5)
  func normal(seed: Int) {
    let key = StreamKey(seed: UInt64(seed)).child("normal")
    let sample = Noise.normal(200_000, key).map(Double.init)
    #expect(kolmogorovSmirnov(sample, Distribution.normal) > 1e-3)
    let s = SampleStatistics(sample)
    #expect(abs(s.mean) < 4 / Double(s.count).squareRoot())
  }

  @Test("uniform numbers are uniform at the 0.1 % level", arguments: 0..<5)
  func uniform(seed: Int) {
    let key = StreamKey(seed: UInt64(seed)).child("uniform")
    let sample = Noise.uniform(200_000, key).map(Double.init)
    #expect(kolmogorovSmirnov(sample, { $0 }) > 1e-3)
    #expect(sample.allSatisfy { $0 > 0 && $0 < 1 })
  }

  @Test("the tails of a million normal numbers are as long as they should be")
  func tails() {
    let sample = Noise.normal(4_000_000, StreamKey(seed: 1))
    let beyond = sample.filter { abs($0) > 4 }.count
    // Expected 253.4 with deviation 15.9: five deviations.
    #expect(abs(Double(beyond) - 253.4) < 80)
    #expect(sample.allSatisfy { $0.isFinite })
  }

  @Test("Philox gives the words of its published test vector")
  func vector() {
    let zero = Philox.words(key: 0, counter: 0, stream: 0)
    #expect(zero == (0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    let ones = Philox.words(key: .max, counter: .max, stream: .max)
    #expect(ones == (0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
  }

  @Test("GSL's distributions draw from our stream")
  func gsl() {
    let a = GSLGenerator(StreamKey(seed: 3))
    let b = GSLGenerator(StreamKey(seed: 3))
    let sample = (0..<50_000).map { _ in a.normal() }
    #expect(sample.prefix(100).allSatisfy { $0 == b.normal() })
    #expect(kolmogorovSmirnov(sample, Distribution.normal) > 1e-3)
  }

  @Test("children of different names and numbers differ")
  func children() {
    let root = StreamKey(seed: 9)
    let keys = (0..<1000).map(root.child) + ["a", "b", "ab", "ba"].map(root.child)
    #expect(Set(keys).count == keys.count)
  }
}
