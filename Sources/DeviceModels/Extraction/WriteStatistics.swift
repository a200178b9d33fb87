import NumericalMethods

/// What writing with pulses and a read after each leaves between target and conductance.
///
/// A device is written from its lowest conductance on, with pulses up: writing stops at the first read
/// that is within half of the last step of the target, or above it. A target that a device does not reach
/// within a train counts with its whole error.
public struct WriteStatistics: Sendable, Hashable {
  /// The mean of conductance less target over all targets, in siemens.
  public let mean: Double
  /// Deviation = Σ cₖ·(G/reference)ᵏ, in siemens: a fit to the targets' deviations.
  public let deviation: [Double]
  /// The highest target, in siemens.
  public let reference: Double

  /// - Parameters:
  ///   - traces: siemens, before the first pulse and after each, one trace per device.
  ///   - directions: of the pulses.
  ///   - window: the lowest and the highest target, in siemens.
  /// - Throws: `NumericalFailure` where the deviations cannot be fitted.
  package init(
    _ traces: [[Double]], _ directions: [PulseDirection], window: ClosedRange<Double>
  ) throws(NumericalFailure) {
    let trains = traces.flatMap { Self.trainsUp($0, directions) }
    let targets = (0...Self.targetCount).map {
      window.lowerBound
        + (window.upperBound - window.lowerBound) * Double($0) / Double(Self.targetCount)
    }
    let errors = targets.map { target in trains.map { Self.error(of: target, $0) } }
    let middle = errors.flatMap { $0 }.reduce(0, +) / Double(max(1, trains.count * targets.count))
    let deviations = errors.map { list in
      (list.reduce(0) { $0 + ($1 - middle) * ($1 - middle) } / Double(max(1, list.count)))
        .squareRoot()
    }
    mean = middle
    reference = window.upperBound
    let xs = targets.map { $0 / window.upperBound }
    // In parts of the highest target: the fit counts in numbers near 1.
    let ys = deviations.map { $0 / window.upperBound }
    let fit = try NonlinearFit(from: [ys.reduce(0, +) / Double(ys.count), 0, 0], count: ys.count) {
      c, out in
      for i in ys.indices { out[i] = ys[i] - (c[0] + xs[i] * (c[1] + xs[i] * c[2])) }
    }
    deviation = fit.values.map { $0 * window.upperBound }
  }

  private static let targetCount = 32

  /// The trains up of one trace, each with the conductance before its first pulse.
  private static func trainsUp(
    _ trace: [Double], _ directions: [PulseDirection]
  ) -> [ArraySlice<Double>] {
    var trains: [ArraySlice<Double>] = []
    var start: Int?
    for i in directions.indices {
      if directions[i] == .up {
        if start == nil { start = i }
        if i + 1 == directions.count || directions[i + 1] == .down {
          trains.append(trace[start!...i + 1])
          start = nil
        }
      }
    }
    return trains
  }

  /// Conductance less target where writing stops.
  private static func error(of target: Double, _ train: ArraySlice<Double>) -> Double {
    var last = train[train.startIndex]
    if last >= target { return last - target }
    for g in train.dropFirst() {
      if g >= target - 0.5 * abs(g - last) { return g - target }
      last = g
    }
    return last - target
  }
}
