import Foundation
import InputOutput
import PhysicalUnits

/// What stands where in a figure: ranges, tics, margins and rows of the legend.
///
/// Text is measured as 0.6 of its font's height a character, which is DejaVu Sans, wider than Helvetica
/// and Arial: what has room here has room in the figure. Lengths are in 1/96 inch.
package struct PlotLayout: Sendable {
  /// The heights of the fonts: 7.5 and 6.75 points.
  package static let labelFont = 10.0
  package static let ticFont = 9.0
  package static let lineHeight = 13.0
  private static let ticCharacter = 0.6 * ticFont

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
  /// The columns and rows of the legend.
  package var (legendColumns, legendRows) = (0, 0)
  /// Where a column is cut, and how high it is.
  package var spike: (place: Double, value: Double)?

  /// The width and the height of the plot.
  package var plot: (width: Double, height: Double) {
    (Double(size.width) - left - right, Double(size.height) - top - bottom)
  }

  package init(_ plot: Plot, size given: FigureSize) {
    size = plot.size ?? given
    size.height = Int((Double(size.height) * plot.heightFactor).rounded())
    spike = plot.spike
    xRange = plot.shownRange(of: \.x)
    yRange = plot.shownRange(of: \.y)
    if plot.secondY != nil { secondRange = plot.shownRange(of: \.secondY) }
    colorRange = plot.shownColors
    let names = plot.series.map { GnuplotText.shown($0.name) }.filter { !$0.isEmpty }
    // The margins depend on the widths of the labels of the tics, and these on the margins: three rounds
    // are enough.
    for _ in 0..<3 { arrange(plot, names) }
  }

  private mutating func arrange(_ plot: Plot, _ names: [String]) {
    let (width, height) = self.plot
    setTics(plot, width: max(40, width), height: max(40, height))
    xLabel = Self.lines(plot.x.label, x.exponent, Double(size.width) - left)
    yLabel = Self.lines(plot.y.label, y.exponent, 1.15 * max(40, height))
    let ticWidth = { (characters: Int) in Double(characters) * Self.ticCharacter }
    let line = Self.lineHeight
    if !names.isEmpty {
      // gnuplot measures with the wider font of the labels, and breaks rows that it takes for too long.
      let widest = 6.2 * Double(names.map(\.count).max() ?? 0) + 42
      legendColumns = max(1, min(names.count, Int(max(40, width) / widest)))
      legendRows =
        (names.count + legendColumns - 1) / legendColumns + (plot.legendTitle.isEmpty ? 0 : 1)
    }
    let title = plot.title.isEmpty ? 0 : line + 2
    top = title + (legendRows == 0 ? 8 : 5 + 12 * Double(legendRows))
    let ownLines = y.tics.map { $0.label.components(separatedBy: "\n") }.flatMap { $0 }
    left =
      (yLabel.isEmpty ? 8 : 6) + line * Double(yLabel.count) + 8
      + ticWidth(ownLines.map { AxisTics.shownLength($0) }.max() ?? 0)
    bottom =
      6 + line * Double(xLabel.count) + (isAslant ? 10 + 0.72 * ticWidth(x.longest) : 15)
      + (plot.heatMap == nil ? 0 : 3)
    right = max(
      10, ticWidth(isAslant ? 0 : x.tics.last.map { AxisTics.shownLength($0.label) } ?? 0) / 2)
    if let axis = plot.secondY, let second = secondY {
      secondLabel = Self.lines(axis.label, second.exponent, 1.15 * max(40, height))
      right = 6 + line * Double(secondLabel.count) + 7 + ticWidth(second.longest)
    }
    if let color {
      colorLabel = Self.lines(plot.colorLabel, color.exponent, 1.15 * max(40, height))
      right = 6 + line * Double(colorLabel.count) + 6 + ticWidth(color.longest) + Self.colorBar
    }
  }

  /// The width of the color scale with the gap before it.
  package static let colorBar = 20.0

  private mutating func setTics(_ plot: Plot, width: Double, height: Double) {
    func beside(_ characters: Int) -> Int {
      Int(width / (Double(characters + 2) * Self.ticCharacter)) + 1
    }
    let above = { (_: Int) in Int(height / (2.2 * Self.ticFont)) + 1 }
    isAslant = false
    if plot.categories.isEmpty {
      x =
        plot.x.isLogarithmic
        ? .logarithmic(xRange, room: beside)
        : .linear(xRange, smallest: plot.heatMap == nil ? plot.x.step : 1, room: beside)
    } else {
      (x, isAslant) = Self.names(
        plot.categories.map(GnuplotText.shown), over: xRange, width: width,
        longest: 0.35 * Double(size.height))
    }
    if plot.verticalCategories.isEmpty {
      y =
        plot.y.isLogarithmic
        ? .logarithmic(yRange, room: above)
        : .linear(yRange, smallest: plot.heatMap == nil ? plot.y.step : 1, room: above)
    } else {
      let longest = Int(0.42 * Double(size.width) / Self.ticCharacter)
      let every = Int((12 * Double(plot.verticalCategories.count) / height).rounded(.up))
      y = AxisTics(
        tics: plot.verticalCategories.enumerated().filter { $0.offset % max(1, every) == 0 }.map {
          .init(
            place: Double($0.offset),
            label: Self.wrapped(GnuplotText.shown($0.element), longest)
              .map { Self.cut($0, longest) }.joined(separator: "\n"))
        })
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

  /// Names in the place of numbers: level where they have room, else aslant, cut and thinned.
  private static func names(
    _ names: [String], over range: ClosedRange<Double>, width: Double, longest: Double
  ) -> (AxisTics, isAslant: Bool) {
    let each = width / (range.upperBound - range.lowerBound)
    let shown = names.indices.filter { !names[$0].isEmpty }
    let gap = zip(shown, shown.dropFirst()).map { $1 - $0 }.min() ?? names.count
    let widest = Double(names.map(\.count).max() ?? 0) * ticCharacter
    if widest + 5 <= each * Double(gap) {
      return (
        AxisTics(tics: shown.map { .init(place: Double($0), label: names[$0]) }), false
      )
    }
    let every = max(1, Int((12 / max(1, each * Double(gap))).rounded(.up)))
    let limit = max(4, Int(longest / 0.72 / ticCharacter))
    return (
      AxisTics(
        tics: shown.enumerated().filter { $0.offset % every == 0 }.map {
          .init(place: Double($0.element), label: cut(names[$0.element], limit))
        }), true
    )
  }

  static func cut(_ text: String, _ limit: Int) -> String {
    text.count <= limit ? text : text.prefix(limit - 1) + "…"
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
    return text.isEmpty ? [] : wrapped(text, max(8, Int(room / (0.6 * labelFont))))
  }

  /// `text` in one line, or in two of about the same length.
  static func wrapped(_ text: String, _ limit: Int) -> [String] {
    guard text.count > limit else { return [text] }
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
