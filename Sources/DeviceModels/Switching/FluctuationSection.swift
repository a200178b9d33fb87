import Randomness
import StrictYAML

/// The `fluctuations:` section of a device model: telegraph noise of single traps and 1/f noise, both
/// relative to the conductance.
///
/// ```yaml
/// fluctuations:
///   telegraph:
///     - {capture-time: 20 ms, emission-time: 60 ms, amplitude: 3 %}
///   flicker: {level: 1e-5, exponent: 1.1, lowest: 0.1 Hz, highest: 10 kHz}   # exponent: 1 without
///   white: 2e-9 1/Hz
///   conductance: 185 uS
///   check-points:
///     - {frequency: 1 Hz, density: 3e-5}
/// ```
public struct FluctuationSection: Sendable, Hashable {
  /// Traps; the amplitude is relative to the conductance and lowers it.
  public let telegraph: [RandomTelegraphNoise]
  /// 1/f^γ noise with S_G(f)·f^γ/G² = level.
  public let flicker: FlickerNoise?
  /// White noise: the one-sided spectral density of ΔG/G, per hertz; 0 for none. One reading of
  /// duration t has the variance `white`/(2t).
  public let white: Double
  /// The conductance that the noise was measured at, in siemens; `nil` where the file does not say.
  public let conductance: Double?
  /// What the parts must give together.
  public let checkPoints: [CheckPoint]

  /// The spectrum at one frequency.
  public struct CheckPoint: Sendable, Hashable {
    /// In hertz.
    public var frequency: Double
    /// The one-sided spectral density of (G(t) − G)/G, per hertz.
    public var density: Double
    /// The relative deviation allowed.
    public var tolerance: Double
  }

  /// Reads the section; what is wrong is recorded at the node.
  public init(reading node: StrictNode) {
    telegraph = node.child("telegraph").elements().map { trap in
      RandomTelegraphNoise(
        captureTime: trap.quantity("capture-time", unit: "s", in: 1e-12...1e9, default: 1),
        emissionTime: trap.quantity("emission-time", unit: "s", in: 1e-12...1e9, default: 1),
        amplitude: trap.number("amplitude", in: 0...1))
    }
    checkPoints = node.child("check-points").elements().map { point in
      CheckPoint(
        frequency: point.quantity("frequency", unit: "Hz", in: 1e-9...1e12),
        density: point.number("density", in: 0...1e12),
        tolerance: point.number("tolerance", in: 0...1, default: 1e-6))
    }
    white = node.quantity("white", unit: "1/Hz", in: 0...1, default: 0)
    conductance = node.optionalQuantity("conductance", unit: "S", in: 1e-15...1)
    let part = node.mapping("flicker", required: false)
    if part.exists {
      let lowest = part.quantity("lowest", unit: "Hz", in: 1e-9...1e12)
      let highest = part.quantity("highest", unit: "Hz", in: 1e-9...1e12)
      if highest <= lowest { part.fault("'highest' must be above 'lowest'") }
      flicker = FlickerNoise(
        level: part.number("level", in: 0...1),
        exponent: part.number("exponent", in: 0.05...1.95, default: 1), lowest: lowest,
        highest: max(highest, 2 * lowest))
    } else {
      flicker = nil
    }
  }

  /// Fluctuations of given parts.
  public init(
    telegraph: [RandomTelegraphNoise], flicker: FlickerNoise?, white: Double = 0,
    conductance: Double? = nil
  ) {
    self.telegraph = telegraph
    self.flicker = flicker
    self.white = white
    self.conductance = conductance
    checkPoints = []
  }

  /// (G(t) − G)/G at `times`, about a mean of zero. White noise is that of readings which last as long
  /// as the mean distance of the times; one time alone has none.
  /// - Precondition: `times` does not fall.
  public func relativeValues(at times: [Double], _ key: StreamKey) -> [Double] {
    var sum = flicker?.values(at: times, key.child("flicker")) ?? times.map { _ in 0 }
    for (k, trap) in telegraph.enumerated() {
      let mean = trap.occupancy * trap.amplitude
      for (i, x) in trap.values(at: times, key.child("telegraph").child(k)).enumerated() {
        sum[i] -= x - mean
      }
    }
    if white > 0, let first = times.first, let last = times.last, last > first {
      let interval = (last - first) / Double(times.count - 1)
      let deviation = (white / (2 * interval)).squareRoot()
      let scores = Noise.normal(times.count, key.child("white"))
      for i in sum.indices { sum[i] += deviation * Double(scores[i]) }
    }
    return sum
  }

  /// The one-sided spectral density of (G(t) − G)/G at `frequency` hertz.
  public func spectrum(_ frequency: Double) -> Double {
    telegraph.reduce(white + (flicker?.spectrum(frequency) ?? 0)) { $0 + $1.spectrum(frequency) }
  }

  /// The variance of ΔG/G of one reading that lasts `duration` seconds: telegraph and 1/f noise over all
  /// frequencies, white noise up to 1/(2·`duration`).
  public func variance(ofReading duration: Double) -> Double {
    let traps = telegraph.reduce(0) {
      $0 + $1.amplitude * $1.amplitude * $1.occupancy * (1 - $1.occupancy)
    }
    return traps + (flicker?.totalVariance ?? 0) + (duration > 0 ? white / (2 * duration) : 0)
  }
}
