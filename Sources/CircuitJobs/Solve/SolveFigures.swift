import Circuits
import LinearAlgebra
import Reporting

extension SolveSummary {
  /// Pictures of vector 0 in the layout of the array; of large arrays every n-th cell.
  var plots: [Figure] {
    let step = max(1, (max(rows, columns) + 127) / 128)
    let shownRows = Array(stride(from: 0, to: rows, by: step))
    let shownColumns = Array(stride(from: 0, to: columns, by: step))
    func map(_ name: String, _ values: [Double], _ label: String, _ caption: String) -> Figure {
      let shown = shownRows.flatMap { i in shownColumns.map { values[i * columns + $0] } }
      let every = step == 1 ? "" : " (every \(step)th)"
      var plot = Plot(
        x: Plot.Axis("bit line\(every)"), y: Plot.Axis("word line\(every)"),
        series: [
          .heatMap(rowCount: shownRows.count, columnCount: shownColumns.count, values: shown)
        ])
      plot.colorLabel = label
      return Figure(name: name, plot: plot, caption: caption)
    }
    let first = solutions[0]
    let (found, wanted) = compared(0)
    let places = found.indices.map(Double.init)
    let errors = zip(found, wanted).map { found, ideal -> Double in
      ideal == 0 ? .nan : 100 * (found - ideal) / ideal
    }
    var plots = [
      map(
        "word-line-voltages", first.wordLineVoltages.elements, "word-line voltage (V)",
        "Voltage of the word line at every cell, first input vector."),
      map(
        "bit-line-voltages", first.bitLineVoltages.elements.map { $0 * 1e3 },
        "bit-line voltage (mV)", "Voltage of the bit line at every cell, first input vector."),
      map(
        "cell-currents", first.cellCurrents.elements.map { $0 * 1e6 }, "cell current (µA)",
        "Current of every cell, first input vector."),
      map(
        "voltage-drop", drops(0).map { $0 * 100 }, "voltage drop (% of largest input)",
        "What the wires take of the voltage of every cell, over the largest input, first input vector."
      ),
    ]
    if errors.contains(where: { !$0.isNaN }) {
      plots.append(
        Figure(
          name: "output-error",
          plot: Plot(
            x: Plot.Axis("output", step: 1), y: Plot.Axis("change of the output by wires (%)"),
            series: [PlotSeries("", .linePoints, x: places, y: errors)]),
          caption:
            "Every output against that of an array without wire resistance, first input vector."
        ))
    }
    return plots
  }
}
