import ArrayFiles
import Circuits
import DeviceModels
import LinearAlgebra

/// What solved arrays show: figures, tables, arrays and pictures.
struct SolveSummary {
  let array: WiredArray
  let law: CellLaw
  let inputs: [[Double]]
  let solutions: [ArraySolution]

  /// Output currents without wires, for one input vector, in amperes.
  private func ideal(_ inputs: [Double]) -> [Double] {
    (0..<array.columnCount).map { j in
      (0..<array.rowCount).reduce(0) { sum, i in
        sum + law.point(conductance: array.conductances[i, j], voltage: inputs[i]).current
      }
    }
  }

  /// Volts that wires take from cell (i, j), relative to its row's source; NaN at 0 V.
  private func drops(_ k: Int) -> [Double] {
    let voltages = solutions[k].cellVoltages.elements
    return voltages.indices.map { cell -> Double in
      let source = inputs[k][cell / array.columnCount]
      return source == 0 ? .nan : 1 - voltages[cell] / source
    }
  }

  var figures: Table {
    var table = Table(columns: ["quantity", "value", "unit"])
    func add(_ name: String, _ value: Table.Cell, _ unit: String = "") {
      table.append([.text(name), value, .text(unit)])
    }
    add("word lines", .whole(array.rowCount))
    add("bit lines", .whole(array.columnCount))
    add("input vectors", .whole(inputs.count))
    let isLinear = law == .ohmic
    add(
      "method",
      .text(isLinear ? "conjugate gradients by lines" : "Newton, conjugate gradients by lines"))
    add("residual", .number(solutions.map(\.residual).max() ?? 0))
    add("steps of conjugate gradients", .whole(solutions.map(\.iterations).max() ?? 0))
    if !isLinear { add("steps of Newton", .whole(solutions.map(\.newtonSteps).max() ?? 0)) }
    var (error, size) = (0.0, 0.0)
    for (solution, input) in zip(solutions, inputs) {
      for (found, wanted) in zip(solution.outputCurrents, ideal(input)) {
        error = max(error, abs(found - wanted))
        size = max(size, abs(wanted))
      }
    }
    add("largest output without wires", .number(size), "A")
    add("largest change by wires", .number(size > 0 ? 100 * error / size : 0), "% of it")
    let first = solutions[0]
    let delivered = zip(inputs[0], first.sourceCurrents).reduce(0) { $0 + $1.0 * $1.1 }
    let cells = first.cellPowers.elements.reduce(0, +)
    add("power of the sources, vector 0", .number(delivered), "W")
    add("power of the cells, vector 0", .number(cells), "W")
    let worst = drops(0).filter { !$0.isNaN }.max() ?? 0
    add("largest relative voltage drop, vector 0", .number(100 * worst), "%")
    return table
  }

  var outputs: Table {
    var table = Table(
      columns: ["vector", "bit line", "current (A)", "without wires (A)", "difference (%)"])
    for (k, solution) in solutions.enumerated() {
      for (j, (found, wanted)) in zip(solution.outputCurrents, ideal(inputs[k])).enumerated() {
        let difference = wanted == 0 ? 0 : 100 * (found - wanted) / wanted
        table.append([
          .whole(k), .whole(j), .number(found), .number(wanted), .number(difference),
        ])
      }
    }
    return table
  }

  /// Node voltages and currents of vector 0, the output and source currents of all.
  var arrays: [(name: String, array: NumericArray)] {
    let shape = [array.rowCount, array.columnCount]
    let first = solutions[0]
    return [
      ("G", NumericArray(shape: shape, doubles: array.conductances.elements)),
      ("RR", NumericArray(shape: shape, doubles: array.wordLineResistances.elements)),
      ("RC", NumericArray(shape: shape, doubles: array.bitLineResistances.elements)),
      ("V", NumericArray(shape: [inputs.count, array.rowCount], doubles: inputs.flatMap { $0 })),
      ("u", NumericArray(shape: shape, doubles: first.wordLineVoltages.elements)),
      ("w", NumericArray(shape: shape, doubles: first.bitLineVoltages.elements)),
      ("Idev", NumericArray(shape: shape, doubles: first.cellCurrents.elements)),
      ("P", NumericArray(shape: shape, doubles: first.cellPowers.elements)),
      (
        "Iout",
        NumericArray(
          shape: [inputs.count, array.columnCount], doubles: solutions.flatMap(\.outputCurrents))
      ),
      (
        "Isrc",
        NumericArray(
          shape: [inputs.count, array.rowCount], doubles: solutions.flatMap(\.sourceCurrents))
      ),
    ]
  }

  /// Pictures of vector 0 in the layout of the array; of large arrays every so-manieth cell.
  var plots: [(name: String, plot: Plot)] {
    let step = max(1, (max(array.rowCount, array.columnCount) + 127) / 128)
    let rows = Array(stride(from: 0, to: array.rowCount, by: step))
    let columns = Array(stride(from: 0, to: array.columnCount, by: step))
    func map(_ values: [Double], _ label: String) -> Plot {
      let shown = rows.flatMap { i in columns.map { values[i * array.columnCount + $0] } }
      let every = step == 1 ? "" : " (every \(step)th)"
      var plot = Plot(
        x: Plot.Axis("bit line\(every)"), y: Plot.Axis("word line\(every)"),
        series: [.heatMap(rowCount: rows.count, columnCount: columns.count, values: shown)],
        legend: .none)
      plot.colourLabel = label
      return plot
    }
    let first = solutions[0]
    let wanted = ideal(inputs[0])
    let places = (0..<array.columnCount).map(Double.init)
    let errors = zip(first.outputCurrents, wanted).map { found, ideal -> Double in
      ideal == 0 ? .nan : 100 * (found - ideal) / ideal
    }
    return [
      ("word-line-voltages", map(first.wordLineVoltages.elements, "word-line voltage (V)")),
      (
        "bit-line-voltages",
        map(first.bitLineVoltages.elements.map { $0 * 1e3 }, "bit-line voltage (mV)")
      ),
      ("cell-currents", map(first.cellCurrents.elements.map { $0 * 1e6 }, "cell current (µA)")),
      ("voltage-drop", map(drops(0).map { $0 * 100 }, "relative voltage drop (%)")),
      (
        "output-error",
        Plot(
          x: Plot.Axis("bit line"), y: Plot.Axis("change of the output by wires (%)"),
          series: [PlotSeries("", .linePoints, x: places, y: errors)], legend: .none)
      ),
    ]
  }
}
