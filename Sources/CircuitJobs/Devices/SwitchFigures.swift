import DeviceModels
import Foundation
import NumericalMethods
import PhysicalUnits
import Reporting

/// The figures of random switching.
struct SwitchFigures {
  /// What pulses of one height did.
  struct Curve {
    var height: Double
    /// The part of the devices at each width.
    var switched: [Double]
    /// The median time, or NaN.
    var median: Double
  }

  var widths: [Double]
  var curves: [Curve]
  var population: Int
  var measured: [String: [Double]]?
  var law: ((Double, Double) -> Double)?

  var all: [Figure] {
    var figures: [Figure] = []
    if widths.count > 1 { figures.append(againstWidth) }
    if curves.count > 1 { figures.append(againstHeight) }
    if curves.filter(\.median.isFinite).count > 1 { figures.append(times) }
    return figures
  }

  /// Wilson's interval of a part of `n`, at one standard error.
  static func interval(_ p: Double, _ n: Int) -> (low: Double, high: Double) {
    let n = Double(n)
    let center = (p + 0.5 / n) / (1 + 1 / n)
    let half = (p * (1 - p) / n + 0.25 / (n * n)).squareRoot() / (1 + 1 / n)
    return (center - half, center + half)
  }

  private func points(_ name: String, _ x: [Double], _ p: [Double], _ color: Int) -> PlotSeries {
    let ends = p.map { Self.interval($0, population) }
    return PlotSeries(
      name, .errorBars(low: ends.map(\.low), high: ends.map(\.high)), x: x, y: p, color: color)
  }

  private var againstWidth: Figure {
    var series: [PlotSeries] = []
    for (i, curve) in curves.prefix(7).enumerated() {
      let name = TypesetUnit.quantity(curve.height, "V")
      if let law {
        let fine = FitCurves.places(over: widths, isLogarithmic: true)
        series.append(
          PlotSeries(name, .line, x: fine, y: fine.map { law(curve.height, $0) }, color: i))
      }
      // Dashes tell the curves apart in gray better than small markers.
      series.append(points(law == nil ? name : "", widths, curve.switched, i))
      guard let measured, let h = measured["height"], let w = measured["width"],
        let p = measured["probability"]
      else { continue }
      let own = h.indices.filter { abs(h[$0] - curve.height) < 1e-6 + 1e-3 * abs(curve.height) }
      series.append(
        PlotSeries(
          own.isEmpty ? "" : "measured", .linePoints, x: own.map { w[$0] }, y: own.map { p[$0] },
          color: 6))
    }
    return Figure(
      name: "probability",
      plot: Plot(
        x: .init("pulse width (s)", isLogarithmic: true),
        y: .init("switching probability"), series: series),
      caption: "Share of the devices that has switched by the end of a pulse: lines are the law, "
        + "points \(population) devices with one standard error.")
  }

  private var againstHeight: Figure {
    let shown = [widths.count / 4, widths.count / 2, widths.count * 3 / 4].map {
      min($0, widths.count - 1)
    }
    let ordered = curves.sorted { $0.height < $1.height }
    var series: [PlotSeries] = []
    for (i, j) in Set(shown).sorted().enumerated() {
      let name = TypesetUnit.quantity(widths[j], "s")
      let x = ordered.map(\.height)
      if let law {
        let fine = FitCurves.places(over: x, isLogarithmic: false)
        series.append(
          PlotSeries(name, .line, x: fine, y: fine.map { law($0, widths[j]) }, color: i))
      }
      series.append(
        points(law == nil ? name : "", x, ordered.map { $0.switched[j] }, i))
    }
    return Figure(
      name: "probability-height",
      plot: Plot(
        x: .init("pulse height (V)"), y: .init("switching probability"),
        series: series),
      caption: "The same against the height of the pulse, for three widths.")
  }

  private var times: Figure {
    let known = curves.filter(\.median.isFinite).sorted { $0.height < $1.height }
    return Figure(
      name: "switching-time",
      plot: Plot(
        x: .init("pulse height (V)"), y: .init("median switching time (s)", isLogarithmic: true),
        series: [
          PlotSeries("", .linePoints, x: known.map(\.height), y: known.map(\.median))
        ]),
      caption: "Median time to switch against the height of the pulse.")
  }

  /// The figures of breakdown: the broken part against voltage, and the conductances.
  static func breakdown(
    voltages: [Double], law: (Double) -> Double, broken: [Double], conductances: [Double],
    population: Int,
    measured: [String: [Double]]?
  ) -> [Figure] {
    let ends = broken.map { interval($0, population) }
    let smooth = FitCurves.places(over: voltages, isLogarithmic: false)
    var series = [
      PlotSeries("law", .line, x: smooth, y: smooth.map(law), color: 0),
      PlotSeries(
        "\(population) cells", .errorBars(low: ends.map(\.low), high: ends.map(\.high)),
        x: voltages, y: broken, color: 0),
    ]
    if let measured, let v = measured["voltage"], let p = measured["probability"] {
      series.append(PlotSeries("measured", .points, x: v, y: p, color: 3))
    }
    let scale = LoopFigures.scale(conductances)
    return [
      Figure(
        name: "probability",
        plot: Plot(
          x: .init("voltage of the sweep (V)"), y: .init("share of broken cells"),
          series: series),
        caption: "Share of cells broken down by a sweep up to a voltage, with one standard error."),
      Figure(
        name: "conductances",
        plot: Plot(
          x: .init("conductance of broken cells (\(scale.prefix)S)"),
          y: .init("share of these cells"),
          series: [
            PlotSeries.histogram(
              "", of: conductances.map { $0 * scale.factor }, binCount: 40, color: 0)
          ]),
        caption: "Conductances after the highest sweep."),
    ]
  }
}
