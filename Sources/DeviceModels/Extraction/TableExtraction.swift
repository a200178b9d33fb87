import Foundation
import InputOutput
import NumericalMethods

/// A table law of pulse response, with its spread, from the conductances of a population under
/// trains up and down.
///
/// Every device's place between its own lowest and highest conductance is x; its steps are
/// gain·m(x)·range + noise with the median range of all devices, as in the law `table`, whose bounds and gain
/// spread independently: a device of twice the range and the same number of pulses has twice the gain. The nodes m are a least-squares fit of straight lines between evenly
/// spaced x to all devices, the gain of a device is the regression of its steps on m, and the noise
/// at a node is what is left.
public struct TableExtraction: Sendable {
  /// Mean steps and their noise at the nodes, as parts of the highest conductance.
  public let nodes: PulseNodes
  /// The lowest and the highest conductance: medians, in siemens.
  public let lowest: Double
  public let highest: Double
  /// The deviations of both, relative.
  public let lowestSpread: Double
  public let highestSpread: Double
  /// The deviation of the gain from device to device, and of half the difference up − down.
  public let gainSpread: Double
  public let asymmetrySpread: Double

  /// - Parameters:
  ///   - traces: siemens, before the first pulse and after each, one trace a device.
  ///   - directions: of the pulses.
  /// - Throws: `RunError` where no conductance changes, or pulses of one direction change none.
  public init(
    _ traces: [[Double]], _ directions: [PulseDirection], nodeCount: Int
  ) throws(RunError) {
    let low = traces.map { $0.min() ?? 0 }
    let high = traces.map { $0.max() ?? 0 }
    lowest = quantile(low, 0.5)
    highest = quantile(high, 0.5)
    guard lowest > 0, highest > lowest * (1 + 1e-9), Set(directions).count == 2 else {
      throw RunError(
        "the pulses do not change the conductance (\(lowest) to \(highest) S): use higher or longer "
          + "ones")
    }
    lowestSpread = SampleStatistics(low).deviation / lowest
    highestSpread = SampleStatistics(high).deviation / highest
    let range = 1 - lowest / highest
    let common = highest - lowest
    var means: [PulseDirection: [Double]] = [:]
    var deviations: [PulseDirection: [Double]] = [:]
    var gains: [PulseDirection: [Double]] = [:]
    for direction in PulseDirection.allCases {
      // Places in each device's own range; steps as parts of the common range.
      let steps = traces.indices.map { k -> [(x: Double, y: Double)] in
        let span = max(high[k] - low[k], 1e-300)
        return directions.indices.filter { directions[$0] == direction }.map { i in
          (
            (traces[k][i] - low[k]) / span,
            (traces[k][i + 1] - traces[k][i]) / common * (direction == .up ? 1 : -1)
          )
        }
      }
      let all = steps.flatMap { $0 }
      var m = Self.lines(through: all, nodeCount).map { max(0, $0) }
      var own = steps.map { points -> Double in
        let fitted = points.map { Self.value(m, $0.x) }
        let power = fitted.reduce(0) { $0 + $1 * $1 }
        let product = zip(points, fitted).reduce(0) { $0 + $1.0.y * $1.1 }
        return power > 0 ? product / power : 1
      }
      // The table is that of the median device.
      let middle = quantile(own, 0.5)
      if middle > 0 {
        m = m.map { $0 * middle }
        own = own.map { $0 / middle }
      }
      let squares = zip(steps, own).flatMap { points, gain in
        points.map { (x: $0.x, y: pow($0.y - gain * Self.value(m, $0.x), 2)) }
      }
      means[direction] = m.map { $0 * range }
      deviations[direction] = Self.averages(of: squares, nodeCount).map {
        max(0, $0).squareRoot() * range
      }
      gains[direction] = own
    }
    nodes = PulseNodes(
      up: means[.up]!, down: means[.down]!, upDeviation: deviations[.up]!,
      downDeviation: deviations[.down]!)
    for (direction, steps) in [("up", nodes.up), ("down", nodes.down)] {
      guard steps.contains(where: { $0 > 1e-9 }) else {
        throw RunError(
          "the pulses \(direction) do not change the conductance: use higher or longer ones")
      }
    }
    let both = zip(gains[.up]!, gains[.down]!)
    gainSpread = SampleStatistics(both.map { 0.5 * ($0 + $1) }).deviation
    asymmetrySpread = SampleStatistics(both.map { 0.5 * ($0 - $1) }).deviation
  }

  /// The value at `x` in 0…1 of straight lines between evenly spaced nodes.
  static func value(_ nodes: [Double], _ x: Double) -> Double {
    let place = min(max(x, 0), 1) * Double(nodes.count - 1)
    let i = min(Int(place), nodes.count - 2)
    return nodes[i] + (place - Double(i)) * (nodes[i + 1] - nodes[i])
  }

  /// Least squares of straight lines between `count` evenly spaced nodes, with a slight preference
  /// for straightness where points are rare: a tridiagonal system plus second differences, solved
  /// by elimination within its band.
  static func lines(through points: [(x: Double, y: Double)], _ count: Int) -> [Double] {
    let n = count
    var a = [Double](repeating: 0, count: n * n)
    var b = [Double](repeating: 0, count: n)
    for point in points {
      let place = min(max(point.x, 0), 1) * Double(n - 1)
      let i = min(Int(place), n - 2)
      let t = place - Double(i)
      a[i * n + i] += (1 - t) * (1 - t)
      a[i * n + i + 1] += t * (1 - t)
      a[(i + 1) * n + i] += t * (1 - t)
      a[(i + 1) * n + i + 1] += t * t
      b[i] += (1 - t) * point.y
      b[i + 1] += t * point.y
    }
    let stiffness = 1e-4 * Double(max(points.count, 1)) / Double(n)
    for i in 1..<n - 1 {
      for (j, u) in [(i - 1, 1.0), (i, -2), (i + 1, 1)] {
        for (k, v) in [(i - 1, 1.0), (i, -2), (i + 1, 1)] { a[j * n + k] += stiffness * u * v }
      }
    }
    // The band is two wide; the matrix is symmetric and positive definite.
    for i in 0..<n {
      for j in i + 1..<min(n, i + 3) where a[i * n + i] > 0 {
        let factor = a[j * n + i] / a[i * n + i]
        for k in i..<min(n, i + 3) { a[j * n + k] -= factor * a[i * n + k] }
        b[j] -= factor * b[i]
      }
    }
    for i in stride(from: n - 1, through: 0, by: -1) {
      for k in i + 1..<min(n, i + 3) { b[i] -= a[i * n + k] * b[k] }
      b[i] = a[i * n + i] > 0 ? b[i] / a[i * n + i] : 0
    }
    return b
  }

  /// The mean of the points about every node, each counted by its nearness; from the next node that
  /// has some where there are none.
  static func averages(of points: [(x: Double, y: Double)], _ count: Int) -> [Double] {
    var sum = [Double](repeating: 0, count: count)
    var weight = [Double](repeating: 0, count: count)
    for point in points {
      let place = min(max(point.x, 0), 1) * Double(count - 1)
      let i = min(Int(place), count - 2)
      let t = place - Double(i)
      sum[i] += (1 - t) * point.y
      weight[i] += 1 - t
      sum[i + 1] += t * point.y
      weight[i + 1] += t
    }
    let filled = (0..<count).filter { weight[$0] > 1e-9 }
    return (0..<count).map { i in
      guard let nearest = filled.min(by: { abs($0 - i) < abs($1 - i) }) else { return 0 }
      return sum[nearest] / weight[nearest]
    }
  }

  /// The device file: state 1 is the highest conductance.
  ///
  /// - Parameter statistics: lines about writing and reading.
  func modelFile(title: String, source: String, validity: String, statistics: [String]) -> String {
    func list(_ values: [Double]) -> String {
      "[" + values.map { String(format: "%.6g", $0) }.joined(separator: ", ") + "]"
    }
    let minimum = lowest / highest
    let response = { (values: [Double]) in Self.value(values, 0.5) }
    return """
      title: \(YAMLText.quoted(title))
      source: \(YAMLText.quoted(source))
      validity: \(YAMLText.quoted(validity))
      conductance-window:
        minimum: \(lowest) S
        maximum: \(highest) S
      \(statistics.joined(separator: "\n"))
      pulses:
        law: table
        conductance: {zero: 0 S, unit: \(highest) S}
        bounds: {minimum: \(minimum), maximum: 1, minimum-spread: \(lowestSpread), maximum-spread: \(highestSpread)}
        step: {spread: \(gainSpread), asymmetry-spread: \(asymmetrySpread)}
        nodes-up: \(list(nodes.up))
        nodes-down: \(list(nodes.down))
        deviation-up: \(list(nodes.upDeviation))
        deviation-down: \(list(nodes.downDeviation))
        check-points:
          - {state: \((1 + minimum) / 2), up: \(response(nodes.up)), down: \(-response(nodes.down)), tolerance: 0.01 %}

      """
  }
}
