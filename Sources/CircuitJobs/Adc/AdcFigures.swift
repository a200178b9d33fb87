import Circuits
import LinearAlgebra
import Reporting

/// The figures of an adc run.
struct AdcFigures {
  let options: AdcOptions
  let chips: RampChips
  let result: AdcResult
  let measured: MeasuredCodes?

  private var converter: RampConverter { options.converter }

  /// All figures.
  var all: [Figure] {
    var figures = [transfer, integral]
    if !result.differential.isEmpty { figures.append(differential) }
    if result.steps.contains(where: { $0.conductance > 0 }) { figures.append(conductances) }
    figures += [rampVoltage, supply]
    return figures
  }

  private var inputs: [Double] {
    let (first, last) = (converter.thresholds[0], converter.thresholds.last!)
    let margin = max((last - first) / 8, 0.1)
    return (0...800).map { first - margin + (last - first + 2 * margin) * Double($0) / 800 }
  }

  private var transfer: Figure {
    let x = inputs
    let rows = (0..<min(options.chips, 200)).map { chips.row($0).map(Double.init) }
    var (low, high) = ([Double](), [Double]())
    for at in x {
      let given = rows.map { converter.outputs[RampConverter.place(at, among: $0)] }.sorted()
      low.append(given[given.count / 20])
      high.append(given[given.count - 1 - given.count / 20])
    }
    let first = rows[0]
    var series = [
      PlotSeries("5–95 %", .band(low: low, high: high), x: x, y: low, color: 4),
      PlotSeries(
        converter.curve.name, .line, x: x,
        y: x.map { clamp(converter.curve.value($0)) }, color: 2),
      PlotSeries("ideal", .steps, x: x, y: x.map(converter.output), color: 0),
      PlotSeries(
        "first chip", .steps, x: x,
        y: x.map { converter.outputs[RampConverter.place($0, among: first)] }, color: 1),
    ]
    if let measured {
      series.append(
        PlotSeries(
          "measured", .points, x: measured.inputs, y: measured.outputs(converter), color: 3))
    }
    return Figure(
      name: "transfer",
      plot: Plot(
        x: .init("input x", range: x[0]...x[x.count - 1]), y: .init("output"), series: series),
      caption:
        "What the converter gives over the function it stands for: ideal, on the first chip, and 5 to 95 % of "
        + "the chips.")
  }

  private func clamp(_ y: Double) -> Double {
    let range = converter.outputRange
    // A value that is not finite, such as ln 0, leaves a gap.
    return y.isFinite ? min(max(y, range.lowerBound), range.upperBound) : .nan
  }

  private func bands(
    _ bands: [AdcResult.Band], _ first: [Double], label: String, x name: String
  ) -> Plot {
    let x = bands.indices.map { Double($0 + 1) }
    return Plot(
      x: .init(name, step: 1), y: .init(label),
      series: [
        PlotSeries(
          "all chips", .band(low: bands.map(\.minimum), high: bands.map(\.maximum)), x: x,
          y: bands.map(\.mean), color: 4),
        PlotSeries(
          "5–95 %", .band(low: bands.map(\.low), high: bands.map(\.high)), x: x,
          y: bands.map(\.mean), color: 0),
        PlotSeries("mean", .line, x: x, y: bands.map(\.mean), color: 0),
        PlotSeries("first chip", .linePoints, x: x, y: first, color: 6),
      ])
  }

  private var integral: Figure {
    Figure(
      name: "inl",
      plot: bands(
        result.integral, chips.linearity(0).flatMap(\.integral), label: "INL (LSB of the output)",
        x: "threshold"),
      caption: "Integral nonlinearity at the output, calibration \(result.calibration).")
  }

  private var differential: Figure {
    Figure(
      name: "dnl",
      plot: bands(
        result.differential, chips.linearity(0).flatMap(\.differential),
        label: "DNL (LSB of the output)", x: "step"),
      caption: "Differential nonlinearity at the output.")
  }

  private var conductances: Figure {
    let steps = result.steps.filter { $0.conductance > 0 }
    let x = steps.indices.map { Double($0 + 1) }
    let count = Double(options.chips)
    var means: [Double] = []
    var deviations: [Double] = []
    for (r, ramp) in converter.ramps.enumerated() {
      let columns = chips.columns[r]
      var cell = columns.start.cells
      for n in ramp.cellCounts {
        let sums = (0..<options.chips).map { chip in
          (0..<n).reduce(0.0) { $0 + Double(columns.conductances[chip, cell + $1]) * 1e6 }
        }
        let mean = sums.reduce(0, +) / count
        means.append(mean)
        deviations.append(
          (sums.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot())
        cell += n
      }
    }
    return Figure(
      name: "conductances",
      plot: Plot(
        x: .init("step", step: 1), y: .init("conductance (µS)"),
        series: [
          PlotSeries(
            "target", .bars(width: 0.8), x: x, y: steps.map { $0.conductance * 1e6 }, color: 4),
          PlotSeries(
            "chips, mean ± std. dev.",
            .errorBars(
              low: zip(means, deviations).map { $0 - $1 },
              high: zip(means, deviations).map { $0 + $1 }), x: x, y: means, color: 1),
        ]),
      caption:
        "What the cells of every step conduct: target, and written with mean and standard deviation over the chips."
    )
  }

  private var rampVoltage: Figure {
    let circuit = converter.ramps[0].circuit
    let period = circuit.rampPeriod.value * 1e9
    var ideal: (x: [Double], y: [Double]) = ([], [])
    var first: (x: [Double], y: [Double]) = ([], [])
    var (time, place) = (0.0, 0)
    for (r, ramp) in converter.ramps.enumerated() {
      let start = chips.columns[r].start
      let thresholds = Array(chips.columns[r].thresholds.elements[0..<ramp.thresholds.inputs.count])
      // The calibration cells conduct together; then cell after cell, each for one period.
      for (line, levels) in [
        (0, ramp.thresholds.inputs), (1, thresholds.map(Double.init)),
      ] {
        var t = time
        var points = [(t, circuit.clampVoltage.value)]
        t += Double(max(1, start.cycles)) * period
        points.append((t, volts(levels[0], circuit)))
        for (q, n) in ramp.cellCounts.enumerated() {
          t += Double(n) * period
          points.append((t, volts(levels[q + 1], circuit)))
        }
        // A gap between two ramps.
        points.append((t, .nan))
        if line == 0 {
          ideal.x += points.map(\.0)
          ideal.y += points.map(\.1)
        } else {
          first.x += points.map(\.0)
          first.y += points.map(\.1)
          time = t + period
        }
      }
      place += thresholds.count
    }
    return Figure(
      name: "ramp",
      plot: Plot(
        x: .init("time (ns)"), y: .init("ramp voltage (V)"),
        series: [
          PlotSeries("ideal", .line, x: ideal.x, y: ideal.y, color: 0),
          PlotSeries("first chip", .linePoints, x: first.x, y: first.y, color: 1),
        ]),
      caption: converter.ramps.count == 1
        ? "The ramp: the calibration cells set its start, then cell after cell conducts."
        : "The \(converter.ramps.count) ramps, one after the other.")
  }

  private func volts(_ x: Double, _ circuit: RampCircuit) -> Double {
    circuit.clampVoltage.value + circuit.columnScale * x
  }

  private var supply: Figure {
    let points = result.conditions.filter { $0.temperatureRise == 0 }
    let x = points.map(\.readVoltage)
    return Figure(
      name: "read-voltage",
      plot: Plot(
        x: .init("read voltage (V)"), y: .init("mean change of the code (LSB)"),
        series: [
          PlotSeries("in-memory ramp", .linePoints, x: x, y: points.map(\.inMemoryMean), color: 0),
          PlotSeries("fixed references", .linePoints, x: x, y: points.map(\.fixedMean), color: 1),
        ]),
      caption: "Codes when the read voltage moves: the ramp's cells are read at the same voltage.")
  }
}
