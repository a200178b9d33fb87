import Randomness
import StrictYAML

/// The `fluctuations:` section of a device model: telegraph noise of single traps and 1/f noise, both
/// relative to the conductance.
///
/// ```yaml
/// fluctuations:
///   telegraph:
///     - {capture-time: 20 ms, emission-time: 60 ms, amplitude: 3 %}
///   flicker: {level: 1e-5, lowest: 0.1 Hz, highest: 10 kHz}
///   check-points:
///     - {frequency: 1 Hz, density: 3e-5}
/// ```
public struct FluctuationSection: Sendable, Hashable {
  /// Traps; the amplitude is relative to the conductance and lowers it.
  public let telegraph: [RandomTelegraphNoise]
  /// 1/f noise with S_G(f)·f/G² = level.
  public let flicker: FlickerNoise?
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
    let part = node.mapping("flicker", required: false)
    if part.exists {
      let lowest = part.quantity("lowest", unit: "Hz", in: 1e-9...1e12)
      let highest = part.quantity("highest", unit: "Hz", in: 1e-9...1e12)
      if highest <= lowest { part.fault("'highest' must be above 'lowest'") }
      flicker = FlickerNoise(
        level: part.number("level", in: 0...1), lowest: lowest, highest: max(highest, 2 * lowest))
    } else {
      flicker = nil
    }
  }

  /// Fluctuations of given parts.
  public init(telegraph: [RandomTelegraphNoise], flicker: FlickerNoise?) {
    self.telegraph = telegraph
    self.flicker = flicker
    checkPoints = []
  }

  /// (G(t) − G)/G at `times`, about a mean of zero.
  /// - Precondition: `times` does not fall.
  public func relativeValues(at times: [Double], _ key: StreamKey) -> [Double] {
    var sum = flicker?.values(at: times, key.child("flicker")) ?? times.map { _ in 0 }
    for (k, trap) in telegraph.enumerated() {
      let mean = trap.occupancy * trap.amplitude
      for (i, x) in trap.values(at: times, key.child("telegraph").child(k)).enumerated() {
        sum[i] -= x - mean
      }
    }
    return sum
  }

  /// The one-sided spectral density of (G(t) − G)/G at `frequency` hertz.
  public func spectrum(_ frequency: Double) -> Double {
    telegraph.reduce(flicker?.spectrum(frequency) ?? 0) { $0 + $1.spectrum(frequency) }
  }
}
