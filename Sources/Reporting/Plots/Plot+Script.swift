import Foundation
import InputOutput

extension Plot {
  /// Okabe and Ito's colors, which color-blind readers tell apart
  /// (https://jfly.uni-koeln.de/color/), the pale yellow left out.
  static let colors = [
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000",
  ]

  /// The perceptually even scale "viridis" of matplotlib (CC0), at nine places.
  static let colorScale = [
    "#440154", "#472D7B", "#3B528B", "#2C728E", "#21918C", "#28AE80", "#5EC962", "#ADDC30",
    "#FDE725",
  ]

  /// The script that makes gnuplot draw this figure, data included.
  ///
  /// Every text goes through `GnuplotText`. Markup is on only where a logarithmic axis writes its powers
  /// of ten, by a format that is fixed here; every label is `noenhanced`.
  var script: String {
    let markup = x.isLogarithmic || y.isLogarithmic ? "enhanced" : "noenhanced"
    var lines = [
      "set terminal svg size \(size.width),\(size.height) dynamic \(markup) "
        + "font 'Helvetica,12' background '#ffffff' standalone",
      "set encoding utf8",
      "set border linewidth 0.8 linecolor rgb '#333333'",
      "set tics nomirror scale 0.6 textcolor rgb '#222222'",
      "set style fill solid 0.85 noborder",
      "set datafile missing 'nan'",
      "set xlabel \(GnuplotText.quoted(x.label)) noenhanced offset 0,0.2",
      "set ylabel \(GnuplotText.quoted(y.label)) noenhanced offset 0.6,0",
      title.isEmpty
        ? "unset title" : "set title \(GnuplotText.quoted(title)) noenhanced offset 0,-0.4",
      legend == .none
        ? "unset key"
        : "set key \(legend.rawValue) noenhanced samplen 1.6 spacing 1.1 "
          + "width \(legend == .above ? 2 : -1) font ',10'",
    ]
    if !legendTitle.isEmpty {
      lines.append("set key title \(GnuplotText.quoted(legendTitle)) noenhanced")
    }
    if legend == .below { lines.append("set bmargin \(legendMargin)") }
    lines += axis("x", x) + axis("y", y)
    if y.range == nil, !y.isLogarithmic, series.contains(where: \.standsOnZero) {
      lines.append("set yrange [0:*]")
    }
    if !categories.isEmpty {
      let names = categories.enumerated().map { "\(GnuplotText.quotedTic($1)) \($0)" }
      lines.append("set xtics (\(names.joined(separator: ", "))) noenhanced")
    }
    if !verticalCategories.isEmpty {
      let names = verticalCategories.enumerated().map { "\(GnuplotText.quotedTic($1)) \($0)" }
      lines.append("set ytics (\(names.joined(separator: ", "))) noenhanced")
    }
    var parts: [String] = []
    for (index, one) in series.enumerated() {
      lines += ["$d\(index) << EOD"] + one.rows + ["EOD"]
      parts += draw(one, index)
      if case .heatMap(let rowCount, let columnCount, _, _) = one.style {
        lines += heatMapSettings(rowCount: rowCount, columnCount: columnCount)
      }
    }
    lines.append("plot " + parts.joined(separator: ", \\\n  "))
    return lines.joined(separator: "\n") + "\n"
  }

  /// The lines of text that axis and legend take below the figure: gnuplot's own reckoning lets the legend
  /// run into the axis label.
  private var legendMargin: Double {
    let names = series.map(\.name).filter { !$0.isEmpty }
    let width = 45 + 6 * (names.map(\.count).max() ?? 0)
    let columns = max(1, (size.width - 60) / width)
    return 3.6 + Double((names.count + columns - 1) / columns)
  }

  private func axis(_ name: String, _ axis: Axis) -> [String] {
    var lines: [String] = []
    if axis.isLogarithmic {
      lines += ["set logscale \(name)", "set format \(name) '10^{%L}'"]
    } else {
      lines.append("set format \(name) '%g'")
    }
    if let range = axis.range.flatMap({ Self.shown($0) }) {
      lines.append("set \(name)range [\(range.lowerBound):\(range.upperBound)]")
    }
    if let step = axis.step { lines.append("set \(name)tics \(step)") }
    return lines
  }

  /// `range`, or a wider one where it is a single number; `nil` where gnuplot cannot count in it.
  private static func shown(_ range: ClosedRange<Double>) -> ClosedRange<Double>? {
    let (low, high) = (range.lowerBound, range.upperBound)
    guard abs(low) < 1e300, abs(high) < 1e300 else { return nil }
    let room = max(1e-9 * max(abs(low), abs(high)), 1e-300)
    if high - low >= room { return range }
    let wide = low == 0 ? 1 : abs(low) * 0.01
    return low - wide...high + wide
  }

  /// Whether a value is there that its axes can show.
  var hasContent: Bool {
    func isShown(_ value: Double, on axis: Axis) -> Bool {
      value.isFinite && abs(value) < 1e300 && (!axis.isLogarithmic || value > 0)
    }
    return series.contains { one in
      switch one.style {
      case .heatMap(_, _, let values, _): return values.contains { $0.isFinite && abs($0) < 1e300 }
      case .band(let low, let high):
        return one.x.indices.contains { k in
          isShown(one.x[k], on: x) && (isShown(low[k], on: y) || isShown(high[k], on: y))
        }
      default:
        return one.x.indices.contains { k in
          isShown(one.x[k], on: x) && isShown(one.y[k], on: y)
        }
      }
    }
  }

  private func heatMapSettings(rowCount: Int, columnCount: Int) -> [String] {
    let steps = Self.colorScale.enumerated().map { "\($0) '\($1)'" }.joined(separator: ", ")
    var lines = [
      "set palette defined (\(steps))",
      "set xrange [-0.5:\(Double(columnCount) - 0.5)]",
      "set yrange [\(Double(rowCount) - 0.5):-0.5]",
      "set tics out",
      colorLabel.isEmpty
        ? "unset colorbox"
        : "set cblabel \(GnuplotText.quoted(colorLabel)) noenhanced offset 0.6,0",
    ]
    if let range = colorRange.flatMap({ Self.shown($0) }) {
      lines.append("set cbrange [\(range.lowerBound):\(range.upperBound)]")
    }
    return lines
  }

  private func draw(_ one: PlotSeries, _ index: Int) -> [String] {
    let color = Self.colors[(one.color ?? index) % Self.colors.count]
    let data = "$d\(index)"
    let title = one.name.isEmpty ? "notitle" : "title \(GnuplotText.quoted(one.name)) noenhanced"
    let paint = "linecolor rgb '\(color)'"
    switch one.style {
    case .line: return ["\(data) with lines linewidth 1.6 \(paint) \(title)"]
    case .dashedLine:
      return ["\(data) with lines linewidth 1.2 dashtype 2 \(paint) \(title)"]
    case .points: return ["\(data) with points pointtype 7 pointsize 0.5 \(paint) \(title)"]
    case .scatter:
      let translucent = "#A0" + color.dropFirst()
      return [
        "\(data) with points pointtype 7 pointsize 0.18 linecolor rgb '\(translucent)' \(title)"
      ]
    case .linePoints:
      return ["\(data) with linespoints linewidth 1.4 pointtype 7 pointsize 0.4 \(paint) \(title)"]
    case .steps: return ["\(data) with steps linewidth 1.4 \(paint) \(title)"]
    case .bars(let width):
      let step = one.x.count > 1 ? abs(one.x[1] - one.x[0]) : 1
      return ["\(data) using 1:2:(\(step * width)) with boxes \(paint) \(title)"]
    case .errorBars:
      return ["\(data) with yerrorbars linewidth 1.2 pointtype 7 pointsize 0.45 \(paint) \(title)"]
    case .band:
      return [
        "\(data) with filledcurves fillstyle transparent solid 0.25 noborder \(paint) \(title)"
      ]
    case .polygon:
      return [
        "\(data) with filledcurves closed fillcolor rgb '\(color)' fillstyle transparent solid 0.55 "
          + "noborder \(title)"
      ]
    case .boxes:
      let step = one.x.count > 1 ? abs(one.x[1] - one.x[0]) : 1
      let width = step * 0.5
      return [
        "\(data) using 1:3:2:6:5:(\(width)) with candlesticks fillstyle transparent solid 0.35 border "
          + "linewidth 1.2 \(paint) \(title) whiskerbars 0.5",
        "\(data) using 1:4:4:4:4:(\(width)) with candlesticks linewidth 2 \(paint) notitle",
      ]
    case .heatMap(_, _, let values, let showsNumbers):
      // Small fields as rectangles: viewers blur the cells of an image. Where values are missing, an image would
      // close the gap and move all that follows.
      let pixels = values.count <= 2500 ? " pixels" : ""
      var parts = ["\(data) using 1:2:3 with image\(pixels) notitle"]
      if !values.allSatisfy({ $0.isFinite && abs($0) < 1e300 }) {
        parts = [
          "\(data) using 1:2:($1-0.5):($1+0.5):($2-0.5):($2+0.5):3 with boxxyerror fillstyle solid "
            + "noborder linecolor palette notitle"
        ]
      }
      if showsNumbers {
        // Dark numbers on the bright half of the scale, white ones on the dark half.
        let finite = values.filter(\.isFinite)
        let low = colorRange?.lowerBound ?? finite.min() ?? 0
        let high = colorRange?.upperBound ?? finite.max() ?? 1
        parts.append(
          "\(data) using 1:2:(sprintf('%g',$3)):($3 > \((low + high) / 2) ? 0x222222 : 0xffffff) "
            + "with labels font ',9' textcolor rgb variable notitle")
      }
      return parts
    }
  }
}

extension PlotSeries {
  /// Whether these are columns of values that are not negative: they begin at zero.
  fileprivate var standsOnZero: Bool {
    if case .bars = style { y.allSatisfy { !($0 < 0) } } else { false }
  }

  /// The lines of the data block.
  fileprivate var rows: [String] {
    func number(_ value: Double) -> String {
      value.isFinite && abs(value) < 1e300 ? String(format: "%.7g", value) : "nan"
    }
    switch style {
    case .errorBars(let low, let high):
      return x.indices.map {
        "\(number(x[$0])) \(number(y[$0])) \(number(low[$0])) \(number(high[$0]))"
      }
    case .band(let low, let high):
      return x.indices.map { "\(number(x[$0])) \(number(low[$0])) \(number(high[$0]))" }
    case .polygon:
      return x.indices.map { y[$0].isNaN ? "" : "\(number(x[$0])) \(number(y[$0]))" }
    case .boxes(let low, let first, let third, let high):
      return x.indices.map { k in
        [x[k], low[k], first[k], y[k], third[k], high[k]].map(number).joined(separator: " ")
      }
    case .heatMap(let rowCount, let columnCount, let values, _):
      return (0..<rowCount).flatMap { i in
        (0..<columnCount).map { j in "\(j) \(i) \(number(values[i * columnCount + j]))" }
      }
    default: return x.indices.map { "\(number(x[$0])) \(number(y[$0]))" }
    }
  }
}
