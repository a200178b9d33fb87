internal import CGSL
import Foundation

/// The one-sided power spectral density of a record by Welch's method (`gsl_fft_real`): segments of
/// a power of two, half overlapping, without their mean, under Hann's window.
///
/// Source: Welch, IEEE Trans. Audio Electroacoust. 15, 70 (1967), doi 10.1109/TAU.1967.1161901.
public struct PowerSpectrum: Sendable, Hashable {
  /// The frequencies above zero, in hertz, evenly spaced.
  public let frequencies: [Double]
  /// The density at each, in the square of the record's unit a hertz.
  public let densities: [Double]
  /// How many segments were averaged.
  public let segmentCount: Int

  /// The spectrum of `values`, `interval` seconds apart.
  /// - Parameter segments: about how many segments of the record are averaged.
  /// - Precondition: at least 16 values, `interval > 0`.
  public init(_ values: [Double], interval: Double, segments: Int = 8) {
    precondition(values.count >= 16 && interval > 0 && segments > 0, "a record to analyze")
    var length = 16
    while 2 * length * (segments + 1) <= 2 * values.count { length *= 2 }
    length = min(length, values.count)
    let window = (0..<length).map { 0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(length)) }
    let power = window.reduce(0) { $0 + $1 * $1 }
    var sum = [Double](repeating: 0, count: length / 2)
    var count = 0
    var start = 0
    while start + length <= values.count {
      let part = values[start..<start + length]
      let mean = part.reduce(0, +) / Double(length)
      var data = zip(part, window).map { ($0 - mean) * $1 }
      gsl_fft_real_radix2_transform(&data, 1, length)
      for k in 1..<length / 2 {
        sum[k - 1] += data[k] * data[k] + data[length - k] * data[length - k]
      }
      sum[length / 2 - 1] += 0.5 * data[length / 2] * data[length / 2]
      count += 1
      start += length / 2
    }
    frequencies = (1...length / 2).map { Double($0) / (Double(length) * interval) }
    segmentCount = count
    densities = sum.map { 2 * $0 * interval / (power * Double(count)) }
  }

  /// The densities averaged over bands of equal width on a logarithmic axis, and how many values each
  /// band averages; ten a decade are one-third octaves.
  public func averaged(
    perDecade: Int = 8
  ) -> (frequencies: [Double], densities: [Double], counts: [Int]) {
    var f: [Double] = []
    var s: [Double] = []
    var counts: [Int] = []
    var k = 0
    while k < frequencies.count {
      let end = frequencies[k] * pow(10, 1 / Double(perDecade))
      var last = k
      while last + 1 < frequencies.count, frequencies[last + 1] < end { last += 1 }
      let count = Double(last - k + 1)
      f.append(exp(frequencies[k...last].reduce(0) { $0 + log($1) } / count))
      s.append(densities[k...last].reduce(0, +) / count)
      counts.append(last - k + 1)
      k = last + 1
    }
    return (f, s, counts)
  }
}
