import Foundation

/// A piece of a waveform in closed form: `offset + slope·(t − origin) + amplitude·sin(ω(t − origin) + φ)`.
public struct WaveformSegment: Sendable, Hashable {
  /// Where the line and the sine have their origin, in seconds.
  public var origin = 0.0
  /// The voltage at the origin without the sine, in volts.
  public var offset: Double
  /// The slope of the line, in volts a second.
  public var slope = 0.0
  /// The amplitude of the sine, in volts.
  public var amplitude = 0.0
  /// The angular frequency of the sine, in radians a second.
  public var angularFrequency = 0.0
  /// The phase of the sine at the origin, in radians.
  public var phase = 0.0

  /// A constant voltage.
  public init(constant: Double) { offset = constant }
  /// A straight line through `(t0, v0)` and `(t1, v1)`.
  public init(from t0: Double, _ v0: Double, to t1: Double, _ v1: Double) {
    origin = t0
    offset = v0
    slope = t1 > t0 ? (v1 - v0) / (t1 - t0) : 0
  }

  /// The voltage at `time` seconds.
  @inline(__always)
  public func voltage(at time: Double) -> Double {
    let line = offset + slope * (time - origin)
    return amplitude == 0
      ? line : line + amplitude * sin(angularFrequency * (time - origin) + phase)
  }
}

/// A segment and the time for which it holds.
public struct WaveformPiece: Sendable, Hashable {
  /// Where it begins, in seconds.
  public var start: Double
  /// Where it ends, in seconds.
  public var end: Double
  /// The voltage in between.
  public var segment: WaveformSegment

  /// Its length in seconds.
  public var duration: Double { end - start }
  /// The longest step that cannot miss what the segment does.
  var longestStep: Double {
    segment.amplitude == 0 || segment.angularFrequency == 0
      ? .infinity : 0.05 * 2 * .pi / segment.angularFrequency
  }
}

/// A voltage in time, made of smooth pieces; zero before and after.
public struct Waveform: Sendable, Hashable {
  /// The pieces, one after the other from time 0, without gaps.
  public private(set) var pieces: [WaveformPiece]

  /// Its length in seconds.
  public var duration: Double { pieces.last?.end ?? 0 }

  private init(_ pieces: [WaveformPiece]) { self.pieces = pieces }

  /// A sine of `amplitude` volts and `frequency` hertz around `offset`, for `periods` periods.
  public static func sine(
    amplitude: Double, frequency: Double, periods: Double = 1, offset: Double = 0,
    phase: Double = 0
  ) -> Waveform {
    precondition(frequency > 0 && periods > 0, "a sine lasts")
    var segment = WaveformSegment(constant: offset)
    segment.amplitude = amplitude
    segment.angularFrequency = 2 * .pi * frequency
    segment.phase = phase
    return Waveform([WaveformPiece(start: 0, end: periods / frequency, segment: segment)])
  }

  /// Straight lines between the points. Two points at one time are a jump.
  /// - Precondition: at least one point; times rise from 0 and do not fall.
  public static func piecewiseLinear(_ points: [(time: Double, voltage: Double)]) -> Waveform {
    precondition(!points.isEmpty && points[0].time >= 0, "points from time zero on")
    var pieces: [WaveformPiece] = []
    if points[0].time > 0 {
      pieces.append(
        WaveformPiece(
          start: 0, end: points[0].time, segment: WaveformSegment(constant: points[0].voltage)))
    }
    for (a, b) in zip(points, points.dropFirst()) {
      precondition(b.time >= a.time, "times do not fall")
      guard b.time > a.time else { continue }
      pieces.append(
        WaveformPiece(
          start: a.time, end: b.time,
          segment: WaveformSegment(from: a.time, a.voltage, to: b.time, b.voltage)))
    }
    return Waveform(pieces)
  }

  /// A line from `start` to `end` volts in `duration` seconds.
  public static func ramp(from start: Double = 0, to end: Double, duration: Double) -> Waveform {
    piecewiseLinear([(0, start), (duration, end)])
  }

  /// 0 → `positive` → 0 → `negative` → 0 at a constant slope, `cycles` times, each `period` seconds.
  public static func triangle(
    positive: Double, negative: Double, period: Double, cycles: Int = 1
  ) -> Waveform {
    precondition(positive >= 0 && negative <= 0 && positive > negative && period > 0 && cycles > 0)
    let quarter = 0.5 * period / (positive - negative)
    var points: [(time: Double, voltage: Double)] = [(0, 0)]
    for k in 0..<cycles {
      let t = Double(k) * period
      if positive > 0 {
        points.append((t + quarter * positive, positive))
        points.append((t + 2 * quarter * positive, 0))
      }
      if negative < 0 {
        points.append((t + 2 * quarter * positive - quarter * negative, negative))
        points.append((t + period, 0))
      }
    }
    return piecewiseLinear(points)
  }

  /// `count` pulses of `height` volts, each `width` seconds flat with edges of `edge` seconds,
  /// beginning every `period` seconds.
  /// - Precondition: `width + 2·edge ≤ period`.
  public static func pulses(
    height: Double, width: Double, period: Double, count: Int, edge: Double = 0
  ) -> Waveform {
    precondition(width > 0 && edge >= 0 && count > 0 && width + 2 * edge <= period * (1 + 1e-12))
    var points: [(time: Double, voltage: Double)] = []
    for k in 0..<count {
      let t = Double(k) * period
      points += [
        (t, 0), (t + edge, height), (t + edge + width, height), (t + 2 * edge + width, 0),
      ]
    }
    points.append((max(Double(count) * period, points.last!.time), 0))
    return piecewiseLinear(points)
  }

  /// The voltage at `time`; at a jump, the one before it.
  public func voltage(at time: Double) -> Double {
    guard time >= 0, time <= duration, !pieces.isEmpty else { return 0 }
    var low = 0
    var high = pieces.count - 1
    while low < high {
      let middle = (low + high) / 2
      if pieces[middle].end >= time { high = middle } else { low = middle + 1 }
    }
    return pieces[low].segment.voltage(at: time)
  }

  /// The pieces up to `end`: the last one cut there, or zero volts added until there.
  func pieces(until end: Double, cutAt levels: [Double] = []) -> [WaveformPiece] {
    var result = pieces.filter { $0.start < end }
    if let last = result.last {
      if last.end > end {
        result[result.count - 1].end = end
      } else if last.end < end {
        result.append(
          WaveformPiece(start: last.end, end: end, segment: WaveformSegment(constant: 0)))
      }
    } else if end > 0 {
      result = [WaveformPiece(start: 0, end: end, segment: WaveformSegment(constant: 0))]
    }
    return levels.isEmpty ? result : result.flatMap { $0.cut(at: levels) }
  }

  /// `count` times from 0 to the end, evenly spaced.
  public func times(_ count: Int) -> [Double] {
    precondition(count >= 2, "at least both ends")
    return (0..<count).map { duration * Double($0) / Double(count - 1) }
  }
}
