import Foundation
import Randomness

/// A trap that captures and emits: a current or conductance that jumps between two levels.
///
/// Capture with rate 1/τ_c, emission with 1/τ_e; the part of time in the captured state is
/// τ_e/(τ_c + τ_e); the spectrum is a Lorentzian.
///
/// Source: Machlup, J. Appl. Phys. 25, 341 (1954), doi 10.1063/1.1721637.
public struct RandomTelegraphNoise: Sendable, Hashable {
  /// The mean time until capture, in seconds.
  public var captureTime: Double
  /// The mean time until emission, in seconds.
  public var emissionTime: Double
  /// What the captured state adds, in the unit of the noisy quantity.
  public var amplitude: Double

  /// - Precondition: both times are positive.
  public init(captureTime: Double, emissionTime: Double, amplitude: Double) {
    precondition(captureTime > 0 && emissionTime > 0, "times are positive")
    self.captureTime = captureTime
    self.emissionTime = emissionTime
    self.amplitude = amplitude
  }

  /// The part of time in the captured state.
  public var occupancy: Double { emissionTime / (captureTime + emissionTime) }

  /// The one-sided power spectral density at `frequency` hertz, without the peak at zero.
  public func spectrum(_ frequency: Double) -> Double {
    let rate = 1 / captureTime + 1 / emissionTime
    let omega = 2 * .pi * frequency
    return 4 * amplitude * amplitude * occupancy * (1 - occupancy) * rate
      / (rate * rate + omega * omega)
  }

  /// The value at each of `times`, drawn exactly: from one time to the next by the transition
  /// probabilities of the two-state chain, whatever the distance. The first is drawn from the
  /// stationary distribution.
  /// - Precondition: `times` does not fall.
  public func values(at times: [Double], _ key: StreamKey) -> [Double] {
    var stream = RandomStream(key)
    let rate = 1 / captureTime + 1 / emissionTime
    var captured = stream.uniform() < occupancy
    var last = times.first ?? 0
    return times.map { time in
      precondition(time >= last, "times do not fall")
      let kept = exp(-rate * (time - last))
      let probability = occupancy + ((captured ? 1 : 0) - occupancy) * kept
      if time > last { captured = stream.uniform() < probability }
      last = time
      return captured ? amplitude : 0
    }
  }

  /// The times from 0 to `end` at which the trap jumps, and whether it was captured at 0.
  public func jumps(until end: Double, _ key: StreamKey) -> (captured: Bool, times: [Double]) {
    var stream = RandomStream(key)
    let first = stream.uniform() < occupancy
    var captured = first
    var times: [Double] = []
    var time = 0.0
    while true {
      time -= log(stream.uniform()) * (captured ? emissionTime : captureTime)
      guard time < end else { return (first, times) }
      times.append(time)
      captured.toggle()
    }
  }
}
