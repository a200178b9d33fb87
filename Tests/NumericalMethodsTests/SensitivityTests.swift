import Foundation
import NumericalMethods
import Randomness
import Testing

@Suite struct SensitivityTests {
  /// Ishigami's function with a = 7, b = 0.1 on (−π, π)³.
  static func ishigami(_ x: [Double]) -> Double {
    let (s0, s1) = (sin(x[0]), sin(x[1]))
    return s0 + 7 * s1 * s1 + 0.1 * pow(x[2], 4) * s0
  }

  /// Its indices in closed form (Ishigami and Homma, ISUMA 1990).
  static let exact: (first: [Double], total: [Double]) = {
    let (a, b) = (7.0, 0.1)
    let p4 = pow(Double.pi, 4)
    let p8 = p4 * p4
    let one: Double = 0.5 * pow(1 + b * p4 / 5, 2)
    let two = a * a / 8
    let both: Double = b * b * p8 * (1.0 / 18.0 - 1.0 / 50.0)
    let all = one + two + both
    return ([one / all, two / all, 0], [(one + both) / all, two / all, both / all])
  }()

  static func saltelli(_ n: Int) -> [Double] {
    let points = SpaceFilling.sobol(count: n, dimensions: 6)
    var values: [Double] = []
    for i in 0..<n {
      let row = points[i * 6..<i * 6 + 6].map { ($0 * 2 - 1) * Double.pi }
      let a = Array(row[..<3])
      let b = Array(row[3...])
      values += [ishigami(a), ishigami(b)]
      for j in 0..<3 {
        var mixed = a
        mixed[j] = b[j]
        values.append(ishigami(mixed))
      }
    }
    return values
  }

  @Test("Saltelli's design finds Ishigami's indices, and the intervals hold them")
  func closedForm() {
    let found = SensitivityIndices(
      saltelli: Self.saltelli(4096), parameters: 3, resamples: 200, key: StreamKey(seed: 1))
    for j in 0..<3 {
      #expect(abs(found.first[j] - Self.exact.first[j]) < 0.01)
      #expect(abs(found.total[j] - Self.exact.total[j]) < 0.01)
      #expect(found.firstInterval[j].contains(Self.exact.first[j]))
      #expect(found.totalInterval[j].contains(Self.exact.total[j]))
    }
  }

  @Test("a fine grid finds the same indices")
  func grid() {
    let n = 40
    let axis = (0..<n).map { k -> Double in
      let place = (Double(k) + 0.5) / Double(n)
      return (2 * place - 1) * Double.pi
    }
    var values: [Double] = []
    for x in axis { for y in axis { for z in axis { values.append(Self.ishigami([x, y, z])) } } }
    let found = SensitivityIndices(grid: values, levels: [n, n, n])
    for j in 0..<3 {
      #expect(abs(found.first[j] - Self.exact.first[j]) < 0.005)
      #expect(abs(found.total[j] - Self.exact.total[j]) < 0.005)
    }
  }

  @Test("the indices of a sum are its terms' variances, and first equals total")
  func additive() {
    let values = [0.0, 3].flatMap { a in [0.0, 1, 2].map { a + 2 * $0 } }
    let found = SensitivityIndices(grid: values, levels: [2, 3])
    let (u, v) = (2.25, 4 * 2.0 / 3)
    #expect(abs(found.first[0] - u / (u + v)) < 1e-12 && abs(found.first[1] - v / (u + v)) < 1e-12)
    #expect(zip(found.first, found.total).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test("95 % bootstrap intervals of the mean hold it in 91 to 98 of 100 samples of 40")
  func bootstrap() {
    var held = 0
    for trial in 0..<400 {
      let root = StreamKey(seed: 5).child(trial)
      let sample = Noise.normal(40, root).map(Double.init)
      let range = Bootstrap.meanInterval(sample, resamples: 300, key: root.child("bootstrap"))
      if range.contains(0) { held += 1 }
    }
    #expect((364...392).contains(held), "\(held)")
  }
}
