import Foundation
import InputOutput
import PhysicalUnits

/// The frame of a figure as lines of gnuplot's script: terminal, labels, legend, axes, color scale.
struct ScriptCanvas {
  let layout: PlotLayout
  let format: FigureFormat

  /// The height of a font that gnuplot is told: its PDF counts in points of 1/72 inch, and draws text for
  /// 96 instead of 72 points an inch.
  private var unit: Double { format == .pdf ? 0.75 * 0.75 : 1 }

  private var isEnhanced: Bool {
    (layout.x.tics + layout.y.tics + (layout.secondY?.tics ?? [])).contains {
      $0.label.contains("^{")
    }
  }

  /// The terminal; both need no window system.
  var terminal: String {
    let (width, height) = (layout.size.width, layout.size.height)
    let markup = isEnhanced ? "enhanced" : "noenhanced"
    let look = "font 'Helvetica,\(number(PlotLayout.labelFont * unit))' background '#ffffff'"
    switch format {
    case .svg:
      return "set terminal svg size \(width),\(height) fixed \(markup) \(look) standalone"
    case .pdf:
      return
        "set terminal pdfcairo size \(inches(width))in,\(inches(height))in \(markup) \(look) fontscale 1 linewidth 1.5 "
        + "pointscale 0.75 dashlength 1.8"
    }
  }

  /// A length in inches, a little more, because gnuplot cuts the points that it makes of it.
  private func inches(_ length: Int) -> String { number(Double(length) / 96 + 1e-4) }

  func number(_ value: Double) -> String {
    value.isFinite && abs(value) < 1e300 ? String(format: "%.7g", value) : "nan"
  }

  /// A place of the figure as a share of its width.
  func across(_ x: Double) -> String { number(x / Double(layout.size.width)) }

  /// A place above the lower edge as a share of its height.
  func up(_ y: Double) -> String { number(y / Double(layout.size.height)) }

  func font(_ height: Double) -> String { "',\(number(height * unit))'" }

  /// The title and the labels of the axes.
  func labels(title: String) -> [String] {
    let (width, height) = (Double(layout.size.width), Double(layout.size.height))
    let line = PlotLayout.lineHeight
    let middle = (x: layout.left + layout.plot.width / 2, y: layout.bottom + layout.plot.height / 2)
    let style = "noenhanced font \(font(PlotLayout.labelFont)) front"
    func text(_ text: String, _ x: Double, _ y: Double, _ turn: String = "") -> String {
      "set label \(GnuplotText.quoted(text)) at screen \(across(x)), screen \(up(y)) center "
        + "\(turn)\(style)"
    }
    var lines = ["unset title", "unset xlabel", "unset ylabel"]
    if !title.isEmpty { lines.append(text(title, width / 2, height - 8)) }
    for (k, one) in layout.xLabel.reversed().enumerated() {
      // A label that is longer than the axis is centered in the figure.
      let half = 0.5 * PlotLayout.labelFont * TextWidth.ems(one)
      let place = min(max(middle.x, half + 2), max(width - half - 2, width / 2))
      lines.append(text(one, place, 8 + line * Double(k)))
    }
    func upright(_ texts: [String], _ place: (Int) -> Double) {
      for (k, one) in texts.enumerated() {
        let half = 0.5 * PlotLayout.labelFont * TextWidth.ems(one)
        let y = min(max(middle.y, half + 2), max(height - half - 2, height / 2))
        lines.append(text(one, place(k), y, "rotate by 90 "))
      }
    }
    upright(layout.yLabel) { 8 + line * Double($0) }
    let far = layout.secondLabel + layout.colorLabel
    upright(far) { width - 8 - line * Double(far.count - 1 - $0) }
    return lines
  }

  /// The legend above the plot.
  func legend(title: String) -> [String] {
    guard layout.legendRows > 0 else { return ["unset key"] }
    let middle = layout.left + layout.plot.width / 2
    var lines = [
      "set key at screen \(across(middle)), screen \(up(Double(layout.size.height) - layout.top + 3)) "
        + "center bottom horizontal maxcols \(layout.legendColumns) noenhanced samplen 2.2 spacing 0.95 "
        + "font \(font(PlotLayout.ticFont))"
    ]
    if !title.isEmpty {
      lines.append("set key title \(GnuplotText.quoted(title)) noenhanced")
    }
    return lines
  }

  /// The range and the tics of an axis.
  func axis(
    _ name: String, _ tics: AxisTics, _ range: ClosedRange<Double>, isLogarithmic: Bool,
    isReversed: Bool = false
  ) -> [String] {
    let (low, high) = (number9(range.lowerBound), number9(range.upperBound))
    var lines = isLogarithmic ? ["set logscale \(name)"] : []
    lines.append("set \(name)range [\(isReversed ? "\(high):\(low)" : "\(low):\(high)")]")
    let list = tics.tics.map { tic -> String in
      if tic.label.isEmpty { return "'' \(number9(tic.place)) 1" }
      let parts = tic.label.components(separatedBy: "\n").map(GnuplotText.quotedTic)
      return "\(parts.joined(separator: " . \"\\n\" . ")) \(number9(tic.place))"
    }
    let turn = name == "x" && layout.isAslant ? " rotate by 45 right offset 0.4,0" : ""
    let markup = tics.tics.contains { $0.label.contains("^{") } ? "enhanced" : "noenhanced"
    // Marks below names stand outside, where no column covers them; gnuplot lowers the names by their length,
    // a quarter of a line, which level names take back: the margin is that of numbers.
    let hasNames = name == "x" && layout.hasNames
    let side = hasNames ? "out " : ""
    let raised = hasNames && !layout.isAslant ? " offset 0,0.25" : ""
    lines.append(
      "set \(name)tics \(side)\(markup)\(turn)\(raised) (\(list.joined(separator: ", ")))")
    return lines
  }

  private func number9(_ value: Double) -> String { String(format: "%.12g", value) }

  /// The colors of a field, and their scale.
  func heatMap(hasScale: Bool, _ values: [Double]) -> [String] {
    let steps = Plot.colorScale.enumerated().map { "\($0) '\($1)'" }.joined(separator: ", ")
    var lines = ["set palette defined (\(steps))", "set tics out"]
    if let range = layout.colorRange {
      lines.append("set cbrange [\(number9(range.lowerBound)):\(number9(range.upperBound))]")
    }
    guard hasScale, let color = layout.color else { return lines + ["unset colorbox"] }
    let x = Double(layout.size.width) - layout.right + 6
    lines.append(
      "set colorbox vertical user origin screen \(across(x)), screen \(up(layout.bottom)) "
        + "size screen \(across(PlotLayout.colorBar - 10)), screen \(up(layout.plot.height))")
    let list = color.tics.map { "\(GnuplotText.quotedTic($0.label)) \(number9($0.place))" }
    return lines + ["set cbtics noenhanced offset -0.6,0 (\(list.joined(separator: ", ")))"]
  }
}
