import Foundation
import InputOutput

/// A figure as a file, `figures/NAME.json`: its description and its data, so that `ohmweave report` draws
/// it again in another size or format, and other programs find the numbers.
///
/// Numbers have the seven digits that the drawing has; those that are not finite are the strings "nan",
/// "inf" and "-inf".
package struct StoredFigure: Codable, Sendable {
  /// What the report says below it.
  package var caption: String
  /// What is drawn.
  package var plot: Plot

  /// The most bytes that are read.
  static let limit = 64 << 20

  package init(_ figure: Figure) {
    caption = figure.caption
    plot = figure.plot.rounded
  }

  /// Reads what `bytes` wrote.
  ///
  /// - Parameter source: what the error names.
  /// - Throws: `InputError` where the text is no figure, or its lists do not fit each other.
  package init(text: String, source: String) throws(InputError) {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let figure = try? decoder.decode(Self.self, from: Data(text.utf8)),
      figure.plot.isConsistent
    else { throw InputError(source, "is not a figure that ohmweave wrote") }
    self = figure
  }

  /// The figure as JSON, its keys in alphabetical order.
  package var bytes: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    // Nothing in a figure can fail to be encoded: text, numbers and lists of them.
    return ((try? encoder.encode(self)).map(Array.init) ?? []) + [0x0A]
  }
}

extension Plot {
  /// Whether the lists of a figure that was read fit each other, and its size is one that may be asked
  /// for.
  fileprivate var isConsistent: Bool {
    let sides = size.map { [Double($0.width), Double($0.height)] } ?? []
    return sides.allSatisfy { FigureSize.allowed.contains($0) }
      && (0.2...5).contains(heightFactor)
      && [x.step, y.step].allSatisfy { $0.map { $0 > 0 } ?? true }
      && series.allSatisfy(\.isConsistent)
  }

  /// The figure with the seven digits that its drawing has.
  fileprivate var rounded: Plot {
    var plot = self
    plot.series = series.map(\.rounded)
    return plot
  }
}

extension PlotSeries {
  fileprivate var isConsistent: Bool {
    guard x.count == y.count else { return false }
    switch style {
    case .errorBars(let low, let high), .whiskers(let low, let high), .band(let low, let high):
      return low.count == x.count && high.count == x.count
    case .boxes(let low, let first, let third, let high):
      return [low, first, third, high].allSatisfy { $0.count == x.count }
    case .heatMap(let rows, let columns, let values, _):
      let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
      return rows > 0 && columns > 0 && !overflow && count == values.count
    case .bars(let width): return width.isFinite && width > 0
    default: return true
    }
  }

  fileprivate var rounded: PlotSeries {
    func short(_ values: [Double]) -> [Double] {
      values.map { $0.isFinite ? Double(String(format: "%.7g", $0)) ?? $0 : $0 }
    }
    var one = self
    one.x = short(x)
    one.y = short(y)
    switch style {
    case .errorBars(let low, let high):
      one.style = .errorBars(low: short(low), high: short(high))
    case .whiskers(let low, let high):
      one.style = .whiskers(low: short(low), high: short(high))
    case .band(let low, let high): one.style = .band(low: short(low), high: short(high))
    case .boxes(let low, let first, let third, let high):
      one.style = .boxes(
        low: short(low), firstQuartile: short(first), thirdQuartile: short(third),
        high: short(high))
    case .heatMap(let rows, let columns, let values, let showsNumbers):
      one.style = .heatMap(
        rowCount: rows, columnCount: columns, values: short(values), showsNumbers: showsNumbers)
    default: break
    }
    return one
  }
}
