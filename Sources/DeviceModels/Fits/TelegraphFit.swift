import Foundation

/// Two levels of a noisy record with random jumps between them, found by expectation and maximization
/// of a hidden chain of two states (L. R. Rabiner, Proc. IEEE 77, 257 (1989)).
///
/// The noise about the levels, u_t = φ·u_{t−1} + e_t, may be correlated from sample to sample, so that
/// slow noise is not taken for a level: a jump must come from one sample to the next (J. D. Hamilton,
/// Econometrica 57, 357 (1989)). Whether the record has a trap at all is for `RecordLikelihood` to say.
struct TelegraphFit {
  /// The levels, the lower one first.
  private(set) var levels: (low: Double, high: Double)
  /// The deviation of the samples of one level.
  var deviation: Double { (variance / max(1e-6, 1 - memory * memory)).squareRoot() }
  /// The probabilities per sample to leave the low level, and the high one.
  private(set) var leave = (low: 0.01, high: 0.01)
  /// The probability of each sample to be at the high level.
  private(set) var high: [Double]
  /// How many jumps the record shows.
  var jumps: Int {
    zip(high, high.dropFirst()).reduce(0) { $0 + (($1.0 > 0.5) != ($1.1 > 0.5) ? 1 : 0) }
  }
  /// φ, which stays as it starts: fitted, it would take the trap's own memory for that of the noise.
  private let memory: Double
  /// The variance of e.
  private var variance: Double

  /// The fit for which the record holds the most evidence, of several starts; `nil` where no evidence is
  /// very strong, or the second level is visited for less than 0.5 % of the time or over fewer than four
  /// jumps.
  static func best(of values: [Double]) -> TelegraphFit? {
    guard values.count >= 64 else { return nil }
    let sorted = values.sorted()
    let span = sorted[values.count - 1 - values.count / 20] - sorted[values.count / 20]
    // 1.05 times the median of |Δ| is the deviation of e where few of the differences are jumps.
    let changes = zip(values, values.dropFirst()).map { abs($1 - $0) }.sorted()
    let step = 5 * 1.05 * changes[changes.count / 2]
    guard span > 0 else { return nil }
    let starts = [(span, 0.0), (span, 0.9), (step, 0.5), (step, 0.95)]
    var best: (evidence: Double, fit: TelegraphFit)?
    for (amplitude, memory) in starts where amplitude > 0 {
      guard let fit = TelegraphFit(values, amplitude: amplitude, memory: memory) else { continue }
      let evidence = RecordLikelihood.evidence(for: fit, in: values)
      if evidence > best?.evidence ?? RecordLikelihood.veryStrong { best = (evidence, fit) }
    }
    return best?.fit
  }

  private init?(_ values: [Double], amplitude: Double, memory: Double, iterations: Int = 40) {
    let n = values.count
    let mean = values.reduce(0, +) / Double(n)
    levels = (mean - 0.5 * amplitude, mean + 0.5 * amplitude)
    self.memory = memory
    variance = max(amplitude * amplitude / 16, 1e-300)
    high = [Double](repeating: 0.5, count: n)
    var forward = high
    // How probable each pair of neighboring states is: low–low, low–high, high–low, high–high.
    var pairs = [SIMD4<Double>](repeating: .zero, count: n)
    for _ in 0..<iterations {
      // The first sample belongs to either level by its distance.
      let distance = { (level: Double) in (values[0] - level) * (values[0] - level) }
      let odds = (distance(levels.low) - distance(levels.high)) / (2 * deviation * deviation)
      forward[0] = 1 / (1 + exp(min(max(-odds, -700), 700)))
      let stay = SIMD4(1 - leave.low, leave.low, leave.high, 1 - leave.high)
      let amplitude = levels.high - levels.low
      let shift = amplitude * SIMD4(0, 1, -memory, 1 - memory)
      for t in 1..<n {
        let rest = values[t] - levels.low - memory * (values[t - 1] - levels.low)
        let errors = SIMD4(repeating: rest) - shift
        let exponents = errors * errors * (-0.5 / variance)
        let top = exponents.max()
        let (a, b) = (1 - forward[t - 1], forward[t - 1])
        var weight = SIMD4(a, a, b, b) * stay
        for k in 0..<4 { weight[k] *= exp(exponents[k] - top) }
        let total = max(weight.sum(), 1e-300)
        pairs[t] = weight / total
        forward[t] = pairs[t][1] + pairs[t][3]
      }
      high[n - 1] = forward[n - 1]
      for t in stride(from: n - 1, to: 0, by: -1) {
        let (up, down) = (high[t], 1 - high[t])
        // Of the pairs: 1 − forward is 0 by rounding where a level is all but certain.
        let f = max(pairs[t][1] + pairs[t][3], 1e-300)
        let g = max(pairs[t][0] + pairs[t][2], 1e-300)
        pairs[t] *= SIMD4(down / g, up / f, down / g, up / f)
        high[t - 1] = pairs[t][2] + pairs[t][3]
      }
      guard update(values, pairs) else { return nil }
    }
    let share = high.reduce(0, +) / Double(n)
    guard min(share, 1 - share) > 0.005, jumps >= 4 else { return nil }
  }

  /// The parameters that are most likely with these probabilities; `false` where there are none.
  private mutating func update(_ values: [Double], _ pairs: [SIMD4<Double>]) -> Bool {
    var sum = SIMD4<Double>.zero
    // The normal equations of y_t − φ·y_{t−1} = b + a·(s_t − φ·s_{t−1}).
    let steps = SIMD4(0, 1, -memory, 1 - memory)
    var (products, first, square) = (0.0, 0.0, 0.0)
    var total = 0.0
    for t in 1..<values.count {
      let z = values[t] - memory * values[t - 1]
      let weighted = pairs[t] * steps
      sum += pairs[t]
      products += z * weighted.sum()
      first += weighted.sum()
      square += (weighted * steps).sum()
      total += z
    }
    let n = Double(values.count - 1)
    let determinant = n * square - first * first
    guard determinant > 0, sum[0] + sum[1] > 0, sum[2] + sum[3] > 0 else { return false }
    let amplitude = (n * products - first * total) / determinant
    let low = (total - amplitude * first) / n / (1 - memory)
    guard amplitude > 0 else { return false }
    levels = (low, low + amplitude)
    leave = (
      min(max(sum[1] / (sum[0] + sum[1]), 1e-9), 0.5),
      min(max(sum[2] / (sum[2] + sum[3]), 1e-9), 0.5)
    )
    var squares = 0.0
    for t in 1..<values.count {
      let rest = values[t] - low - memory * (values[t - 1] - low)
      let errors = SIMD4(repeating: rest) - amplitude * steps
      squares += (pairs[t] * errors * errors).sum()
    }
    variance = squares / n
    return variance > 0
  }
}
