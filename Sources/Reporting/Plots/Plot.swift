/// A figure as papers of this field show it: axes with units, series with their spread, a legend.
///
/// gnuplot's SVG terminal draws it: a stable program in every distribution, whose output is text and the
/// same for the same data.
public struct Plot: Sendable {
  /// One axis.
  public struct Axis: Sendable, Hashable {
    /// The quantity and its unit: "conductance (µS)".
    public var label: String
    /// What the axis covers; `nil` for all data.
    public var range: ClosedRange<Double>?
    /// Whether its steps are factors. Only positive data can stand on such an axis.
    public var isLogarithmic: Bool
    /// The distance of its tics; `nil` for what fits.
    public var step: Double?

    /// An axis for `label`.
    public init(
      _ label: String, range: ClosedRange<Double>? = nil, isLogarithmic: Bool = false,
      step: Double? = nil
    ) {
      self.label = label
      self.range = range
      self.isLogarithmic = isLogarithmic
      self.step = step
    }
  }

  /// Where the legend stands.
  public enum Legend: String, Sendable {
    case topLeft = "top left"
    case topRight = "top right"
    case bottomLeft = "bottom left"
    case bottomRight = "bottom right"
    case below = "outside below center horizontal"
    case above = "outside above center horizontal"
    case none
  }

  /// What stands above the figure; may be empty where a caption says it.
  public var title: String
  /// The horizontal axis.
  public var x: Axis
  /// The vertical axis.
  public var y: Axis
  /// What is drawn, first things below.
  public var series: [PlotSeries]
  /// Where the legend stands. Series without a name have no line in it.
  public var legend: Legend
  /// What stands over the names of the series: what tells them apart.
  public var legendTitle = ""
  /// Names in the place of numbers below the horizontal axis, at 0, 1, 2, …
  public var categories: [String] = []
  /// The same beside the vertical axis.
  public var verticalCategories: [String] = []
  /// The label of the color scale of a heat map.
  public var colorLabel = ""
  /// What the color scale covers; `nil` for all data.
  public var colorRange: ClosedRange<Double>?
  /// Width and height in pixels at 96 a inch.
  public var size: (width: Int, height: Int) = (460, 330)

  /// A figure of `series`.
  public init(
    title: String = "", x: Axis, y: Axis, series: [PlotSeries], legend: Legend = .topRight
  ) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
    self.legend = legend
  }
}

/// One set of data in a figure.
public struct PlotSeries: Sendable {
  /// How it is drawn.
  public enum Style: Sendable {
    case line
    case dashedLine
    case points
    /// Many small, translucent points.
    case scatter
    case linePoints
    case steps
    /// Columns from zero, `width` of the distance of two neighbors wide.
    case bars(width: Double)
    /// Points with error bars from `low` to `high`.
    case errorBars(low: [Double], high: [Double])
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
  /// Which color of the set; `nil` for its place among the series.
  public var color: Int?

  /// - Precondition: `x` and `y` (and the limits of a spread) have the same length.
  public init(_ name: String = "", _ style: Style, x: [Double], y: [Double], color: Int? = nil) {
    precondition(x.count == y.count, "a point has two coordinates")
    switch style {
    case .errorBars(let low, let high), .band(let low, let high):
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
  /// - Precondition: `binCount` is positive.
  public static func histogram(
    _ name: String, of values: [Double], binCount: Int = 60, range: ClosedRange<Double>? = nil,
    color: Int? = nil
  ) -> PlotSeries {
    precondition(binCount > 0, "a histogram has bins")
    let finite = values.filter(\.isFinite)
    var low = range?.lowerBound ?? finite.min() ?? 0
    var high = range?.upperBound ?? finite.max() ?? 1
    // Values that are all alike stand in the middle of bins that an axis can count.
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
    return PlotSeries(
      name, .bars(width: 1), x: (0..<binCount).map { low + (Double($0) + 0.5) * width },
      y: counts.map { Double($0) / total }, color: color)
  }
}
