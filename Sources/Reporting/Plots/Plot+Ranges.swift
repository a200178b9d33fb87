import Foundation

extension Plot {
  /// The field of colors among the series.
  var heatMap: (rowCount: Int, columnCount: Int, values: [Double], showsNumbers: Bool)? {
    for one in series {
      if case .heatMap(let rows, let columns, let values, let showsNumbers) = one.style {
        return (rows, columns, values, showsNumbers)
      }
    }
    return nil
  }

  /// What the axis `which` covers: its own range, or all data with a little room.
  func shownRange(of which: KeyPath<Plot, Axis?>) -> ClosedRange<Double> {
    let axis = self[keyPath: which] ?? Axis("")
    return shownRange(of: axis, isHorizontal: false, isSecond: true)
  }

  /// The same of the two axes that every figure has.
  func shownRange(of which: KeyPath<Plot, Axis>) -> ClosedRange<Double> {
    let isHorizontal = which == \.x
    if let map = heatMap {
      let count = Double(isHorizontal ? map.columnCount : map.rowCount)
      return -0.5...max(0.5, count - 0.5)
    }
    return shownRange(of: self[keyPath: which], isHorizontal: isHorizontal, isSecond: false)
  }

  private func shownRange(
    of axis: Axis, isHorizontal: Bool, isSecond: Bool
  ) -> ClosedRange<Double> {
    if let range = axis.range, !axis.isLogarithmic || range.lowerBound > 0 {
      return Self.widened(range)
    }
    if isHorizontal, !categories.isEmpty { return -0.6...Double(categories.count) - 0.4 }
    var low = Double.infinity
    var high = -Double.infinity
    var standsOnZero = false
    for one in series where isHorizontal || one.isOnSecondAxis == isSecond {
      for values in isHorizontal ? one.places : one.heights(spike: spike?.place) {
        for value in values
        where value.isFinite && abs(value) < 1e300 && (!axis.isLogarithmic || value > 0) {
          low = min(low, value)
          high = max(high, value)
        }
      }
      if case .bars = one.style, !isHorizontal, !axis.isLogarithmic {
        low = min(low, 0)
        high = max(high, 0)
        standsOnZero = true
      }
    }
    guard low <= high else { return axis.isLogarithmic ? 0.1...1 : 0...1 }
    let share = isHorizontal ? 0.015 : 0.05
    if axis.isLogarithmic {
      let room = max(pow(high / low, share), 1.05)
      return max(low / room, 1e-307)...high * room
    }
    if !isHorizontal, spike != nil { high *= 1.3 }
    let whole = Self.widened(low...high)
    guard whole == low...high else { return whole }
    let room = (high - low) * share
    return
      (standsOnZero && low == 0 ? 0 : low - room)...(standsOnZero && high == 0
      ? 0 : high + room)
  }

  /// Where all data stand along the horizontal axis, if that is one place and no range is asked for.
  var onlyPlace: Double? {
    guard heatMap == nil, x.range == nil, series.allSatisfy({ $0.halfWidth == 0 }) else {
      return nil
    }
    let places = Set(series.flatMap(\.x).filter(\.isFinite))
    return places.count == 1 ? places.first : nil
  }

  /// What the color scale covers.
  var shownColors: ClosedRange<Double>? {
    guard let map = heatMap else { return nil }
    if let colorRange { return Self.widened(colorRange) }
    let finite = map.values.filter { $0.isFinite && abs($0) < 1e300 }
    guard let low = finite.min(), let high = finite.max() else { return nil }
    return Self.widened(low...high)
  }

  /// `range`, or a wider one where it is a single number or gnuplot cannot count in it.
  static func widened(_ range: ClosedRange<Double>) -> ClosedRange<Double> {
    let low = max(range.lowerBound, -1e300)
    let high = min(range.upperBound, 1e300)
    guard low <= high else { return 0...1 }
    let peak = max(abs(low), abs(high))
    if high - low >= max(1e-9 * peak, 1e-250) { return low...high }
    let room = peak < 1e-250 ? 1 : peak * 0.01
    return low - room...high + room
  }

  /// The column of a histogram that would leave nothing to see of the others: far higher than the next.
  var spike: (place: Double, value: Double)? {
    for one in series where one.cutsSpike {
      let order = one.y.indices.sorted { one.y[$0] > one.y[$1] }
      guard order.count > 8, order.filter({ one.y[$0] > 0 }).count > 4,
        one.y[order[0]] > 3.5 * one.y[order[1]]
      else { continue }
      return (one.x[order[0]], one.y[order[0]])
    }
    return nil
  }
}

extension PlotSeries {
  /// Half the width of a column or a box.
  var halfWidth: Double {
    switch style {
    case .bars(let width): return 0.5 * width * distance
    case .boxes: return 0.25 * distance
    default: return 0
    }
  }

  /// The distance of two neighbors.
  var distance: Double { x.count > 1 ? abs(x[1] - x[0]) : 1 }

  /// What the series covers along the horizontal axis.
  fileprivate var places: [[Double]] {
    let half = halfWidth
    return half == 0 ? [x] : [x.map { $0 - half }, x.map { $0 + half }]
  }

  /// What it covers along the vertical one.
  fileprivate func heights(spike: Double?) -> [[Double]] {
    switch style {
    case .errorBars(let low, let high), .whiskers(let low, let high): return [y, low, high]
    case .band(let low, let high): return [low, high]
    case .boxes(let low, _, _, let high): return [low, y, high]
    case .heatMap: return []
    case .bars where cutsSpike && spike != nil:
      return [x.indices.map { x[$0] == spike ? 0 : y[$0] }]
    default: return [y]
    }
  }
}
