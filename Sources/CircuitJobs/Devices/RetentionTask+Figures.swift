import NumericalMethods
import PhysicalUnits
import Reporting

extension RetentionTask {
  /// Conductance and its deviation against time.
  func figures(
    _ groups: [(name: String, values: [[Double]])], _ measured: [String: [Double]]?
  ) -> [Figure] {
    if times.count == 1 { return figures(groups.map { ($0.name, $0.values[0]) }) }
    let scale = LoopFigures.scale(groups.flatMap { $0.values.flatMap { $0.prefix(50) } })
    let columns = groups.map { $0.values.map { $0.map { $0 * scale.factor } } }
    var levels = PlotSeries.spreads(
      zip(groups, columns).map { group, columns in
        (
          name: group.name, x: times, y: columns.map { quantile($0, 0.5) },
          low: columns.map { quantile($0, 0.05) }, high: columns.map { quantile($0, 0.95) }
        )
      }, isLogarithmic: true)
    let spread = zip(groups, columns).enumerated().map { i, group in
      PlotSeries(
        group.0.name, .linePoints, x: times,
        y: group.1.map { SampleStatistics($0).deviation }, color: i)
    }
    if let t = measured?["time"], let g = measured?["conductance"] {
      levels.append(
        PlotSeries("measured", .points, x: t, y: g.map { $0 * scale.factor }, color: 6))
    }
    let x = Plot.Axis("time after programming (s)", isLogarithmic: true)
    return [
      Figure(
        name: "retention",
        plot: Plot(
          x: x, y: .init("conductance (\(scale.prefix)S)"), series: levels),
        caption:
          "Median and 5 to 95 % (bands or bars) of \(population) devices per target\(temperatureText)."
      ),
      Figure(
        name: "deviation",
        plot: Plot(
          x: x, y: .init("standard deviation (\(scale.prefix)S)"), series: spread),
        caption: "Standard deviation over the devices."),
    ]
  }

  /// The conductances at a single time, by target.
  private func figures(_ groups: [(name: String, values: [Double])]) -> [Figure] {
    let scale = LoopFigures.scale(groups.flatMap { $0.values.prefix(50) })
    let columns = groups.map { $0.values.map { $0 * scale.factor } }
    let time = TypesetUnit.quantity(times[0], "s")
    func figure(_ name: String, _ label: String, _ series: [PlotSeries], _ caption: String)
      -> Figure
    {
      var plot = Plot(
        x: .init("target"), y: .init("\(label) (\(scale.prefix)S)"), series: series)
      plot.categories = groups.map(\.name)
      return Figure(name: name, plot: plot, caption: caption)
    }
    let places = groups.indices.map(Double.init)
    return [
      figure(
        "retention", "conductance",
        PlotSeries.spreads(
          [
            (
              name: "", x: places, y: columns.map { quantile($0, 0.5) },
              low: columns.map { quantile($0, 0.05) }, high: columns.map { quantile($0, 0.95) }
            )
          ], isLogarithmic: false, isOrdered: false),
        "Median and 5 to 95 % (bars) of \(population) devices per target, \(time) after programming\(temperatureText)."
      ),
      figure(
        "deviation", "standard deviation",
        [PlotSeries("", .points, x: places, y: columns.map { SampleStatistics($0).deviation })],
        "Standard deviation over the devices, \(time) after programming."),
    ]
  }
}
