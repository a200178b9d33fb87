import Foundation
import NumericalMethods

/// Telegraph and 1/f^γ noise fitted to a record of a conductance at one state.
///
/// A drift, a polynomial up to the third degree for which the record holds very strong evidence, is taken off
/// first. Traps are found one after the other as two levels with random jumps, each with very strong evidence
/// against Gaussian noise of any spectrum (`RecordLikelihood`); what they leave has the spectrum
/// level/f^γ + white, fitted in one-third-octave bands. The times of the traps agree with their jumps and with
/// the spectrum of the record (`TrapEstimate`). All of it is relative to the conductance, which the file
/// states, as it states the deviation of one reading.
public struct NoiseFit: DeviceFit {
  /// The fluctuations.
  public let fluctuations: FluctuationSection
  /// The mean conductance, in siemens.
  public let mean: Double
  /// The degree of the polynomial that was taken off as drift; 0 for none.
  public let driftDegree: Int
  /// The deviation of one reading by all noise of the record, relative to the mean.
  public let readDeviation: Double
  /// γ of the 1/f^γ noise and its standard error; `nil` without such noise.
  public let exponent: (value: Double, standardError: Double)?
  public let estimates: [FitEstimate]
  public let residual: (value: Double, unit: String)
  public let notes: [String]
  public let curves: FitCurves
  public let validity: String

  public var name: String { "read noise" }

  /// Fits the record `values`, in siemens, `interval` seconds apart.
  /// - Throws: `NumericalFailure` where it is shorter than 256 values, does not fluctuate, or its mean
  ///   is not positive.
  public init(_ values: [Double], interval: Double, traps: Int = 3) throws(NumericalFailure) {
    guard values.count >= 256, interval > 0 else {
      throw NumericalFailure("\(values.count) readings are too few for a spectrum, 256 are needed")
    }
    let mean = values.reduce(0, +) / Double(values.count)
    guard mean > 0, values.contains(where: { $0 != values[0] }) else {
      throw NumericalFailure("the record has no positive mean, or does not fluctuate")
    }
    self.mean = mean
    let relative = values.map { $0 / mean - 1 }
    let drift = RecordLikelihood.drift(of: relative)
    driftDegree = drift.degree
    let steady = zip(relative, drift.values).map { $0 - $1 }
    let whole = SpectrumBands(PowerSpectrum(steady, interval: interval))
    var rest = steady
    var found: [TrapEstimate] = []
    var estimates = [FitEstimate("conductance", mean, 0, unit: "S")]
    var notes: [String] = []
    if drift.degree > 0, let low = drift.values.min(), let high = drift.values.max() {
      notes.append(
        "a drift over \(Self.short(100 * (high - low))) % of the conductance, a polynomial of degree \(drift.degree), was taken off: it is not in the noise"
      )
    }
    for _ in 0..<traps {
      guard let fit = TelegraphFit.best(of: rest) else { break }
      found.append(TrapEstimate(fit, interval: interval))
      let amplitude = fit.levels.high - fit.levels.low
      for i in rest.indices {
        rest[i] -= fit.levels.low + amplitude * fit.high[i]
      }
    }
    if found.isEmpty, traps > 0 {
      notes.append(
        "no trap is evident: sharp jumps between two levels describe the record no better than Gaussian noise of its spectrum"
      )
    }
    let spectrum = PowerSpectrum(rest, interval: interval)
    let rate = 1 / interval
    let background = try BackgroundSpectrum(
      SpectrumBands(spectrum), rate: rate, lowest: rate / Double(values.count))
    found = TrapEstimate.agreeing(found, whole, background, rate: rate)
    estimates += found.enumerated().flatMap { $1.estimates($0) } + background.estimates
    notes += found.enumerated().compactMap { $1.note($0) }
    exponent = background.exponent
    readDeviation = SampleStatistics(steady).deviation
    if background.white > 0, let white = background.estimates.last {
      let deviation = mean * (background.white / 2 / interval).squareRoot()
      estimates.append(
        FitEstimate(
          "deviation of a reading by white noise", deviation,
          0.5 * deviation * white.standardError / white.value, unit: "S",
          isDetermined: white.isDetermined))
    }
    estimates.append(
      FitEstimate(
        "read-noise.relative-deviation", readDeviation, Self.deviationError(steady)))
    fluctuations = FluctuationSection(
      telegraph: found.map(\.noise), flicker: background.flicker, white: background.white,
      conductance: mean)
    self.estimates = estimates
    let fluctuations = fluctuations
    let law = { fluctuations.spectrum($0, sampledAt: rate) }
    residual = (whole.deviation(from: law), "of the logarithm of the spectrum")
    self.notes = notes
    curves = FitCurves(
      x: "frequency (Hz)", y: "spectral density of ΔG/G (Hz⁻¹)", isLogarithmic: (true, true),
      series: [
        FitCurves.Series(
          name: "record", x: whole.frequencies, measured: whole.densities,
          isLogarithmic: true, law: law)
      ])
    validity =
      "\(Self.short(spectrum.frequencies[1])) Hz to \(Self.short(0.5 * rate)) Hz at \(Self.short(mean * 1e6)) uS, one device"
  }

  /// The standard error of the relative deviation of the record: from the deviations of eight parts of it,
  /// whose readings are not independent within a part.
  private static func deviationError(_ values: [Double]) -> Double {
    let parts = (0..<8).map { k in
      SampleStatistics(Array(values[k * values.count / 8..<(k + 1) * values.count / 8])).deviation
    }
    return SampleStatistics(parts).deviation / 8.0.squareRoot()
  }

  private static func short(_ value: Double) -> String { String(format: "%.3g", value) }

  public var sections: String {
    var lines = [
      "read-noise: {law: proportional, relative-deviation: \(readDeviation)}", "fluctuations:",
      "  conductance: \(mean) S",
    ]
    if !fluctuations.telegraph.isEmpty { lines.append("  telegraph:") }
    for trap in fluctuations.telegraph {
      lines.append(
        "    - {capture-time: \(trap.captureTime) s, emission-time: \(trap.emissionTime) s, amplitude: \(trap.amplitude)}"
      )
    }
    let noise = fluctuations.flicker
    let (low, high) = (noise?.corners.first ?? 1, noise?.corners.last ?? 10)
    if let noise {
      lines.append(
        "  flicker: {level: \(noise.level), exponent: \(noise.exponent), lowest: \(low) Hz, highest: \(high) Hz}"
      )
    }
    if fluctuations.white > 0 { lines.append("  white: \(fluctuations.white) 1/Hz") }
    lines.append("  check-points:")
    let band = [0.1, 0.5, 0.9].map { low * pow(high / low, $0) }
    for f in band {
      lines.append("    - {frequency: \(f) Hz, density: \(fluctuations.spectrum(f))}")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
