import ArrayFiles
import Circuits
import DeviceModels
import LinearAlgebra

/// What solved arrays show: figures, tables, arrays and pictures.
struct SolveSummary {
  let circuit: ArrayCircuit
  let terminals: [TerminalVoltages]
  let solutions: [CircuitSolution]
  let pairs: ColumnPairs
  /// Elmore delays of the bit lines in seconds; empty where not asked for.
  let delays: [Double]
  /// Seconds until outputs stay within half a least significant bit; empty where not asked for.
  let settling: [Double]

  private var rows: Int { circuit.conductances.rowCount }
  private var columns: Int { circuit.conductances.columnCount }

  /// Volts between the terminals of cell (i, j).
  private func bias(_ k: Int, _ i: Int, _ j: Int) -> Double {
    let line = circuit.arrangement == .crossing ? i : j
    return (terminals[k].words[line] ?? 0) - solutions[k].bitTerminalVoltages[j]
  }

  /// Bit-line currents of ideal conductors, for one setting of the terminals, in amperes; NaN where a
  /// line floats or is shorted.
  private func ideal(_ k: Int) -> [Double] {
    (0..<columns).map { j in
      guard terminals[k].bits[j] != nil else { return .nan }
      return (0..<rows).reduce(0) { sum, i in
        let g = circuit.conductances[i, j]
        if g == .infinity { return .nan }
        return sum + circuit.law.point(conductance: g, voltage: bias(k, i, j)).current
      }
    }
  }

  /// Columns, or differences of paired columns.
  private func paired(_ values: [Double]) -> [Double] {
    pairs.columns(of: columns).map { plus, minus in
      values[plus] - (minus.map { values[$0] } ?? 0)
    }
  }

  /// Volts that wires take from cells, relative to the terminals' difference; NaN at 0 V.
  private func drops(_ k: Int) -> [Double] {
    let voltages = solutions[k].cellVoltages.elements
    return voltages.indices.map { cell -> Double in
      let source = bias(k, cell / columns, cell % columns)
      return source == 0 ? .nan : 1 - voltages[cell] / source
    }
  }

  var figures: Table {
    var table = Table(columns: ["quantity", "value", "unit"])
    func add(_ name: String, _ value: Table.Cell, _ unit: String = "") {
      table.append([.text(name), value, .text(unit)])
    }
    add("word lines", .whole(rows))
    add("bit lines", .whole(columns))
    add("input vectors", .whole(terminals.count))
    let first = solutions[0]
    add("method, vector 0", .text(first.method))
    add("residual", .number(solutions.map(\.residual).max() ?? 0))
    var (error, size) = (0.0, 0.0)
    for (k, solution) in solutions.enumerated() {
      for (found, wanted) in zip(paired(solution.bitTerminalCurrents), paired(ideal(k)))
      where !wanted.isNaN {
        error = max(error, abs(found - wanted))
        size = max(size, abs(wanted))
      }
    }
    add("largest output without wires", .number(size), "A")
    add("largest change by wires", .number(size > 0 ? 100 * error / size : 0), "% of it")
    func sum(_ values: [Double]) -> Table.Cell { .number(values.reduce(0, +)) }
    add("power of the drivers, vector 0", sum(first.wordDriverPowers + first.bitDriverPowers), "W")
    add("power of the cells, vector 0", sum(first.cellPowers.elements), "W")
    add("power of the word lines, vector 0", sum(first.wordLinePowers), "W")
    add("power of the bit lines, vector 0", sum(first.bitLinePowers), "W")
    let worst = drops(0).filter { !$0.isNaN }.max() ?? 0
    add("largest relative voltage drop, vector 0", .number(100 * worst), "%")
    if !delays.isEmpty {
      add("largest Elmore delay, vector 0", .number(delays.filter(\.isFinite).max() ?? 0), "s")
    }
    if !settling.isEmpty {
      add("last output within half a bit, vector 0", .number(settling.max() ?? 0), "s")
    }
    return table
  }

  var outputs: Table {
    var table = Table(
      columns: [
        "vector", "output", "current (A)", "without wires (A)", "difference (%)", "voltage (V)",
        "Elmore delay (s)", "settling (s)",
      ])
    for (k, solution) in solutions.enumerated() {
      let (found, wanted) = (paired(solution.bitTerminalCurrents), paired(ideal(k)))
      let volts = paired(solution.bitTerminalVoltages)
      func late(_ times: [Double], _ j: Int) -> Table.Cell {
        k == 0 && pairs == .none && !times.isEmpty ? .number(times[j]) : .text("")
      }
      for j in found.indices {
        let difference = wanted[j] == 0 ? 0 : 100 * (found[j] - wanted[j]) / wanted[j]
        table.append([
          .whole(k), .whole(j), .number(found[j]), .number(wanted[j]), .number(difference),
          .number(volts[j]), late(delays, j), late(settling, j),
        ])
      }
    }
    return table
  }

  /// Node voltages, currents and powers of vector 0, the terminals' of all.
  var arrays: [(name: String, array: NumericArray)] {
    let first = solutions[0]
    func field(_ name: String, _ matrix: Matrix<Double>) -> (name: String, array: NumericArray) {
      (name, NumericArray(shape: [rows, columns], doubles: matrix.elements))
    }
    func each(
      _ name: String, _ count: Int, _ values: (Int) -> [Double]
    ) -> (name: String, array: NumericArray) {
      (
        name,
        NumericArray(
          shape: [solutions.count, count], doubles: solutions.indices.flatMap(values))
      )
    }
    let words = circuit.wordTerminalCount
    var arrays = [
      field("G", circuit.conductances), field("RR", circuit.wordLineResistances),
      field("RC", circuit.bitLineResistances), field("u", first.wordLineVoltages),
      field("w", first.bitLineVoltages), field("Idev", first.cellCurrents),
      field("P", first.cellPowers),
      each("Iout", columns) { solutions[$0].bitTerminalCurrents },
      each("Vout", columns) { solutions[$0].bitTerminalVoltages },
      each("Isrc", words) { solutions[$0].wordTerminalCurrents },
      each("Pword", words) { solutions[$0].wordLinePowers },
      each("Pbit", columns) { solutions[$0].bitLinePowers },
      each("Pdriver", words) { solutions[$0].wordDriverPowers },
    ]
    if terminals.allSatisfy({ $0.words.allSatisfy { $0 != nil } }) {
      arrays.append(each("V", words) { terminals[$0].words.compactMap { $0 } })
    }
    return arrays
  }

  /// Pictures of vector 0 in the layout of the array; of large arrays every so-manieth cell.
  var plots: [(name: String, plot: Plot)] {
    let step = max(1, (max(rows, columns) + 127) / 128)
    let shownRows = Array(stride(from: 0, to: rows, by: step))
    let shownColumns = Array(stride(from: 0, to: columns, by: step))
    func map(_ values: [Double], _ label: String) -> Plot {
      let shown = shownRows.flatMap { i in shownColumns.map { values[i * columns + $0] } }
      let every = step == 1 ? "" : " (every \(step)th)"
      var plot = Plot(
        x: Plot.Axis("bit line\(every)"), y: Plot.Axis("word line\(every)"),
        series: [
          .heatMap(rowCount: shownRows.count, columnCount: shownColumns.count, values: shown)
        ],
        legend: .none)
      plot.colourLabel = label
      return plot
    }
    let first = solutions[0]
    let (found, wanted) = (paired(first.bitTerminalCurrents), paired(ideal(0)))
    let places = found.indices.map(Double.init)
    let errors = zip(found, wanted).map { found, ideal -> Double in
      ideal == 0 ? .nan : 100 * (found - ideal) / ideal
    }
    var plots = [
      ("word-line-voltages", map(first.wordLineVoltages.elements, "word-line voltage (V)")),
      (
        "bit-line-voltages",
        map(first.bitLineVoltages.elements.map { $0 * 1e3 }, "bit-line voltage (mV)")
      ),
      ("cell-currents", map(first.cellCurrents.elements.map { $0 * 1e6 }, "cell current (µA)")),
      ("voltage-drop", map(drops(0).map { $0 * 100 }, "relative voltage drop (%)")),
    ]
    if errors.contains(where: { !$0.isNaN }) {
      plots.append(
        (
          "output-error",
          Plot(
            x: Plot.Axis("output"), y: Plot.Axis("change of the output by wires (%)"),
            series: [PlotSeries("", .linePoints, x: places, y: errors)], legend: .none)
        ))
    }
    return plots
  }
}
