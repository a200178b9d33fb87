import Foundation
import NumericalMethods

/// 1/f^γ and white noise fitted to the spectrum of a record in one-third-octave bands.
///
/// Welch's average of N periodograms and bins scatters as χ² with 2N degrees of freedom: the logarithm
/// of a band deviates by √(1/N) and is 1/2N too low in the mean, which the fit counts. The law is that of
/// sampled noise, whose parts above half the sampling rate fold into the band. The lowest bin, from which
/// the window takes the mean, is left out. Of white noise, 1/f^γ noise and both, the one of the lowest Bayesian
/// information criterion is taken.
struct BackgroundSpectrum {
  /// 1/f^γ noise, if there is any.
  let flicker: FlickerNoise?
  /// The density of white noise; 0 for none.
  let white: Double
  /// Level, exponent and white noise with their errors, those that were taken.
  let estimates: [FitEstimate]
  /// γ and its standard error, if there is 1/f^γ noise.
  let exponent: (value: Double, standardError: Double)?

  /// One-third-octave bands of a spectrum without its lowest bin.
  struct Bands {
    let frequencies: [Double]
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
  }

  /// Fits the bands of readings at `rate` hertz, whose record began `1/lowest` seconds before its end.
  /// - Throws: `NumericalFailure` where no fit ends.
  init(_ bands: Bands, rate: Double, lowest: Double) throws(NumericalFailure) {
    let n = bands.frequencies.count
    func flicker(_ p: [Double]) -> FlickerNoise {
      FlickerNoise(
        level: exp(p[0]), exponent: 1.9 / (1 + exp(-p[1])) + 0.05, lowest: lowest,
        highest: 0.5 * rate)
    }
    func fit(_ start: [Double], _ law: ([Double]) -> (Double) -> Double)
      -> (fit: NonlinearFit, criterion: Double)?
    {
      let result = try? NonlinearFit(from: start, count: n) { p, out in
        let density = law(p)
        for k in 0..<n {
          let error =
            log(bands.densities[k]) + 0.5 / bands.counts[k]
            - log(max(density(bands.frequencies[k]), 1e-300))
          out[k] = error * bands.counts[k].squareRoot()
        }
      }
      guard let result else { return nil }
      let squares = result.residuals.reduce(0) { $0 + $1 * $1 }
      return (result, squares + Double(start.count) * log(Double(n)))
    }
    let first = log(bands.densities[0] * bands.frequencies[0])
    let last = log(bands.densities[n - 1])
    let onlyWhite = fit([last]) { p in { _ in exp(p[0]) } }
    let onlyFlicker = fit([first, 0]) { p in
      let noise = flicker(p)
      return { noise.spectrum($0, sampledAt: rate) }
    }
    let both = fit([first, 0, last]) { p in
      let noise = flicker(p)
      return { noise.spectrum($0, sampledAt: rate) + exp(p[2]) }
    }
    let candidates = [onlyWhite, onlyFlicker, both].compactMap { $0 }
    guard let best = candidates.min(by: { $0.criterion < $1.criterion })?.fit else {
      throw NumericalFailure("no spectrum of 1/f and white noise fits the record")
    }
    var estimates: [FitEstimate] = []
    if best.values.count > 1 {
      let noise = flicker(best.values)
      // The derivative of the exponent by its parameter.
      let slope = (noise.exponent - 0.05) * (1.95 - noise.exponent) / 1.9
      let isDetermined = { !best.undetermined.contains($0) }
      exponent = (noise.exponent, slope * best.standardErrors[1])
      estimates = [
        FitEstimate(
          "flicker.level", noise.level, noise.level * best.standardErrors[0],
          isDetermined: isDetermined(0)),
        FitEstimate(
          "flicker.exponent", noise.exponent, slope * best.standardErrors[1],
          // At an end of its range the exponent is not known: a drift falls as 1/f² or faster.
          isDetermined: isDetermined(1) && (0.06...1.94).contains(noise.exponent)),
      ]
      self.flicker = noise
    } else {
      (self.flicker, exponent) = (nil, nil)
    }
    if best.values.count == 2 {
      white = 0
    } else {
      let place = best.values.count - 1
      white = exp(best.values[place])
      estimates.append(
        FitEstimate(
          "fluctuations.white", white, white * best.standardErrors[place], unit: "1/Hz",
          isDetermined: !best.undetermined.contains(place)))
    }
    self.estimates = estimates
  }
}
