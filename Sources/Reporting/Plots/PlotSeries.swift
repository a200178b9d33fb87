import Foundation

/// One set of data in a figure.
public struct PlotSeries: Sendable, Codable {
  /// How it is drawn.
  public enum Style: Sendable, Codable {
    /// A line whose dashes tell it from those of other colors in gray.
    case line
    case dashedLine
    /// A thin line without dashes: records with many points.
    case trace
    case points
    /// Many small, translucent points.
    case scatter
    case linePoints
    case steps
    /// Columns from zero, `width` of the distance of two neighbors wide.
    case bars(width: Double)
    /// Points with error bars from `low` to `high`.
    case errorBars(low: [Double], high: [Double])
    /// Error bars without points, beside a line.
    case whiskers(low: [Double], high: [Double])
    /// A filled area from `low` to `high`; `y` is not drawn.
    case band(low: [Double], high: [Double])
    /// A filled area between the points, which follow its edge; pieces are parted by NaN.
    case polygon
    /// Boxes from quartile to quartile with whiskers from `low` to `high`; `y` is the median.
    case boxes(low: [Double], firstQuartile: [Double], thirdQuartile: [Double], high: [Double])
    /// A field of colors: `y` is empty and the values are row major, row 0 at the top.
    case heatMap(rowCount: Int, columnCount: Int, values: [Double], showsNumbers: Bool)
  }

  /// What the legend says; empty for no line in it.
  public var name: String
  /// How it is drawn.
  public var style: Style
  /// The places along the horizontal axis.
  public var x: [Double]
  /// The values; NaN leaves a gap.
  public var y: [Double]
  /// Which color, dashes and marker of the set; `nil` for its place among the series.
  public var color: Int?
  /// Whether the values are drawn against the second vertical axis.
  public var isOnSecondAxis = false
  /// Whether a column that is far higher than all others is cut, with its height beside it.
  var cutsSpike = false

  /// - Precondition: `x` and `y` (and the limits of a spread) have the same length.
  public init(_ name: String = "", _ style: Style, x: [Double], y: [Double], color: Int? = nil) {
    precondition(x.count == y.count, "a point has two coordinates")
    switch style {
    case .errorBars(let low, let high), .band(let low, let high), .whiskers(let low, let high):
      precondition(low.count == x.count && high.count == x.count, "a spread has a place each")
    default: break
    }
    self.name = name
    self.style = style
    self.x = x
    self.y = y
    self.color = color
  }

  /// A field of colors, row 0 at the top.
  /// - Precondition: there is a value for each cell.
  public static func heatMap(
    rowCount: Int, columnCount: Int, values: [Double], showsNumbers: Bool = false
  ) -> PlotSeries {
    precondition(values.count == rowCount * columnCount, "a field has a value for each cell")
    return PlotSeries(
      "",
      .heatMap(
        rowCount: rowCount, columnCount: columnCount, values: values, showsNumbers: showsNumbers),
      x: [], y: [])
  }

  /// The histogram of `values` in `binCount` equal bins over `range`, as a share of all values a bin.
  ///
  /// - Parameter binCount: `nil` for twice the cube root of the number of values (Rice's rule), at most 60 and odd,
  ///   so that values that are all equal have a bin in the middle.
  /// - Precondition: `binCount` is positive.
  public static func histogram(
    _ name: String, of values: [Double], binCount given: Int? = nil,
    range: ClosedRange<Double>? = nil,
    color: Int? = nil
  ) -> PlotSeries {
    let finite = values.filter(\.isFinite)
    let binCount = given ?? min(59, Int(2 * cbrt(Double(finite.count)).rounded(.up)) | 1)
    precondition(binCount > 0, "a histogram has bins")
    var low = range?.lowerBound ?? finite.min() ?? 0
    var high = range?.upperBound ?? finite.max() ?? 1
    // Equal values are centered in bins wide enough for the axis to label.
    if high - low <= 1e-9 * max(abs(low), abs(high)) {
      let room = low == 0 ? 1 : abs(low) * 0.01
      (low, high) = (low - room, high + room)
    }
    let width = (high - low) / Double(binCount)
    var counts = [Int](repeating: 0, count: binCount)
    for value in finite where value >= low && value <= high {
      counts[min(binCount - 1, Int((value - low) / width))] += 1
    }
    let total = Double(max(1, finite.count))
    var series = PlotSeries(
      name, .bars(width: 1), x: (0..<binCount).map { low + (Double($0) + 0.5) * width },
      y: counts.map { Double($0) / total }, color: color)
    series.cutsSpike = true
    return series
  }

  /// Lines with the spread around them: one or two as bands, more as error bars at a few places, moved
  /// aside so that they do not hide each other.
  ///
  /// - Parameters:
  ///   - isLogarithmic: whether the horizontal axis is.
  ///   - isOrdered: whether a line can follow the places; else they are those of names, 0, 1, 2, …, and all values are
  ///     points with error bars.
  public static func spreads(
    _ lines: [(name: String, x: [Double], y: [Double], low: [Double], high: [Double])],
    isLogarithmic: Bool, isOrdered: Bool = true
  ) -> [PlotSeries] {
    let middle = Double(lines.count - 1) / 2
    guard isOrdered else {
      let distance = min(0.15, 0.8 / Double(max(1, lines.count)))
      return lines.enumerated().map { k, line in
        PlotSeries(
          line.name, .errorBars(low: line.low, high: line.high),
          x: line.x.map { $0 + (Double(k) - middle) * distance }, y: line.y, color: k)
      }
    }
    if lines.count <= 2 {
      return lines.enumerated().map { k, line in
        PlotSeries("", .band(low: line.low, high: line.high), x: line.x, y: line.y, color: k)
      }
        + lines.enumerated().map { k, line in
          PlotSeries(line.name, .linePoints, x: line.x, y: line.y, color: k)
        }
    }
    return lines.enumerated().flatMap { k, line -> [PlotSeries] in
      let step = max(1, (line.x.count + 6) / 7)
      let places = Array(stride(from: step / 2, to: line.x.count, by: step))
      let aside = (Double(k) - middle) * min(0.012, 0.1 / Double(lines.count))
      let first = line.x.min() ?? 0
      let last = line.x.max() ?? 1
      let x = places.map { i in
        isLogarithmic && first > 0
          ? line.x[i] * pow(last / first, aside) : line.x[i] + aside * (last - first)
      }
      return [
        PlotSeries(
          "",
          .whiskers(low: places.map { line.low[$0] }, high: places.map { line.high[$0] }),
          x: x, y: places.map { line.y[$0] }, color: k),
        PlotSeries(line.name, .linePoints, x: line.x, y: line.y, color: k),
      ]
    }
  }
}
