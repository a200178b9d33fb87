import Foundation
import InputOutput
import PhysicalUnits

extension PlotSeries {
  /// The dashes of each color, which tell lines apart in gray.
  private static let dashes = [
    "1", "(9,3)", "(2,2)", "(9,3,2,3)", "(5,2)", "(9,3,2,3,2,3)", "1",
  ]
  /// The markers of each color: circles, diamonds, squares and a cross, filled and open. The triangles of gnuplot's
  /// PDF are flat where they are small.
  private static let markers = [7, 12, 5, 13, 2, 4, 6]
  /// The same of clouds of small points: filled and open ones, which differ even where they are small.
  private static let cloudMarkers = [7, 4, 5, 12, 2, 13, 6]

  /// What gnuplot plots for the series whose data are in `$d` and `index`.
  func drawn(_ index: Int, _ canvas: ScriptCanvas) -> [String] {
    let number = color ?? index
    let count = Plot.colors.count
    let place = number % count
    // Where colors come again, they have other dashes and markers.
    let turn = (number + number / count) % count
    let color = Plot.colors[place]
    let data = "$d\(index)"
    let axes = isOnSecondAxis ? " axes x1y2" : ""
    let title =
      name.isEmpty
      ? "notitle" : "title \(GnuplotText.quoted(canvas.layout.legendName(name))) noenhanced"
    let paint = "linecolor rgb '\(color)'"
    let dash = "dashtype \(Self.dashes[turn])"
    let marker = "pointtype \(Self.markers[turn])"
    // gnuplot's own error bars have a white gap around the point.
    let bars =
      "\(data)\(axes) using 1:3:(0):($4-$3) with vectors heads nofilled size screen 0.008,90 "
      + "linewidth 0.9 \(paint)"
    switch style {
    case .line: return ["\(data)\(axes) with lines linewidth 1.4 \(dash) \(paint) \(title)"]
    case .dashedLine:
      return ["\(data)\(axes) with lines linewidth 1.1 dashtype (4,3) \(paint) \(title)"]
    case .trace: return ["\(data)\(axes) with lines linewidth 0.6 \(paint) \(title)"]
    case .points: return ["\(data)\(axes) with points \(marker) pointsize 0.4 \(paint) \(title)"]
    case .scatter:
      let size = x.count > 3000 ? 0.14 : x.count > 1000 ? 0.2 : 0.26
      let marker = "pointtype \(Self.cloudMarkers[turn])"
      let translucent = "#\(x.count > 1000 ? "70" : "40")" + color.dropFirst()
      let points =
        "\(data)\(axes) with points \(marker) pointsize \(size) "
        + "linecolor rgb '\(translucent)' notitle"
      // The sample of the legend has a size that can be seen.
      return name.isEmpty
        ? [points] : [points, "NaN with points \(marker) pointsize 0.45 \(paint) \(title)"]
    case .linePoints:
      // About ten markers tell lines apart; more would hide the dashes. A line alone needs none.
      if name.isEmpty, x.count > 24 {
        return ["\(data)\(axes) with lines linewidth 1.2 \(dash) \(paint) notitle"]
      }
      let every = x.count > 24 ? (x.count + 9) / 10 : 1
      return [
        "\(data)\(axes) with linespoints linewidth 1.2 \(dash) \(marker) pointsize 0.36 "
          + "pointinterval \(every) \(paint) \(title)"
      ]
    case .steps: return ["\(data)\(axes) with steps linewidth 1.2 \(dash) \(paint) \(title)"]
    case .bars:
      return [
        "\(data)\(axes) using 1:2:(\(canvas.number(2 * halfWidth))) with boxes "
          + "fillstyle solid \(place == 4 ? 0.6 : 0.85) noborder \(paint) \(title)"
      ]
    case .errorBars:
      return [
        "\(bars) notitle",
        "\(data)\(axes) using 1:2 with points \(marker) pointsize 0.36 \(paint) \(title)",
      ]
    case .whiskers: return ["\(bars) \(title)"]
    case .band:
      let density = place == 4 ? 0.35 : 0.25
      return [
        "\(data)\(axes) with filledcurves fillstyle transparent solid \(density) noborder \(paint) "
          + title
      ]
    case .polygon:
      // The second color is pale in gray, too.
      let density = place % 2 == 0 ? 0.8 : 0.3
      return [
        "\(data)\(axes) with filledcurves closed fillcolor rgb '\(color)' "
          + "fillstyle transparent solid \(density) border lc rgb '\(color)' \(title)"
      ]
    case .boxes:
      let width = canvas.number(2 * halfWidth)
      return [
        "\(data) using 1:3:2:6:5:(\(width)) with candlesticks fillstyle transparent solid 0.35 "
          + "border linewidth 1 \(paint) \(title) whiskerbars 0.5",
        "\(data) using 1:4:4:4:4:(\(width)) with candlesticks linewidth 1.8 \(paint) notitle",
      ]
    case .heatMap(let rowCount, let columnCount, let values, let showsNumbers):
      return drawnField(data, rowCount, columnCount, values, showsNumbers, canvas)
    }
  }

  /// Small fields and those with gaps as rectangles; large ones as an image of several pixels a cell,
  /// because viewers blur the pixels of an image.
  private func drawnField(
    _ data: String, _ rowCount: Int, _ columnCount: Int, _ values: [Double], _ showsNumbers: Bool,
    _ canvas: ScriptCanvas
  ) -> [String] {
    guard Self.isRectangles(values) else {
      let factor = Self.pixels(rowCount, columnCount)
      return [
        "\(data) matrix using (($1+0.5)/\(factor)-0.5):(($2+0.5)/\(factor)-0.5):3 with image notitle"
      ]
    }
    var parts = [
      "\(data) using 1:2:($1-0.5):($1+0.5):($2-0.5):($2+0.5):3 with boxxyerror fillstyle solid "
        + "noborder linecolor palette notitle"
    ]
    let (cell, longest) = (
      canvas.layout.plot.width / Double(columnCount), numbers(values).map(\.count).max() ?? 1
    )
    let font = min(
      8, (cell - 1) / (0.6 * Double(longest)), 0.8 * canvas.layout.plot.height / Double(rowCount))
    if showsNumbers, font >= 4.5, let range = canvas.layout.colorRange {
      // Dark numbers on the bright half of the scale, white ones on the dark half.
      let middle = (range.lowerBound + range.upperBound) / 2
      parts.append(
        "\(data) using 1:2:4:($3 > \(canvas.number(middle)) ? 0x222222 : 0xffffff) with labels "
          + "noenhanced font \(canvas.font(font)) textcolor rgb variable notitle")
    }
    return parts
  }

  private static func isRectangles(_ values: [Double]) -> Bool {
    values.count <= 1024 || !values.allSatisfy { $0.isFinite && abs($0) < 1e300 }
  }

  /// How many pixels a cell is wide and high in an image.
  private static func pixels(_ rowCount: Int, _ columnCount: Int) -> Int {
    max(2, min(8, 400 / max(rowCount, columnCount)))
  }

  private func numbers(_ values: [Double]) -> [String] {
    values.map { $0.isFinite ? TypesetUnit.number(String(format: "%g", $0)) : "" }
  }

  /// The lines of the data block.
  func rows(_ canvas: ScriptCanvas) -> [String] {
    let number = canvas.number
    switch style {
    case .errorBars(let low, let high), .whiskers(let low, let high):
      return x.indices.map {
        "\(number(x[$0])) \(number(y[$0])) \(number(low[$0])) \(number(high[$0]))"
      }
    case .band(let low, let high):
      return x.indices.map {
        low[$0].isNaN || high[$0].isNaN
          ? "" : "\(number(x[$0])) \(number(low[$0])) \(number(high[$0]))"
      }
    case .boxes(let low, let first, let third, let high):
      return x.indices.map { k in
        [x[k], low[k], first[k], y[k], third[k], high[k]].map(number).joined(separator: " ")
      }
    case .heatMap(let rowCount, let columnCount, let values, _):
      guard Self.isRectangles(values) else {
        let factor = Self.pixels(rowCount, columnCount)
        return (0..<rowCount).flatMap { i -> [String] in
          let cells = (0..<columnCount).map { j -> String in
            let text = number(values[i * columnCount + j])
            return Array(repeating: text, count: factor).joined(separator: " ")
          }
          return Array(repeating: cells.joined(separator: " "), count: factor)
        }
      }
      let shown = numbers(values)
      return (0..<rowCount).flatMap { i in
        (0..<columnCount).map { j in
          let k = i * columnCount + j
          return "\(j) \(i) \(number(values[k])) \"\(shown[k])\""
        }
      }
    case .points, .scatter, .bars: return x.indices.map { "\(number(x[$0])) \(number(y[$0]))" }
    case .line, .dashedLine, .trace, .linePoints, .steps, .polygon:
      // gnuplot joins the points around a value that is missing; an empty line parts them.
      return x.indices.map { y[$0].isNaN ? "" : "\(number(x[$0])) \(number(y[$0]))" }
    }
  }
}
