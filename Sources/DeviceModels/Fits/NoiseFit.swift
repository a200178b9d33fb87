import Foundation
import NumericalMethods

/// Telegraph and 1/f noise fitted to a record of a conductance at one state.
///
/// Traps are found one after the other as two levels with random jumps; what they leave has the
/// spectrum level/f + white, fitted to its averages over bands. All of it is relative to the
/// conductance, which the file states, as it states the deviation of one reading.
public struct NoiseFit: DeviceFit {
  /// The fluctuations.
  public let fluctuations: FluctuationSection
  /// The mean conductance, in siemens.
  public let mean: Double
  /// The deviation of one sample by white noise, in siemens.
  public let whiteDeviation: Double
  /// The deviation of one reading by all noise of the record, relative to the mean.
  public let readDeviation: Double
  /// γ of the measured S ∝ 1/f^γ, and its standard error.
  public let slope: (value: Double, standardError: Double)
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
    var rest = values.map { $0 / mean - 1 }
    let whole = PowerSpectrum(rest, interval: interval).averaged()
    var found: [RandomTelegraphNoise] = []
    var estimates = [FitEstimate("conductance", mean, 0, unit: "S")]
    var notes: [String] = []
    for k in 0..<traps {
      guard let fit = TelegraphFit(rest) else { break }
      // A captured electron lowers the conductance: the low level is the captured one. Probabilities
      // per sample become rates of the chain in continuous time.
      let total = min(fit.leave.low + fit.leave.high, 0.999)
      let rate = -log(1 - total) / interval / total
      let capture = 1 / (fit.leave.high * rate)
      let emission = 1 / (fit.leave.low * rate)
      let amplitude = fit.levels.high - fit.levels.low
      found.append(
        RandomTelegraphNoise(
          captureTime: capture, emissionTime: emission, amplitude: min(1, amplitude)))
      let error = 1 / (Double(max(1, fit.jumps)) / 2).squareRoot()
      let samples = Double(values.count)
      let share = fit.high.reduce(0, +) / samples
      // Samples within a dwell share the slow noise: the levels are as well known as dwells are many.
      let levelError =
        fit.deviation / (Double(max(1, fit.jumps)) * share * (1 - share)).squareRoot()
      estimates += [
        FitEstimate("telegraph[\(k)].capture-time", capture, capture * error, unit: "s"),
        FitEstimate("telegraph[\(k)].emission-time", emission, emission * error, unit: "s"),
        FitEstimate("telegraph[\(k)].amplitude", amplitude, levelError),
      ]
      for i in rest.indices {
        rest[i] -= fit.levels.low + amplitude * fit.high[i]
      }
    }
    if found.isEmpty, traps > 0 {
      notes.append("no trap is visible above the noise: no telegraph noise")
    }
    let spectrum = PowerSpectrum(rest, interval: interval)
    let bands = spectrum.averaged()
    let (lowest, highest) = (spectrum.frequencies[0], 0.5 / interval)
    // log S = log(level/f + white), each band with the same relative error.
    let first = log(max(1e-300, bands.densities[0] * bands.frequencies[0]))
    let last = log(max(1e-300, bands.densities[bands.densities.count - 1]))
    let fit = try NonlinearFit(from: [first, last], count: bands.densities.count) { p, out in
      for k in bands.densities.indices {
        let model = exp(p[0]) / bands.frequencies[k] + exp(p[1])
        out[k] = log(max(1e-300, bands.densities[k])) - log(model)
      }
    }
    let level = exp(fit.values[0])
    let white = exp(fit.values[1])
    let line = try NonlinearFit(from: [first, 1], count: bands.densities.count) { p, out in
      for k in bands.densities.indices {
        // The white part is taken off, half of what is measured at most.
        let own = max(bands.densities[k] - white, 0.5 * bands.densities[k])
        out[k] = log(max(1e-300, own)) - p[0] + p[1] * log(bands.frequencies[k])
      }
    }
    slope = (line.values[1], line.standardErrors[1])
    whiteDeviation = mean * (white / 2 / interval).squareRoot()
    readDeviation = SampleStatistics(values).deviation / mean
    estimates += [
      FitEstimate(
        "flicker.level", level, level * fit.standardErrors[0],
        isDetermined: !fit.undetermined.contains(0)),
      FitEstimate("slope of the 1/f noise", slope.value, slope.standardError),
      FitEstimate(
        "fluctuations.white", white, white * fit.standardErrors[1], unit: "1/Hz",
        isDetermined: !fit.undetermined.contains(1)),
      FitEstimate(
        "deviation of a reading by white noise", whiteDeviation,
        0.5 * whiteDeviation * fit.standardErrors[1], unit: "S",
        isDetermined: !fit.undetermined.contains(1)),
      FitEstimate(
        "read-noise.relative-deviation", readDeviation, Self.deviationError(values, mean)),
    ]
    if abs(slope.value - 1) > 0.3 {
      notes.append(
        "the noise falls as 1/f^\(Self.short(slope.value)), the model as 1/f: its level holds in the middle of the band"
      )
    }
    fluctuations = FluctuationSection(
      telegraph: found,
      flicker: FlickerNoise(level: level, lowest: lowest, highest: max(highest, 2 * lowest)),
      white: white, conductance: mean)
    // A part too small to count, such as no white noise beside 1/f noise, is no row.
    self.estimates = estimates.filter { !$0.standardError.isNaN }
    self.notes = notes
    residual = (fit.residualDeviation, "")
    let fluctuations = fluctuations
    curves = FitCurves(
      x: "frequency (Hz)", y: "spectral density of ΔG/G (Hz⁻¹)", isLogarithmic: (true, true),
      series: [
        FitCurves.Series(
          name: "record", x: whole.frequencies, measured: whole.densities,
          isLogarithmic: true, law: { fluctuations.spectrum($0) })
      ])
    validity =
      "\(Self.short(lowest)) Hz to \(Self.short(highest)) Hz at \(Self.short(mean * 1e6)) uS, one device"
  }

  /// The standard error of the relative deviation of the record: from the deviations of eight parts of it,
  /// whose readings are not independent within a part.
  private static func deviationError(_ values: [Double], _ mean: Double) -> Double {
    let parts = (0..<8).map { k in
      SampleStatistics(Array(values[k * values.count / 8..<(k + 1) * values.count / 8])).deviation
    }
    return SampleStatistics(parts).deviation / mean / 8.0.squareRoot()
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
    if let flicker = fluctuations.flicker, let low = flicker.corners.first,
      let high = flicker.corners.last
    {
      lines.append("  flicker: {level: \(flicker.level), lowest: \(low) Hz, highest: \(high) Hz}")
    }
    lines.append("  white: \(fluctuations.white) 1/Hz")
    lines.append("  check-points:")
    let band = [0.1, 0.5, 0.9].map { part in
      let (low, high) = (
        fluctuations.flicker?.corners.first ?? 1, fluctuations.flicker?.corners.last ?? 10
      )
      return low * pow(high / low, part)
    }
    for f in band {
      lines.append("    - {frequency: \(f) Hz, density: \(fluctuations.spectrum(f))}")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
