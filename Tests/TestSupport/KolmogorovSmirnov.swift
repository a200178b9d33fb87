import Foundation

/// Kolmogorov and Smirnov's test: the probability of a distance at least as large as the one between
/// `sample` and the continuous distribution `cumulative`, if the sample came from it.
///
/// The asymptotic distribution with Stephens's correction; good from about 30 values on.
package func kolmogorovSmirnov(_ sample: [Double], _ cumulative: (Double) -> Double) -> Double {
  let sorted = sample.sorted()
  let n = Double(sorted.count)
  var distance = 0.0
  for (i, x) in sorted.enumerated() {
    let p = cumulative(x)
    distance = max(distance, max(p - Double(i) / n, Double(i + 1) / n - p))
  }
  let root = n.squareRoot()
  let lambda = (root + 0.12 + 0.11 / root) * distance
  guard lambda > 0.2 else { return 1 }
  var sum = 0.0
  for k in 1...100 {
    let term = exp(-2 * Double(k * k) * lambda * lambda)
    sum += k % 2 == 1 ? term : -term
    if term < 1e-16 { break }
  }
  return min(1, max(0, 2 * sum))
}
