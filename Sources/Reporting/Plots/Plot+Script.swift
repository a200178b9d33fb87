import Foundation
import InputOutput
import PhysicalUnits

extension Plot {
  /// Okabe and Ito's colors, which color-blind readers tell apart
  /// (https://jfly.uni-koeln.de/color/), the pale yellow left out. In gray their dashes and markers tell
  /// them apart.
  static let colors = [
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000",
  ]

  /// The perceptually even scale "viridis" of matplotlib (CC0), at nine places; in gray it rises too.
  static let colorScale = [
    "#440154", "#472D7B", "#3B528B", "#2C728E", "#21918C", "#28AE80", "#5EC962", "#ADDC30",
    "#FDE725",
  ]

  /// The script that makes gnuplot draw this figure, data included.
  ///
  /// Every text goes through `GnuplotText`. Markup is on only where a logarithmic axis writes its powers
  /// of ten, in labels that are made here; every other text is `noenhanced`.
  package func script(_ format: FigureFormat, size: FigureSize) -> String {
    let layout = PlotLayout(self, size: size)
    let canvas = ScriptCanvas(layout: layout, format: format)
    var lines = [
      canvas.terminal,
      "set encoding utf8",
      "set border linewidth 0.7 linecolor rgb '#333333'",
      "set tics nomirror scale 0.5 font \(canvas.font(PlotLayout.ticFont)) textcolor rgb '#222222'",
      // Of the scale of colors, which has the colors of the field.
      "set style fill solid 1 noborder",
      "set datafile missing 'nan'",
      "set lmargin at screen \(canvas.across(layout.left))",
      "set rmargin at screen \(canvas.across(Double(layout.size.width) - layout.right))",
      "set tmargin at screen \(canvas.up(Double(layout.size.height) - layout.top))",
      "set bmargin at screen \(canvas.up(layout.bottom))",
    ]
    lines += canvas.labels(title: title) + canvas.legend(title: legendTitle)
    lines += canvas.axis("x", layout.x, layout.xRange, isLogarithmic: x.isLogarithmic)
    lines += canvas.axis(
      "y", layout.y, layout.yRange, isLogarithmic: y.isLogarithmic, isReversed: heatMap != nil)
    if let second = layout.secondY, let range = layout.secondRange {
      lines += canvas.axis(
        "y2", second, range, isLogarithmic: secondY?.isLogarithmic ?? false)
    }
    if let spike = layout.spike {
      let text = TypesetUnit.number(significant(100 * spike.value, digits: 3)) + " %"
      let isRight = spike.place > 0.5 * (layout.xRange.lowerBound + layout.xRange.upperBound)
      lines.append(
        "set label \(GnuplotText.quoted(text)) at first \(canvas.number(spike.place)), graph 0.95 "
          + "\(isRight ? "right" : "left") offset char \(isRight ? -0.7 : 0.7),0 "
          + "font \(canvas.font(PlotLayout.ticFont)) noenhanced front")
    }
    if let map = heatMap { lines += canvas.heatMap(hasScale: layout.color != nil, map.values) }
    var parts: [String] = []
    for (index, one) in series.enumerated() {
      lines += ["$d\(index) << EOD"] + one.rows(canvas) + ["EOD"]
      parts += one.drawn(index, canvas)
    }
    lines.append("plot " + parts.joined(separator: ", \\\n  "))
    return lines.joined(separator: "\n") + "\n"
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
}
