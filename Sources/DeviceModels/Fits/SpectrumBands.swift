import Foundation
import NumericalMethods

/// One-third-octave bands of a spectrum without its lowest bin, from which the window takes the mean, and laws
/// fitted to them.
///
/// Welch's average of N periodograms and bins scatters as χ² with 2N degrees of freedom: the logarithm of a
/// band deviates by √(1/N) and is 1/2N too low in the mean, which the fit counts. A law that leaves more than
/// that is not exact: it is then taken to deviate from the spectrum by an equal relative amount in all bands,
/// as large as the residuals say, so that bands of many bins do not outweigh the others.
struct SpectrumBands {
  /// In hertz.
  let frequencies: [Double]
  /// The density of each band, in the square of the record's unit a hertz.
  let densities: [Double]
  /// How many independent values each band averages.
  let counts: [Double]

  init(_ spectrum: PowerSpectrum) {
    let all = spectrum.averaged(perDecade: 10)
    frequencies = Array(all.frequencies.dropFirst())
    densities = Array(all.densities.dropFirst()).map { max($0, 1e-300) }
    // Hann's window correlates neighboring bins and half overlapping segments.
    counts = all.counts.dropFirst().map {
      max(1, Double($0) / 1.5) * max(1, 0.947 * Double(spectrum.segmentCount))
    }
  }

  /// The root mean square of ln(law/measured) over the bands.
  func deviation(from law: (Double) -> Double) -> Double {
    let squares = zip(frequencies, densities).reduce(0) { $0 + pow(log(law($1.0) / $1.1), 2) }
    return (squares / Double(frequencies.count)).squareRoot()
  }

  /// The parameters of `law` that fit the bands from `start` on, and the Bayesian information criterion where
  /// the law is taken as exact; `nil` where no fit ends.
  /// - Parameter isPrior: whether the parameters are themselves known: in standard errors from 0.
  func fit(
    _ start: [Double], isPrior: Bool = false, _ law: ([Double]) -> (Double) -> Double
  ) -> (fit: NonlinearFit, criterion: Double)? {
    let n = frequencies.count
    func errors(_ p: [Double]) -> [Double] {
      let density = law(p)
      return (0..<n).map {
        log(densities[$0]) + 0.5 / counts[$0] - log(max(density(frequencies[$0]), 1e-300))
      }
    }
    func minimum(_ start: [Double], _ inexact: Double) -> NonlinearFit? {
      try? NonlinearFit(from: start, count: n + (isPrior ? start.count : 0)) { p, out in
        for (k, error) in errors(p).enumerated() {
          out[k] = error / (1 / counts[k] + inexact).squareRoot()
        }
        if isPrior { for (k, value) in p.enumerated() { out[n + k] = value } }
      }
    }
    guard var best = minimum(start, 0) else { return nil }
    let squares = best.residuals.reduce(0) { $0 + $1 * $1 }
    let criterion = squares + Double(start.count) * log(Double(n))
    let freedom = Double(isPrior ? n : n - start.count)
    for _ in 0..<8 {
      let inexact = excess(errors(best.values), freedom)
      guard inexact > 0, let next = minimum(best.values, inexact) else { break }
      best = next
    }
    return (best, criterion)
  }

  /// The variance of the logarithm beside that of the counts with which the errors have the mean square that
  /// `freedom` degrees of freedom make expected; 0 where they are no larger.
  private func excess(_ errors: [Double], _ freedom: Double) -> Double {
    func squares(_ inexact: Double) -> Double {
      zip(errors, counts).reduce(0) { $0 + $1.0 * $1.0 / (1 / $1.1 + inexact) }
    }
    guard squares(0) > freedom else { return 0 }
    var (low, high) = (0.0, errors.reduce(0) { $0 + $1 * $1 } / freedom)
    for _ in 0..<40 {
      let middle = 0.5 * (low + high)
      if squares(middle) > freedom { low = middle } else { high = middle }
    }
    return high
  }
}
