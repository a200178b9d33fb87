import DeviceModels
import Foundation
import NumericalMethods
import PhysicalUnits
import Reporting

/// The figures of a hysteresis loop.
struct LoopFigures {
  var traces: [DeviceTrace]
  var states: [StateVariable]
  /// Columns "voltage" and "current" of a measurement.
  var measured: [String: [Double]]?

  var all: [Figure] {
    var figures = [loop(isLogarithmic: true), loop(isLogarithmic: false)]
    figures.append(drive)
    for j in states.indices { figures.append(state(j)) }
    return figures
  }

  /// The unit prefix that suits the largest of `values`.
  static func scale(_ values: [Double]) -> (factor: Double, prefix: String) {
    let peak = values.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
    let steps: [(Double, String)] = [
      (1e9, "G"), (1e6, "M"), (1e3, "k"), (1, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"),
      (1e-12, "p"),
      (1e-15, "f"),
    ]
    let step = steps.first { peak >= $0.0 * 0.999 } ?? (peak > 0 ? steps.last! : (1, ""))
    return (1 / step.0, step.1)
  }

  private var first: DeviceTrace { traces[0] }

  /// The places where the source turns round: each piece goes one way.
  private var branches: [Range<Int>] {
    var result: [Range<Int>] = []
    var start = 0
    let v = first.source
    var direction = 0.0
    for i in 1..<v.count {
      let step = v[i] - v[i - 1]
      if step * direction < 0 {
        result.append(start..<i)
        start = i - 1
      }
      if step != 0 { direction = step }
    }
    result.append(start..<v.count)
    return result
  }

  private func loop(isLogarithmic: Bool) -> Figure {
    let peak = traces.flatMap(\.current).reduce(0) { max($0, abs($1)) }
    let floor = peak * 1e-9
    // Zero has no logarithm: the curve ends a billion times below its peak.
    func shown(_ x: Double) -> Double {
      isLogarithmic ? (abs(x) > floor ? abs(x) : .nan) : x
    }
    let (factor, prefix) = isLogarithmic ? (1, "") : Self.scale(traces.flatMap(\.current))
    var series: [PlotSeries] = []
    if traces.count > 1 {
      for (k, trace) in traces.prefix(10).enumerated() {
        series.append(
          PlotSeries(
            k == 0 ? "each device" : "", .trace, x: trace.source,
            y: trace.current.map { shown($0) * factor }, color: 4))
      }
      for (b, branch) in branches.enumerated() {
        let columns = branch.map { i in traces.map { shown($0.current[i]) }.filter(\.isFinite) }
        let kept = zip(branch, columns).filter { !$1.isEmpty }
        let x = kept.map { first.source[$0.0] }
        series.append(
          PlotSeries(
            b == 0 ? "5–95 %" : "",
            .band(
              low: kept.map { quantile($0.1, 0.05) * factor },
              high: kept.map { quantile($0.1, 0.95) * factor }), x: x, y: x, color: 0))
        series.append(
          PlotSeries(
            b == 0 ? "median" : "", .line, x: x, y: kept.map { quantile($0.1, 0.5) * factor },
            color: 0))
      }
    } else {
      series.append(
        PlotSeries(
          measured == nil ? "" : "model", .line, x: first.source,
          y: first.current.map { shown($0) * factor }, color: 0))
    }
    if let v = measured?["voltage"], let i = measured?["current"] {
      series.append(
        PlotSeries("measured", .points, x: v, y: i.map { shown($0) * factor }, color: 1))
    }
    return Figure(
      name: isLogarithmic ? "butterfly" : "loop",
      plot: Plot(
        x: .init("voltage (V)"),
        y: .init(
          isLogarithmic ? "|current| (A)" : "current (\(prefix)A)", isLogarithmic: isLogarithmic),
        series: series),
      caption: isLogarithmic
        ? "Magnitude of the current against the source's voltage, on a logarithmic axis."
        : "Current against the source's voltage.")
  }

  private var drive: Figure {
    let time = Self.scale(first.time)
    let x = first.time.map { $0 * time.factor }
    let current = Self.scale(first.current)
    var series = [
      PlotSeries("source", .line, x: x, y: first.source, color: 0),
      PlotSeries("device", .line, x: x, y: first.voltage, color: 1),
      PlotSeries(
        "current (right)", .line, x: x, y: first.current.map { $0 * current.factor }, color: 2),
    ]
    series[2].isOnSecondAxis = true
    var plot = Plot(
      x: .init("time (\(time.prefix)s)"), y: .init("voltage (V)"), series: series)
    plot.secondY = .init("current (\(current.prefix)A)")
    return Figure(
      name: "drive", plot: plot,
      caption:
        "Voltage of the source and on the device (left axis), and the current (right axis), in time."
    )
  }

  private func state(_ j: Int) -> Figure {
    let time = Self.scale(first.time)
    let unit = states[j].unit
    let isMetre = unit == "m" || unit == "s"
    let scale =
      isMetre ? Self.scale(traces.flatMap { $0.component(j) }) : (factor: 1.0, prefix: "")
    let label =
      unit.isEmpty
      ? states[j].name : "\(states[j].name) (\(scale.prefix)\(TypesetUnit.typeset(unit)))"
    let series = traces.prefix(20).map {
      PlotSeries(
        "", traces.count > 1 ? .trace : .line, x: $0.time.map { $0 * time.factor },
        y: $0.component(j).map { $0 * scale.factor }, color: traces.count > 1 ? 4 : 0)
    }
    return Figure(
      name: "state-\(j + 1)",
      plot: Plot(
        x: .init("time (\(time.prefix)s)"), y: .init(label), series: Array(series)),
      caption: "The state in time\(traces.count > 1 ? ", of up to 20 devices" : "").")
  }
}
