import Crossbar
import LinearAlgebra
import Networks
import NumericalMethods
import Reporting

/// The figures of a map run.
struct MapFigures: Sendable {
  /// What stands on one tile of the first layer: rows × columns, in siemens.
  var conductances: Matrix<Float>
  /// What that tile is called.
  var conductancesName: String
  /// Programmed less target conductance of cells of all layers, in siemens.
  var programmingErrors: [Double]
  /// Digital outputs of the network for some samples, and the analog ones beside them.
  var digitalOutputs: [Float]
  var analogOutputs: [Float]
  /// Analog less digital, all outputs of the first chip.
  var outputDifferences: [Double]
  /// Samples by class, over all chips, where there are classes.
  var confusion: ConfusionMatrix?

  /// What `chip`, the first of a run, and the outputs of the network show.
  ///
  /// At most 1,500 outputs and 50,000 cells, evenly spaced, are drawn.
  init(
    chip: AnalogEngine, firstLayer: String, digitalOutputs: [Float], analogOutputs: [Float],
    confusion: ConfusionMatrix?
  ) {
    let first = chip.matrices[0].conductances(block: 0, slice: 0)
    let rows = chip.matrices[0].mapped.blocks[0].place.rows.count
    let width = first.positive.count / rows
    let shown = (rows: min(rows, 256), columns: min(width, 256))
    let tile = Matrix(rowCount: rows, columnCount: width, elements: first.positive)
    conductances = tile.block(rows: 0..<shown.rows, columns: 0..<shown.columns)
    let paired = first.negative.isEmpty ? "" : "positive "
    conductancesName =
      "the \(paired)cells of layer \(firstLayer), rows 0–\(shown.rows - 1), "
      + "columns 0–\(shown.columns - 1)"
    let cells = chip.matrices.reduce(0) { $0 + $1.mapped.usedCells }
    programmingErrors = Self.errors(chip, every: max(1, cells / 50_000))
    // An odd step visits all classes where their number is even.
    let outputStep = max(1, digitalOutputs.count / 1500) | 1
    let places = stride(from: 0, to: digitalOutputs.count, by: outputStep)
    self.digitalOutputs = places.map { digitalOutputs[$0] }
    self.analogOutputs = places.map { analogOutputs[$0] }
    outputDifferences = zip(analogOutputs, digitalOutputs).map { Double($0) - Double($1) }
    self.confusion = confusion
  }

  /// Programmed less target conductance of every so-manieth cell.
  private static func errors(_ chip: AnalogEngine, every step: Int) -> [Double] {
    var errors: [Double] = []
    for matrix in chip.matrices {
      for (b, block) in matrix.mapped.blocks.enumerated() {
        for (s, targets) in block.written.enumerated() {
          let written = matrix.conductances(block: b, slice: s)
          for (g, wanted) in [
            (written.positive, targets.positive), (written.negative, targets.negative),
          ] {
            for k in stride(from: 0, to: g.count, by: step) {
              errors.append(Double(g[k]) - Double(wanted[k]))
            }
          }
        }
      }
    }
    return errors
  }

  /// All figures of `result`.
  func all(_ result: MapResult) -> [Figure] {
    var figures = [
      values(result), outputs, outputErrors, conductanceMap, programming, layers(result),
    ]
    if let confusion { figures.append(Self.confusionMatrix(confusion)) }
    if !result.cost.isEmpty { figures.append(cost(result)) }
    figures += result.stepFigures
    if !result.ages.isEmpty { figures.append(ages(result)) }
    return figures
  }

  private func values(_ result: MapResult) -> Figure {
    let values = result.chips.map { $0.value * result.merit.factor }
    let places = values.indices.map { Double($0 + 1) }
    let ends = [0.4, Double(values.count) + 0.6]
    let spread = SampleStatistics(values)
    let digital = result.digital * result.merit.factor
    let band = (result.confidence.map { [$0] } ?? []).map { interval in
      let (lower, upper) = (
        interval.lowerBound * result.merit.factor, interval.upperBound * result.merit.factor
      )
      return PlotSeries(
        "95 % CI", .band(low: [lower, lower], high: [upper, upper]), x: ends,
        y: [spread.mean, spread.mean], color: 0)
    }
    let plot = Plot(
      x: .init("chip", range: ends[0]...ends[1], step: 1), y: .init(result.merit.label),
      series: band + [
        PlotSeries("mean", .line, x: ends, y: [spread.mean, spread.mean], color: 0),
        PlotSeries(
          "digital", .dashedLine, x: ends,
          y: [digital, digital], color: 6),
        PlotSeries("chips", .points, x: places, y: values, color: 1),
      ])
    return Figure(
      name: "accuracy", plot: plot,
      caption: "\(result.merit.title) of each programmed chip on \(result.samples) samples, "
        + "their mean with its 95 % confidence interval, and the digital network.")
  }

  private var outputs: Figure {
    let x = digitalOutputs.map(Double.init)
    let y = analogOutputs.map(Double.init)
    let low = min(x.min() ?? 0, y.min() ?? 0)
    let high = max(x.max() ?? 1, y.max() ?? 1)
    let isPoint = high - low <= 1e-9 * max(abs(low), abs(high))
    let room = isPoint ? (high == 0 ? 1 : abs(high) * 0.05) : (high - low) * 0.04
    let range = low - room...high + room
    return Figure(
      name: "outputs",
      plot: Plot(
        x: .init("digital output", range: range), y: .init("analog output", range: range),
        series: [
          PlotSeries("outputs", .scatter, x: x, y: y, color: 0),
          PlotSeries("equal", .dashedLine, x: [low, high], y: [low, high], color: 6),
        ]),
      caption: "Outputs of the network, analog (first chip) against digital.")
  }

  private var outputErrors: Figure {
    Figure(
      name: "output-error",
      plot: Plot(
        x: .init("analog less digital output"), y: .init("share of outputs"),
        series: [.histogram("", of: outputDifferences, color: 0)]),
      caption: "Errors of the network's outputs on the first chip.")
  }

  private var conductanceMap: Figure {
    var plot = Plot(
      x: .init("bit line"), y: .init("word line"),
      series: [
        .heatMap(
          rowCount: conductances.rowCount, columnCount: conductances.columnCount,
          values: conductances.elements.map { Double($0) * 1e6 })
      ])
    plot.colorLabel = "conductance (µS)"
    return Figure(
      name: "conductances", plot: plot,
      caption: "Programmed conductances of \(conductancesName), first chip.")
  }

  private var programming: Figure {
    Figure(
      name: "programming-error",
      plot: Plot(
        x: .init("programmed less target conductance (µS)"), y: .init("share of cells"),
        series: [.histogram("", of: programmingErrors.map { $0 * 1e6 }, color: 2)]),
      caption: "Programming errors of the cells of all layers, first chip.")
  }

  private func layers(_ result: MapResult) -> Figure {
    // A layer without any error has no bar.
    let values = result.layers.map { $0.signalToNoise.isFinite ? $0.signalToNoise : .nan }
    var plot = Plot(
      x: .init("layer", range: -0.6...Double(values.count) - 0.4, step: 1),
      y: .init("signal-to-noise ratio (dB)"),
      series: [
        PlotSeries("", .bars(width: 0.6), x: values.indices.map(Double.init), y: values, color: 0)
      ])
    plot.categories = result.layers.map(\.name)
    return Figure(
      name: "layers", plot: plot,
      caption: "Each layer's outputs against the digital ones on the same inputs, first chip.")
  }

  private static func confusionMatrix(_ confusion: ConfusionMatrix) -> Figure {
    let count = confusion.counts.rowCount
    // Samples whose outputs name no class have a column behind the classes.
    let hasNone = confusion.undecided.contains { $0 > 0 }
    let columns = count + (hasNone ? 1 : 0)
    let shares = (0..<count).flatMap { i -> [Double] in
      let total = (0..<count).reduce(confusion.undecided[i]) { $0 + confusion.counts[i, $1] }
      return (0..<columns).map { j in
        // A class without samples stays blank.
        guard total > 0 else { return .nan }
        let found = j < count ? confusion.counts[i, j] : confusion.undecided[i]
        return (1000 * Double(found) / Double(total)).rounded() / 10
      }
    }
    var plot = Plot(
      x: .init("class given", step: count <= 12 ? 1 : nil),
      y: .init("true class", step: count <= 12 ? 1 : nil),
      series: [
        .heatMap(rowCount: count, columnCount: columns, values: shares, showsNumbers: count <= 12)
      ])
    plot.colorLabel = "share of the true class (%)"
    plot.colorRange = 0...100
    return Figure(
      name: "confusion", plot: plot,
      caption: "Confusion matrix over all chips."
        + (hasNone ? " Column \(count): none, several outputs are the largest." : ""))
  }

  private func cost(_ result: MapResult) -> Figure {
    let values = result.cost.map { $0.energy * 1e9 }
    var plot = Plot(
      x: .init("", range: -0.6...Double(values.count) - 0.4), y: .init("energy per inference (nJ)"),
      series: [
        PlotSeries("", .bars(width: 0.6), x: values.indices.map(Double.init), y: values, color: 5)
      ])
    plot.categories = result.cost.map(\.name)
    return Figure(name: "energy", plot: plot, caption: "Energy of one inference, by part.")
  }

  private func ages(_ result: MapResult) -> Figure {
    let spreads = result.ages.map { SampleStatistics($0.values.map { $0 * result.merit.factor }) }
    let times = result.ages.map(\.time)
    let means = spreads.map(\.mean)
    let digital = result.digital * result.merit.factor
    return Figure(
      name: "accuracy-over-time",
      plot: Plot(
        x: .init("time after programming (s)", isLogarithmic: true),
        y: .init(result.merit.label),
        series: [
          PlotSeries(
            "± std. dev.",
            .band(
              low: spreads.map { $0.mean - $0.deviation },
              high: spreads.map { $0.mean + $0.deviation }), x: times, y: means, color: 0),
          PlotSeries("mean", .linePoints, x: times, y: means, color: 0),
          PlotSeries(
            "digital", .dashedLine, x: [times.first ?? 1, times.last ?? 1],
            y: [digital, digital], color: 6),
        ]),
      caption:
        "\(result.merit.title) over time after programming: mean and standard deviation of the chips."
    )
  }
}
