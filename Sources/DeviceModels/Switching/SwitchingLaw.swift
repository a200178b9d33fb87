import Foundation
import LinearAlgebra
import NumericalMethods
import Randomness

/// How the dose at which a device switches is distributed.
///
/// The dose is H(t) = ∫₀ᵗ rate(V(t′)) dt′, the time in units of the momentary time constant.
public enum SwitchingDose: Sendable, Hashable {
  /// H ~ Exp(1): switching without memory, P(t) = 1 − exp(−H(t)).
  case exponential
  /// ln H ~ N(0, σ²): the log-normal spread of measured switching times, P(t) = Φ(ln H(t)/σ).
  case logNormal(Double)

  /// The dose below which a part `p` of all devices has switched; 0 < p < 1.
  public func quantile(_ p: Double) -> Double {
    switch self {
    case .exponential: return -log1p(-p)
    case .logNormal(let sigma): return exp(sigma * Distribution.normalQuantile(p))
    }
  }

  /// The part of all devices that has switched at the dose `h`.
  public func probability(_ h: Double) -> Double {
    guard h > 0 else { return 0 }
    switch self {
    case .exponential: return -expm1(-h)
    case .logNormal(let sigma): return Distribution.normal(log(h) / sigma)
    }
  }
}

/// A device that switches at a voltage-dependent rate.
public protocol SwitchingLaw: Sendable {
  /// The rate in 1/s at `voltage` volts.
  func rate(_ voltage: Double) -> Double
  /// The distribution of the dose.
  var dose: SwitchingDose { get }
}

extension SwitchingLaw {
  /// The probability that a rectangular pulse of `height` volts and `width` seconds switches.
  public func probability(height: Double, width: Double) -> Double {
    dose.probability(rate(height) * width)
  }

  /// The probability to have switched by the end of `waveform`.
  public func probability(_ waveform: Waveform) -> Double {
    dose.probability(DoseTable(self, waveform).total)
  }

  /// When each of `count` devices switches under `waveform`, in seconds; NaN where it does not.
  ///
  /// Exact for any waveform: the dose is drawn and H(t) = dose is solved for t; no fixed step is
  /// taken. Device i depends on `key` and i alone, on any number of threads.
  public func firstPassages(_ count: Int, under waveform: Waveform, _ key: StreamKey) -> [Double] {
    let table = DoseTable(self, waveform)
    let piece = 1024
    return [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
      nonisolated(unsafe) let buffer = buffer  // safe: parts are disjoint
      Parallel.forEach((count + piece - 1) / piece) { part in
        for i in part * piece..<min(count, (part + 1) * piece) {
          var stream = RandomStream(key.child(i))
          let wanted = dose.quantile(stream.uniform())
          (buffer.baseAddress! + i).initialize(to: table.time(of: wanted) ?? .nan)
        }
      }
      initialized = count
    }
  }

  /// When the device switches whose dose is `dose`; `nil` where the waveform ends before.
  public func firstPassage(under waveform: Waveform, dose: Double) -> Double? {
    DoseTable(self, waveform).time(of: dose)
  }
}

/// The cumulated dose of a law under a waveform, in pieces small enough for a quadrature of 12
/// points to be exact to 1e-13.
struct DoseTable<Law: SwitchingLaw> {
  private let law: Law
  private let waveform: Waveform
  private let rule = GaussLegendre(12)
  private var bounds: [Double] = [0]
  private var cumulated: [Double] = [0]
  private var segments: [WaveformSegment] = []

  /// The dose at the waveform's end.
  var total: Double { cumulated[cumulated.count - 1] }

  init(_ law: Law, _ waveform: Waveform) {
    self.law = law
    self.waveform = waveform
    for piece in waveform.pieces(until: waveform.duration, cutAt: [0]) {
      // A line at least 32, a sine at least 64 a period.
      let turns = piece.duration * piece.segment.angularFrequency / (2 * .pi)
      let isFlat = piece.segment.slope == 0 && piece.segment.amplitude == 0
      let parts = isFlat ? 1 : min(1_000_000, max(32, Int(64 * turns)))
      for k in 0..<parts {
        let a = piece.start + piece.duration * Double(k) / Double(parts)
        let b =
          k == parts - 1 ? piece.end : piece.start + piece.duration * Double(k + 1) / Double(parts)
        let part = rule.integral(from: a, to: b) { law.rate(piece.segment.voltage(at: $0)) }
        bounds.append(b)
        cumulated.append(cumulated[cumulated.count - 1] + part)
        segments.append(piece.segment)
      }
    }
  }

  /// When the dose is `wanted`.
  func time(of wanted: Double) -> Double? {
    guard wanted < total else { return nil }
    var low = 0
    var high = segments.count - 1
    while low < high {
      let middle = (low + high) / 2
      if cumulated[middle + 1] > wanted { high = middle } else { low = middle + 1 }
    }
    let start = bounds[low]
    let end = bounds[low + 1]
    let left = wanted - cumulated[low]
    let segment = segments[low]
    if segment.slope == 0 && segment.amplitude == 0 {
      return min(end, start + left / law.rate(segment.offset))
    }
    let root = try? bracketedRoot(from: start, to: end, relative: 1e-14) { t in
      rule.integral(from: start, to: t) { law.rate(segment.voltage(at: $0)) } - left
    }
    // Rounding may leave the wanted dose a hair beyond the part's end.
    return root ?? end
  }
}
