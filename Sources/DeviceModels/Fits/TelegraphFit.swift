import Foundation

/// Two levels of a noisy record with random jumps between them, found by expectation and maximization
/// of a hidden chain of two states with normal noise (L. R. Rabiner, Proc. IEEE 77, 257 (1989)).
struct TelegraphFit {
  /// The levels, the lower one first.
  let levels: (low: Double, high: Double)
  /// The deviation of the samples of one level.
  let deviation: Double
  /// The probabilities per sample to leave the low level, and the high one.
  let leave: (low: Double, high: Double)
  /// The probability of each sample to be at the high level.
  let high: [Double]
  /// How many jumps the record shows.
  let jumps: Int

  /// Fits the record; `nil` where it has no second level: one that is 3 deviations away, that the
  /// record visits for 0.5 % of its time at least, over four jumps or more.
  init?(_ values: [Double], iterations: Int = 40) {
    let n = values.count
    guard n >= 64 else { return nil }
    let sorted = values.sorted()
    var (low, high) = (sorted[n / 20], sorted[n - 1 - n / 20])
    guard high > low else { return nil }
    let mean = values.reduce(0, +) / Double(n)
    var variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n) / 4
    var (fromLow, fromHigh) = (0.01, 0.01)
    var share = 0.5
    var upper = [Double](repeating: 0, count: n)
    var forward = [Double](repeating: 0, count: n)
    for _ in 0..<iterations {
      // The scaled forward pass: the probability of the high level given all samples so far.
      var p = share
      func ratio(_ y: Double) -> Double {
        // Density at the high level over that at the low level.
        let exponent = ((y - low) * (y - low) - (y - high) * (y - high)) / (2 * variance)
        return exp(min(max(exponent, -700), 700))
      }
      for k in 0..<n {
        let r = ratio(values[k])
        let total = p * r + (1 - p)
        forward[k] = total > 0 ? p * r / total : p
        p = forward[k] * (1 - fromHigh) + (1 - forward[k]) * fromLow
      }
      // The backward pass, and how often each level is left.
      upper[n - 1] = forward[n - 1]
      var (leftLow, leftHigh) = (0.0, 0.0)
      for k in stride(from: n - 2, through: 0, by: -1) {
        let f = forward[k]
        let next = max(1e-300, f * (1 - fromHigh) + (1 - f) * fromLow)
        let other = max(1e-300, 1 - next)
        let (u, d) = (upper[k + 1], 1 - upper[k + 1])
        let highToHigh = u * f * (1 - fromHigh) / next
        let highToLow = d * f * fromHigh / other
        leftHigh += highToLow
        leftLow += u * (1 - f) * fromLow / next
        upper[k] = highToHigh + highToLow
      }
      let weight = upper.reduce(0, +)
      guard weight > 0, weight < Double(n) else { return nil }
      fromHigh = min(max(leftHigh / weight, 1e-9), 0.5)
      fromLow = min(max(leftLow / (Double(n) - weight), 1e-9), 0.5)
      high = zip(values, upper).reduce(0) { $0 + $1.0 * $1.1 } / weight
      low = zip(values, upper).reduce(0) { $0 + $1.0 * (1 - $1.1) } / (Double(n) - weight)
      variance =
        zip(values, upper).reduce(0) { sum, pair in
          let (a, b) = (pair.0 - high, pair.0 - low)
          return sum + a * a * pair.1 + b * b * (1 - pair.1)
        } / Double(n)
      share = weight / Double(n)
      guard variance > 0 else { return nil }
    }
    levels = (low, high)
    deviation = variance.squareRoot()
    leave = (fromLow, fromHigh)
    self.high = upper
    jumps = zip(upper, upper.dropFirst()).reduce(0) { $0 + (($1.0 > 0.5) != ($1.1 > 0.5) ? 1 : 0) }
    let visited = min(share, 1 - share)
    guard high - low > 3 * deviation, visited > 0.005, jumps >= 4 else { return nil }
  }
}
