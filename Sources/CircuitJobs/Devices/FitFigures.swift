import DeviceModels
import PhysicalUnits
import Reporting

/// The figures of a fitted law.
struct FitFigures {
  var data: PulseMeasurement
  var fit: PulseFit
  var zero: Double
  var unit: Double

  var all: [Figure] { [curves, residuals, correlations] }

  private func name(_ direction: PulseDirection) -> String { direction == .up ? "up" : "down" }

  private var curves: Figure {
    let scale = LoopFigures.scale(data.trains.flatMap(\.states).map { zero + unit * $0 })
    let shown = { (w: Double) in (zero + unit * w) * scale.factor }
    var series: [PlotSeries] = []
    for (i, train) in data.trains.enumerated() {
      let x = train.states.indices.map(Double.init)
      series.append(
        PlotSeries(
          name(train.direction), .scatter, x: x, y: train.states.map(shown),
          color: i))
      series.append(
        PlotSeries(
          "law, \(name(train.direction))", .line, x: x,
          y: zip(train.states, fit.residuals[i]).map { shown($0 - $1) }, color: i == 0 ? 6 : i + 2))
    }
    return Figure(
      name: "fit",
      plot: Plot(
        x: .init("pulse number"), y: .init("conductance (\(scale.prefix)S)"), series: series),
      caption: "Measured trains (points) and the fitted law \(fit.law) (lines).")
  }

  private var residuals: Figure {
    let scale = LoopFigures.scale(fit.residuals.flatMap { $0 }.map { $0 * unit })
    let series = zip(data.trains, fit.residuals).enumerated().map { i, pair in
      PlotSeries(
        name(pair.0.direction), .scatter, x: pair.1.indices.map(Double.init),
        y: pair.1.map { $0 * unit * scale.factor }, color: i)
    }
    return Figure(
      name: "residuals",
      plot: Plot(
        x: .init("pulse number"), y: .init("measured − fitted (\(scale.prefix)S)"),
        series: series),
      caption: "Residuals: a trend in them is what the law cannot say.")
  }

  private var correlations: Figure {
    let n = fit.estimates.count
    // Rounding leaves −0, which the sum makes 0.
    let rounded = fit.correlation.map { 0 + ($0 * 100).rounded() / 100 }
    var plot = Plot(
      x: .init(""), y: .init(""),
      series: [
        PlotSeries.heatMap(
          rowCount: n, columnCount: n, values: rounded, showsNumbers: n <= 8)
      ])
    plot.categories = fit.estimates.map(\.key)
    plot.verticalCategories = plot.categories
    plot.colorLabel = "correlation"
    plot.colorRange = -1...1
    return Figure(
      name: "correlations", plot: plot,
      caption: "Correlations of the estimates: near ±1 two parameters say the same.")
  }
}
