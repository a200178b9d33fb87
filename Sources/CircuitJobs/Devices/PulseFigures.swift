import DeviceModels
import NumericalMethods
import PhysicalUnits
import Reporting

/// The figures of pulse trains.
struct PulseFigures {
  /// Conductances in siemens: before the first pulse and after each, one trace a device.
  var traces: [[Double]]
  var directions: [PulseDirection]
  /// The nominal device without noise.
  var nominal: [Double]?
  /// Measured trains, in siemens.
  var measured: [PulseMeasurement.Train]?
  /// The law, where there is one.
  var model: PulseModel?

  init(traces: [[Double]], directions: [PulseDirection], nominal: [Double]?) {
    self.traces = traces
    self.directions = directions
    self.nominal = nominal
  }

  var all: [Figure] { [train, steps] }

  private var scale: (factor: Double, prefix: String) {
    LoopFigures.scale(traces.prefix(100).flatMap { $0 })
  }

  private var train: Figure {
    let (factor, prefix) = scale
    // A figure has some 800 places: more points than 2000 do not show.
    let step = max(1, traces[0].count / 2000)
    let places = Array(stride(from: 0, to: traces[0].count, by: step))
    let x = places.map(Double.init)
    var series: [PlotSeries] = []
    if traces.count > 1 {
      series.append(
        PlotSeries(
          "one device", .trace, x: x, y: places.map { traces[0][$0] * factor }, color: 4))
      let columns = places.map { i in traces.map { $0[i] * factor }.sorted() }
      series.append(
        PlotSeries(
          "5–95 %",
          .band(
            low: columns.map { quantile($0, 0.05) }, high: columns.map { quantile($0, 0.95) }),
          x: x, y: x, color: 0))
      series.append(
        PlotSeries("median", .line, x: x, y: columns.map { quantile($0, 0.5) }, color: 0))
    } else {
      series.append(
        PlotSeries(
          nominal == nil ? "" : "one device", traces[0].count < 300 ? .linePoints : .trace, x: x,
          y: places.map { traces[0][$0] * factor }, color: 0))
    }
    if let measured {
      for train in measured {
        guard let first = directions.firstIndex(of: train.direction) else { continue }
        series.append(
          PlotSeries(
            train.direction == measured[0].direction ? "measured" : "", .scatter,
            x: train.states.indices.map { Double(first + $0) },
            y: train.states.map { $0 * factor }, color: 1))
      }
    }
    if let nominal {
      series.append(
        PlotSeries("law", .dashedLine, x: x, y: places.map { nominal[$0] * factor }, color: 6))
    }
    return Figure(
      name: "train",
      plot: Plot(
        x: .init("pulse number"), y: .init("conductance (\(prefix)S)"), series: series),
      caption: "Conductance against the number of pulses, up and down in turn"
        + (traces.count > 1 ? ": median and 5 to 95 % of \(traces.count) devices" : "")
        + (nominal == nil ? "." : "; law: the nominal device without noise."))
  }

  private var steps: Figure {
    let conductance = scale
    var points: [PulseDirection: (x: [Double], y: [Double])] = [:]
    let total = directions.count * traces.count
    let skip = max(1, total / 2000)
    var number = 0
    for trace in traces {
      for (i, direction) in directions.enumerated() {
        number += 1
        guard number % skip == 0 else { continue }
        points[direction, default: ([], [])].x.append(trace[i])
        points[direction, default: ([], [])].y.append(trace[i + 1] - trace[i])
      }
    }
    let step = LoopFigures.scale(points.values.flatMap(\.y))
    var series: [PlotSeries] = []
    for (direction, name, color) in [(PulseDirection.up, "up", 0), (.down, "down", 1)] {
      guard let own = points[direction] else { continue }
      series.append(
        PlotSeries(
          "pulses \(name)", model == nil ? .points : .scatter,
          x: own.x.map { $0 * conductance.factor }, y: own.y.map { $0 * step.factor },
          color: color))
      guard let model else { continue }
      let response = model.nominal
      let states = (0...100).map {
        response.low + (response.high - response.low) * Double($0) / 100
      }
      let x = states.map { model.conductance(of: $0).value * conductance.factor }
      let y = states.map { w in
        (response.held(w + response.form(direction).step(from: w)) - w) * model.unit.value
          * step.factor
      }
      series.append(PlotSeries("law, \(name)", .line, x: x, y: y, color: color == 0 ? 6 : 2))
    }
    return Figure(
      name: "steps",
      plot: Plot(
        x: .init("conductance before the pulse (\(conductance.prefix)S)"),
        y: .init("step (\(step.prefix)S)"), series: series),
      caption: "Change by one pulse against the conductance before it.")
  }
}
