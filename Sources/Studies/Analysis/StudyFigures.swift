import Foundation
import NumericalMethods
import Reporting

/// Draws the figures of one metric of a study.
struct StudyFigures {
  let analysis: MetricAnalysis
  private var plan: Plan { analysis.plan }
  private var style: Study.MetricStyle { analysis.style }

  /// The figures that a study gets where its file asks for none: the metric against each parameter,
  /// a heat map of the first two, boxes over the first, and what moves the metric most.
  static func standard(_ study: Study, metric: String) -> [FigureRequest] {
    let names = study.parameters.map(\.name)
    let showsSpread = study.repeats >= 5 && metric != StudyReport.yieldName
    // Words have no order that a line could follow: boxes side by side, or points.
    var list = study.parameters.prefix(4).map { one in
      FigureRequest(
        !one.isNumeric && showsSpread && one.levels.count <= 24 ? .box : .lines, metric: metric,
        x: one.name)
    }
    if names.count > 1 {
      list.append(FigureRequest(.heatMap, metric: metric, x: names[0]))
      list[list.count - 1].y = names[1]
      list.append(FigureRequest(.tornado, metric: metric))
    }
    if showsSpread, let first = study.parameters.first, first.isNumeric, first.levels.count <= 24 {
      list.append(FigureRequest(.box, metric: metric, x: first.name))
    }
    return list
  }

  /// The figure that `request` asks for; `nil` where there is nothing to draw.
  func figure(_ request: FigureRequest) -> (plot: Plot, caption: String)? {
    switch request.kind {
    case .lines: return lines(request)
    case .heatMap: return heatMap(request)
    case .box, .violin: return spread(request)
    case .tornado: return StudyTornado(analysis).figure
    }
  }

  /// The label as the beginning of a sentence.
  private var title: String { style.label.prefix(1).uppercased() + style.label.dropFirst() }

  /// "at ADC bits 6, over all other parameters".
  private func pooling(_ request: FigureRequest) -> String {
    let held = request.at.keys.sorted().compactMap { name -> String? in
      guard let one = plan.study.parameters.first(where: { $0.name == name }) else { return nil }
      let value = request.at[name]!.cell.shown
      return "\(one.label) \(value)\(one.shownUnit.isEmpty ? "" : " \(one.shownUnit)")"
    }
    let used = Set(request.at.keys).union([request.x, request.y, request.lines].compactMap(\.self))
    let pooled = plan.study.parameters.filter { !used.contains($0.name) }.map(\.label)
    var text = held.isEmpty ? "" : ", at \(held.joined(separator: ", "))"
    if !pooled.isEmpty { text += ", over all values of \(pooled.joined(separator: " and "))" }
    return text
  }

  /// Whether a point has the values that the request holds.
  private func filter(_ request: FigureRequest) -> (Int) -> Bool {
    let held = request.at.map { (ParameterBins($0.key, of: plan), $0.value) }
    return { point in held.allSatisfy { $0.0.holds($0.1, point) } }
  }

  private func axis(_ bins: ParameterBins) -> Plot.Axis {
    let one = bins.parameter
    guard isOrdered(bins) else { return .init(one.axisLabel) }
    let logarithmic = one.isLogarithmic && (bins.positions.min() ?? 0) > 0
    // Numbers of bits or of rows have no halves.
    let isWhole =
      one.shownUnit.isEmpty && one.levels.allSatisfy { $0.number.rounded() == $0.number }
    return .init(
      one.axisLabel, isLogarithmic: logarithmic,
      step: isWhole && !one.levels.isEmpty ? 1 : nil)
  }

  /// Whether a line can follow the values of a parameter: words have no order, and one value has no neighbor.
  private func isOrdered(_ bins: ParameterBins) -> Bool {
    bins.parameter.isNumeric && bins.count > 1
  }

  private func lines(_ request: FigureRequest) -> (plot: Plot, caption: String)? {
    guard let x = request.x else { return nil }
    let bins = ParameterBins(x, of: plan)
    let family = request.lines.map { ParameterBins($0, of: plan) }
    let shown = family.map { Self.evenly(7, of: $0.count) } ?? [0]
    let width = shown.count
    let isHeld = filter(request)
    let statistics =
      request.at.isEmpty && family == nil
      ? analysis.levelStatistics(x)
      : analysis.statistics(width * bins.count) { point in
        guard isHeld(point), let line = shown.firstIndex(of: family?.bin(point) ?? 0) else {
          return nil
        }
        return line * bins.count + bins.bin(point)
      }
    guard statistics.contains(where: { $0.count > 0 }) else { return nil }
    let hasSpread = statistics.contains { $0.count > 1 }
    let isYield = style.name == StudyReport.yieldName
    let isOrdered = isOrdered(bins)
    let showsSpread = hasSpread && !isYield
    let places = isOrdered ? bins.positions : bins.names.indices.map(Double.init)
    let axis = axis(bins)
    let families = (0..<width).map { line in
      let part = statistics[line * bins.count..<(line + 1) * bins.count]
      return (
        name: family?.names[shown[line]] ?? "", x: places, y: part.map(\.mean),
        low: part.map { $0.quantiles[0] }, high: part.map { $0.quantiles[3] }
      )
    }
    let series =
      showsSpread
      ? PlotSeries.spreads(
        families, isLogarithmic: axis.isLogarithmic, isOrdered: isOrdered)
      : families.enumerated().map { k, line in
        PlotSeries(line.name, isOrdered ? .linePoints : .points, x: line.x, y: line.y, color: k)
      }
    var plot = Plot(
      x: axis, y: .init(style.label, range: request.range), series: series)
    plot.legendTitle = family?.parameter.axisLabel ?? ""
    if !isOrdered { plot.categories = bins.names }
    let count = statistics.map(\.count).max() ?? 0
    let band =
      showsSpread
      ? "; the \(isOrdered && width <= 2 ? "band holds" : "bars hold") 5 to 95 % of up to \(count) chips"
      : ""
    let left =
      family.map { width < $0.count ? "; lines of \(width) of \($0.count) values" : "" } ?? ""
    return (
      plot, "\(title) against \(bins.parameter.label): mean\(band)\(left)\(pooling(request))."
    )
  }

  /// At most `limit` of `count` places, from the first to the last.
  private static func evenly(_ limit: Int, of count: Int) -> [Int] {
    count <= limit
      ? Array(0..<count) : (0..<limit).map { $0 * (count - 1) / (limit - 1) }
  }

  private func heatMap(_ request: FigureRequest) -> (plot: Plot, caption: String)? {
    guard let x = request.x, let y = request.y else { return nil }
    let columns = ParameterBins(x, of: plan)
    let rows = ParameterBins(y, of: plan)
    guard rows.count <= 64, columns.count <= 64 else { return nil }
    let isHeld = filter(request)
    let groups = analysis.grouped(rows.count * columns.count) { point in
      isHeld(point) ? (rows.count - 1 - rows.bin(point)) * columns.count + columns.bin(point) : nil
    }
    let means = groups.map { $0.isEmpty ? .nan : $0.reduce(0, +) / Double($0.count) }
    guard means.contains(where: \.isFinite) else { return nil }
    let isSmall = rows.count <= 10 && columns.count <= 9
    let digit = Self.digit(means.filter(\.isFinite))
    let digits = means.map { value in
      value.isFinite
        ? Double(String(format: "%.6g", (value / digit).rounded() * digit)) ?? value : value
    }
    var plot = Plot(
      x: .init(columns.parameter.axisLabel), y: .init(rows.parameter.axisLabel),
      series: [
        .heatMap(
          rowCount: rows.count, columnCount: columns.count, values: isSmall ? digits : means,
          showsNumbers: isSmall)
      ])
    plot.categories = columns.names
    plot.verticalCategories = rows.names.reversed()
    plot.colorLabel = style.label
    plot.colorRange = request.range
    return (
      plot,
      "\(title), mean by \(columns.parameter.label) and \(rows.parameter.label)"
        + "\(pooling(request))."
    )
  }

  /// The last digit that the numbers in a heat map need: three digits of the largest, or four where that leaves less
  /// than two of their differences.
  private static func digit(_ values: [Double]) -> Double {
    let largest = values.reduce(0) { max($0, abs($1)) }
    guard largest > 0, let low = values.min(), let high = values.max() else { return 1 }
    let power = log10(largest).rounded(.down)
    let fine = high > low ? log10(high - low).rounded(.down) - 1 : power
    return pow(10, max(power - 3, min(power - 2, fine)))
  }

  private func spread(_ request: FigureRequest) -> (plot: Plot, caption: String)? {
    guard let x = request.x else { return nil }
    let bins = ParameterBins(x, of: plan)
    guard bins.count <= 40 else { return nil }
    let isHeld = filter(request)
    let groups = analysis.grouped(bins.count) { isHeld($0) ? bins.bin($0) : nil }
    let statistics = groups.map { GroupStatistics($0) }
    guard statistics.contains(where: { $0.count > 1 }) else { return nil }
    let places = bins.names.indices.map(Double.init)
    var series: [PlotSeries] = []
    if request.kind == .violin {
      for (k, group) in groups.enumerated() where group.count > 1 {
        series.append(Violin.series(group, at: Double(k), color: 4))
      }
      let medians = statistics.map(\.median)
      series.append(PlotSeries("", .points, x: places, y: medians, color: 6))
    } else {
      series.append(
        PlotSeries(
          "",
          .boxes(
            low: statistics.map { $0.quantiles[0] },
            firstQuartile: statistics.map { $0.quantiles[1] },
            thirdQuartile: statistics.map { $0.quantiles[2] },
            high: statistics.map { $0.quantiles[3] }),
          x: places, y: statistics.map(\.median), color: 0))
    }
    var plot = Plot(
      x: .init(bins.parameter.axisLabel, range: -0.7...Double(bins.count) - 0.3),
      y: .init(style.label, range: request.range), series: series)
    plot.categories = bins.names
    let what =
      request.kind == .violin
      ? "Density of \(style.label) over chips, the point is the median"
      : "\(title) over chips: median, quartiles, whiskers from 5 to 95 %"
    return (plot, "\(what)\(pooling(request)).")
  }
}
