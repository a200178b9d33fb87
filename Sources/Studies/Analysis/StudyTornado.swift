import Reporting

/// What moves the metric of a study most: a bar per parameter, the widest on top.
struct StudyTornado {
  /// The mean of the metric at two values of a parameter.
  private struct Swing {
    var name: String
    var low: Double
    var high: Double
  }

  private let label: String
  private let swings: [Swing]
  private let middle: Double

  init(_ analysis: MetricAnalysis) {
    label = analysis.style.label
    swings = analysis.plan.study.parameters.compactMap { Self.swing($0, analysis) }
      .sorted { abs($0.high - $0.low) < abs($1.high - $1.low) }
    let finite = analysis.means.filter { !$0.isNaN }
    middle = finite.reduce(0, +) / Double(finite.count)
  }

  /// The first and the last value of a parameter; of words, which have no order, those of the lowest and the highest mean.
  private static func swing(_ one: StudyParameter, _ analysis: MetricAnalysis) -> Swing? {
    let bins = ParameterBins(one.name, of: analysis.plan)
    let means = analysis.means(by: bins)
    var known = means.indices.filter { !means[$0].isNaN }
    if !one.isNumeric { known.sort { means[$0] < means[$1] } }
    guard known.count > 1, let first = known.first, let last = known.last else { return nil }
    let unit = one.shownUnit.isEmpty ? "" : " \(one.shownUnit)"
    return Swing(
      name: "\(one.label) \(bins.names[first])…\(bins.names[last])\(unit)", low: means[first],
      high: means[last])
  }

  /// `nil` where no parameter has two values.
  var figure: (plot: Plot, caption: String)? {
    guard !swings.isEmpty, middle.isFinite else { return nil }
    let top = Double(swings.count) - 0.4
    var plot = Plot(
      x: .init(label), y: .init("", range: -0.6...top),
      series: [
        bars("first value", \.low, color: 0), bars("last value", \.high, color: 1),
        PlotSeries("", .dashedLine, x: [middle, middle], y: [-0.6, top], color: 6),
      ])
    plot.verticalCategories = swings.map(\.name)
    plot.heightFactor = max(0.7, 0.4 + 0.13 * Double(swings.count))
    return (
      plot,
      "Mean of \(label) where one parameter has the first or the last value named beside it (of words: those of the "
        + "lowest and the highest mean), over all values of the others; dashed: the mean of all points."
    )
  }

  /// Bars from the middle to one end of each swing. Two ends on one side of the middle share the height of the bar.
  private func bars(_ name: String, _ end: (Swing) -> Double, color: Int) -> PlotSeries {
    var x: [Double] = []
    var y: [Double] = []
    for (k, swing) in swings.enumerated() {
      let sharesSide = (swing.low - middle) * (swing.high - middle) > 0
      let lower = Double(k) + (sharesSide && color == 0 ? 0 : -0.32)
      let upper = Double(k) + (sharesSide && color == 1 ? 0 : 0.32)
      x += [middle, end(swing), end(swing), middle, middle, .nan]
      y += [lower, lower, upper, upper, lower, .nan]
    }
    return PlotSeries(name, .polygon, x: x, y: y, color: color)
  }
}
