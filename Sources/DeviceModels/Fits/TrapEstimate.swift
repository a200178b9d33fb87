import Foundation
import NumericalMethods

/// A trap of a record with the uncertainty of its parameters, from its jumps and from the spectrum.
///
/// Mean times and amplitude are first those of the jumps. The jumps of a real trap may come in bursts: then the
/// record has not the Lorentzian of the mean times. `agreeing` looks for the times and amplitudes that agree best
/// with both, each deviation divided by its standard error.
struct TrapEstimate {
  /// The trap; its amplitude is at most 1.
  private(set) var noise: RandomTelegraphNoise
  /// The trap by its jumps alone.
  private let jumping: RandomTelegraphNoise
  /// The standard error of the logarithm of both times, were the jumps independent.
  private let independent: Double
  /// The standard errors of the logarithms of both times, and of the amplitude relative to it.
  let errors: (capture: Double, emission: Double, amplitude: Double)

  /// The trap whose jumps `fit` found in values `interval` seconds apart. A captured electron lowers the
  /// conductance: the low level is the captured one.
  init(_ fit: TelegraphFit, interval: Double) {
    // Probabilities per sample become rates of the chain in continuous time.
    let total = min(fit.leave.low + fit.leave.high, 0.999)
    let rate = -log(1 - total) / interval / total
    let amplitude = fit.levels.high - fit.levels.low
    noise = RandomTelegraphNoise(
      captureTime: 1 / (fit.leave.high * rate), emissionTime: 1 / (fit.leave.low * rate),
      amplitude: min(1, amplitude))
    jumping = noise
    let jumps = Double(max(1, fit.jumps))
    let share = fit.high.reduce(0, +) / Double(fit.high.count)
    let bursts = Self.scatter(fit.high.map { $0 > 0.5 })
    independent = 1 / (jumps / 2).squareRoot()
    // Samples within a dwell share the slow noise: the levels are as well known as dwells are many.
    errors = (
      max(independent, bursts.high), max(independent, bursts.low),
      fit.deviation / (jumps * share * (1 - share)).squareRoot() / amplitude
    )
  }

  /// The standard errors of the logarithms of the mean times at both levels by the jackknife over eight parts
  /// of the record.
  private static func scatter(_ states: [Bool]) -> (low: Double, high: Double) {
    func error(_ level: Bool) -> Double {
      var spent = [Double](repeating: 0, count: 8)
      var left = spent
      for (k, (now, next)) in zip(states, states.dropFirst()).enumerated() where now == level {
        spent[8 * k / states.count] += 1
        if next != level { left[8 * k / states.count] += 1 }
      }
      let (time, jumps) = (spent.reduce(0, +), left.reduce(0, +))
      let logarithms = zip(spent, left).map {
        log(max(time - $0, 1) / max(jumps - $1, 0.5))
      }
      return 7 / 8.0.squareRoot() * SampleStatistics(logarithms).deviation
    }
    return (error(false), error(true))
  }

  /// The traps with the times and amplitudes that agree best with their jumps and, beside `background`, with
  /// the bands of the record, readings at `rate` hertz.
  static func agreeing(
    _ traps: [TrapEstimate], _ bands: SpectrumBands, _ background: BackgroundSpectrum,
    rate: Double
  ) -> [TrapEstimate] {
    guard !traps.isEmpty else { return [] }
    func changed(_ p: [Double]) -> [TrapEstimate] {
      traps.enumerated().map { k, trap in
        var trap = trap
        // Parameters are in standard errors.
        trap.noise.captureTime *= exp(p[3 * k] * trap.errors.capture)
        trap.noise.emissionTime *= exp(p[3 * k + 1] * trap.errors.emission)
        trap.noise.amplitude = min(
          1, trap.noise.amplitude * exp(p[3 * k + 2] * trap.errors.amplitude))
        return trap
      }
    }
    let fit = bands.fit([Double](repeating: 0, count: 3 * traps.count), isPrior: true) { p in
      let section = FluctuationSection(
        telegraph: changed(p).map(\.noise), flicker: background.flicker, white: background.white)
      return { section.spectrum($0, sampledAt: rate) }
    }
    return fit.map { changed($0.fit.values) } ?? traps
  }

  /// What a reader must know about trap `k` of a file: where a time differs from the mean
  /// between its jumps by more than three standard errors of independent jumps.
  func note(_ k: Int) -> String? {
    let ratios = [
      noise.captureTime / jumping.captureTime, noise.emissionTime / jumping.emissionTime,
    ]
    guard ratios.contains(where: { abs(log($0)) > 3 * independent }) else { return nil }
    return String(
      format:
        "telegraph[%d] jumps in bursts: its times are those of the spectrum; the mean times between its jumps, %.3g s before capture and %.3g s before emission, give another one",
      k, jumping.captureTime, jumping.emissionTime)
  }

  /// The rows of a table for trap `k` of a file.
  func estimates(_ k: Int) -> [FitEstimate] {
    [
      FitEstimate(
        "telegraph[\(k)].capture-time", noise.captureTime, noise.captureTime * errors.capture,
        unit: "s"),
      FitEstimate(
        "telegraph[\(k)].emission-time", noise.emissionTime, noise.emissionTime * errors.emission,
        unit: "s"),
      FitEstimate("telegraph[\(k)].amplitude", noise.amplitude, noise.amplitude * errors.amplitude),
    ]
  }
}
