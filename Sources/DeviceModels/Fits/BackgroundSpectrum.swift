import Foundation
import NumericalMethods

/// 1/f^γ and white noise fitted to the spectrum of a record in one-third-octave bands.
///
/// The law is that of sampled noise, whose parts above half the sampling rate fold into the band. Of white noise,
/// 1/f^γ noise and both, the one of the lowest Bayesian information criterion is taken.
struct BackgroundSpectrum {
  /// 1/f^γ noise, if there is any.
  let flicker: FlickerNoise?
  /// The density of white noise; 0 for none.
  let white: Double
  /// Level, exponent and white noise with their errors, those that were taken.
  let estimates: [FitEstimate]
  /// γ and its standard error, if there is 1/f^γ noise.
  let exponent: (value: Double, standardError: Double)?

  /// Fits the bands of readings at `rate` hertz, whose record began `1/lowest` seconds before its end.
  /// - Throws: `NumericalFailure` where no fit ends.
  init(_ bands: SpectrumBands, rate: Double, lowest: Double) throws(NumericalFailure) {
    func flicker(_ p: [Double]) -> FlickerNoise {
      FlickerNoise(
        level: exp(p[0]), exponent: 1.9 / (1 + exp(-p[1])) + 0.05, lowest: lowest,
        highest: 0.5 * rate)
    }
    let first = log(bands.densities[0] * bands.frequencies[0])
    let last = log(bands.densities[bands.densities.count - 1])
    typealias Law = ([Double]) -> (Double) -> Double
    let candidates: [(start: [Double], law: Law)] = [
      ([last], { p in { _ in exp(p[0]) } }),
      (
        [first, 0],
        { p in
          let noise = flicker(p)
          return { noise.spectrum($0, sampledAt: rate) }
        }
      ),
      (
        [first, 0, last],
        { p in
          let noise = flicker(p)
          return { noise.spectrum($0, sampledAt: rate) + exp(p[2]) }
        }
      ),
    ]
    let fits = candidates.compactMap { bands.fit($0.start, $0.law) }
    guard let best = fits.min(by: { $0.criterion < $1.criterion })?.fit
    else { throw NumericalFailure("no spectrum of 1/f and white noise fits the record") }
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
