import Foundation
import InputOutput
import PhysicalUnits

/// What stands where in a figure: ranges, tics, margins and rows of the legend.
///
/// Text is measured by `TextWidth`. Lengths are in 1/96 inch.
package struct PlotLayout: Sendable {
  /// The heights of the fonts: 7.5 and 6.75 points.
  package static let labelFont = 10.0
  package static let ticFont = 9.0
  package static let lineHeight = 13.0

  /// The whole figure.
  package var size: FigureSize
  /// The plot's distance to the edges of the figure.
  package var (left, right, top, bottom) = (0.0, 0.0, 0.0, 0.0)
  /// What the axes cover.
  package var (xRange, yRange) = (0.0...1.0, 0.0...1.0)
  package var secondRange: ClosedRange<Double>?
  package var colorRange: ClosedRange<Double>?
  /// Their tics.
  package var (x, y) = (AxisTics(tics: []), AxisTics(tics: []))
  package var secondY: AxisTics?
  package var color: AxisTics?
  /// The lines of their labels.
  package var (xLabel, yLabel, secondLabel, colorLabel) = (
    [String](), [String](), [String](), [String]()
  )
  /// Whether the labels of the horizontal axis stand aslant.
  package var isAslant = false
  /// Whether names stand below the horizontal axis.
  private(set) var hasNames = false
  /// How far these reach to the left of the plot.
  private var aslantReach = 0.0
  /// The columns and rows of the legend.
  package var (legendColumns, legendRows) = (0, 0)
  /// How many characters of a name the legend shows.
  private var legendLimit = Int.max
  /// Where a column is cut, and how high it is.
  package var spike: (place: Double, value: Double)?

  /// The width and the height of the plot.
  package var plot: (width: Double, height: Double) {
    (Double(size.width) - left - right, Double(size.height) - top - bottom)
  }

  package init(_ plot: Plot, size given: FigureSize) {
    size = plot.size ?? given
    let height = Double(size.height) * plot.heightFactor
    spike = plot.spike
    hasNames = !plot.categories.isEmpty
    xRange = plot.shownRange(of: \.x)
    yRange = plot.shownRange(of: \.y)
    if plot.secondY != nil { secondRange = plot.shownRange(of: \.secondY) }
    colorRange = plot.shownColors
    let names = plot.series.map { GnuplotText.shown($0.name) }.filter { !$0.isEmpty }
    // The margins depend on the widths of the labels of the tics, and these on the margins: four rounds
    // are enough.
    for _ in 0..<4 {
      arrange(plot, names)
      // A long legend makes the figure higher rather than the plot low.
      size.height = Int((height + max(0, legendHeight - 0.35 * height)).rounded())
    }
  }

  private var legendHeight: Double { 12.7 * Double(legendRows) }

  /// `name` as the legend shows it.
  func legendName(_ name: String) -> String {
    let shown = GnuplotText.shown(name)
    return shown.count <= legendLimit
      ? name : shown.prefix((legendLimit + 1) / 2) + "…" + shown.suffix(legendLimit / 2)
  }

  private mutating func arrange(_ plot: Plot, _ names: [String]) {
    let (width, height) = self.plot
    setTics(plot, width: max(40, width), height: max(40, height))
    xLabel = Self.lines(plot.x.label, x.exponent, Double(size.width) - left)
    yLabel = Self.lines(plot.y.label, y.exponent, 1.15 * max(40, height))
    func ticWidth(_ ems: Double) -> Double { ems * Self.ticFont }
    let line = Self.lineHeight
    if !names.isEmpty {
      // gnuplot measures with the wider font of the labels, and breaks rows that it takes for too long.
      legendLimit = max(8, Int((max(40, width) - 42) / 6.2))
      let widest =
        names.map(legendName).map { max(6.2 * Double($0.count), TextWidth.ems($0) * Self.ticFont) }
        .reduce(0, max) + 42
      legendColumns = max(1, min(names.count, Int(max(40, width) / widest)))
      legendRows =
        (names.count + legendColumns - 1) / legendColumns + (plot.legendTitle.isEmpty ? 0 : 1)
    }
    let title = plot.title.isEmpty ? 0 : line + 2
    top = title + (legendRows == 0 ? 8 : 5 + legendHeight)
    left =
      (yLabel.isEmpty ? 8 : 6) + line * Double(yLabel.count) + 8
      + ticWidth(y.width)
    // Names that stand aslant may take a quarter of the figure on the left of the plot.
    left = max(left, min(0.28 * Double(size.width), aslantReach + 4))
    // Without a label below them, letters of the tics' labels that reach below their line need the room.
    bottom =
      (xLabel.isEmpty ? 10 : 6) + line * Double(xLabel.count)
      + (isAslant
        ? 10 + CategoryTics.slope * ticWidth(x.width)
        : 15 + CategoryTics.lineHeight * Double(max(1, x.lineCount) - 1))
      + (plot.heatMap == nil ? 0 : 3)
    // Half of the last label, so far as it reaches beyond the plot.
    if let last = x.tics.last, !isAslant {
      let share = (xRange.upperBound - last.place) / (xRange.upperBound - xRange.lowerBound)
      right = max(10, ticWidth(TextWidth.ems(last.label)) / 2 - (hasNames ? share * width : 0))
    } else {
      right = 10
    }
    if let axis = plot.secondY, let second = secondY {
      secondLabel = Self.lines(axis.label, second.exponent, 1.15 * max(40, height))
      right = 6 + line * Double(secondLabel.count) + 7 + ticWidth(second.width)
    }
    if let color {
      colorLabel = Self.lines(plot.colorLabel, color.exponent, 1.15 * max(40, height))
      right = 6 + line * Double(colorLabel.count) + 6 + ticWidth(color.width) + Self.colorBar
    }
  }

  /// The width of the color scale with the gap before it.
  package static let colorBar = 20.0

  private mutating func setTics(_ plot: Plot, width: Double, height: Double) {
    func beside(_ ems: Double) -> Int { Int(width / ((ems + 1.2) * Self.ticFont)) + 1 }
    let above = { (_: Double) in Int(height / (2.2 * Self.ticFont)) + 1 }
    (isAslant, aslantReach) = (false, 0)
    if plot.categories.isEmpty {
      x =
        plot.x.isLogarithmic
        ? .logarithmic(xRange, room: beside)
        : plot.onlyPlace.flatMap(AxisTics.only)
          ?? .linear(xRange, smallest: plot.heatMap == nil ? plot.x.step : 1, room: beside)
    } else {
      let names = CategoryTics(
        below: plot.categories.map(GnuplotText.shown), over: xRange, width: width, left: left,
        height: 0.35 * Double(size.height))
      (x, isAslant, aslantReach) = (names.tics, names.stand == .aslant, names.reach)
    }
    if plot.verticalCategories.isEmpty {
      y =
        plot.y.isLogarithmic
        ? .logarithmic(yRange, room: above)
        : .linear(yRange, smallest: plot.heatMap == nil ? plot.y.step : 1, room: above)
    } else {
      y =
        CategoryTics(
          beside: plot.verticalCategories.map(GnuplotText.shown), height: height,
          limit: 0.42 * Double(size.width) / Self.ticFont
        ).tics
    }
    if let axis = plot.secondY, let range = secondRange {
      secondY =
        axis.isLogarithmic
        ? .logarithmic(range, room: above) : .linear(range, smallest: axis.step, room: above)
    }
    if let range = colorRange, !plot.colorLabel.isEmpty {
      color = .linear(range, smallest: nil, room: above)
    }
  }

  /// The label of an axis, its numbers over a power of ten, in lines of at most `room`.
  static func lines(_ label: String, _ exponent: Int, _ room: Double) -> [String] {
    var text = GnuplotText.shown(label)
    if exponent != 0 {
      let power = "10\(TypesetUnit.raised(exponent))"
      if text.hasSuffix(")"), let open = text.lastIndex(of: "(") {
        text.insert(contentsOf: power + " ", at: text.index(after: open))
      } else {
        text += " (\(power))"
      }
    }
    return text.isEmpty ? [] : wrapped(text, max(5, room / labelFont))
  }

  /// `text` in one line, or in two of about the same length.
  private static func wrapped(_ text: String, _ limit: Double) -> [String] {
    guard TextWidth.ems(text) > limit else { return [text] }
    let middle = text.count / 2
    let gaps = text.indices.filter { text[$0] == " " }
    let place = gaps.min {
      abs(text.distance(from: text.startIndex, to: $0) - middle)
        < abs(text.distance(from: text.startIndex, to: $1) - middle)
    }
    guard let place else { return [text] }
    return [String(text[..<place]), String(text[text.index(after: place)...])]
  }
}
