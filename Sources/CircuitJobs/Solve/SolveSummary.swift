import ArrayFiles
import Circuits
import DeviceModels
import LinearAlgebra
import Reporting

/// Figures, tables, arrays and pictures of solved arrays.
///
/// Outputs are the bit lines; in a transposed read the driven lines, whose currents count positive
/// into their virtual grounds.
struct SolveSummary {
  let circuit: ArrayCircuit
  let terminals: [TerminalVoltages]
  let solutions: [CircuitSolution]
  /// The same reads with ideal conductors where lines float, so that currents without wires do not follow
  /// from the terminals alone; `nil` where all lines are held.
  let ideals: [CircuitSolution]?
  let pairs: ColumnPairs
  /// Whether bit lines are driven and word lines are the outputs.
  let isTransposed: Bool
  /// Elmore delays of the bit lines in seconds; empty where not asked for.
  let delays: [Double]
  /// Seconds until outputs stay within half a least significant bit; empty where not asked for.
  let settling: [Double]
  /// Further figures: of a selected cell, of its array's other cells.
  let more: [(name: String, value: Double, unit: String)]

  var rows: Int { circuit.conductances.rowCount }
  var columns: Int { circuit.conductances.columnCount }

  /// Volts between the terminals of cell (i, j); with floating lines, those it has with ideal conductors.
  private func bias(_ k: Int, _ i: Int, _ j: Int) -> Double {
    if let ideals { return ideals[k].cellVoltages[i, j] }
    let line = circuit.arrangement == .crossing ? i : j
    return (terminals[k].words[line] ?? 0) - solutions[k].bitTerminalVoltages[j]
  }

  private var outputCount: Int { isTransposed ? circuit.wordTerminalCount : columns }

  /// Amperes of each output.
  func currents(_ k: Int) -> [Double] {
    isTransposed
      ? solutions[k].wordTerminalCurrents.map { 0 - $0 } : solutions[k].bitTerminalCurrents
  }

  /// Amperes that each source feeds into its line.
  private func sourceCurrents(_ k: Int) -> [Double] {
    isTransposed
      ? solutions[k].bitTerminalCurrents.map { 0 - $0 } : solutions[k].wordTerminalCurrents
  }

  /// Volts at each output's terminal.
  private func outputVoltages(_ k: Int) -> [Double] {
    isTransposed ? terminals[k].words.map { $0 ?? .nan } : solutions[k].bitTerminalVoltages
  }

  /// Currents of the outputs with ideal conductors, for one setting of the terminals, in amperes; NaN
  /// where a line floats or is shorted.
  func ideal(_ k: Int) -> [Double] {
    if let ideals {
      return zip(ideals[k].bitTerminalCurrents, terminals[k].bits).map { $1 == nil ? .nan : $0 }
    }
    var sums = [Double](repeating: 0, count: outputCount)
    for i in 0..<rows {
      for j in 0..<columns {
        let output = !isTransposed || circuit.arrangement == .sourceLines ? j : i
        let g = circuit.conductances[i, j]
        guard g != .infinity, isTransposed || terminals[k].bits[j] != nil else {
          sums[output] = .nan
          continue
        }
        let law = circuit.law.with(overdrive: circuit.overdrives?[i, j])
        let current = law.point(conductance: g, voltage: bias(k, i, j)).current
        sums[output] += isTransposed ? -current : current
      }
    }
    return sums
  }

  /// Whether all bit lines float: the outputs are then their voltages.
  private var readsVoltages: Bool {
    !isTransposed && ideals != nil && terminals.allSatisfy { $0.bits.allSatisfy { $0 == nil } }
  }

  /// The outputs with and without wires: currents in amperes, or voltages in volts of bit lines that float.
  func compared(_ k: Int) -> (found: [Double], wanted: [Double]) {
    guard readsVoltages, let ideals else { return (paired(currents(k)), paired(ideal(k))) }
    return (paired(outputVoltages(k)), paired(ideals[k].bitTerminalVoltages))
  }

  /// Columns, or differences of paired columns.
  func paired(_ values: [Double]) -> [Double] {
    pairs.columns(of: values.count).map { plus, minus in
      values[plus] - (minus.map { values[$0] } ?? 0)
    }
  }

  /// Volts that wires take from cells, relative to the largest difference between terminals; NaN where
  /// a cell's own terminals have none.
  func drops(_ k: Int) -> [Double] {
    let voltages = solutions[k].cellVoltages.elements
    let sources = voltages.indices.map { bias(k, $0 / columns, $0 % columns) }
    let largest = sources.reduce(0) { max($0, abs($1)) }
    return zip(sources, voltages).map { source, cell in
      source == 0 ? .nan : (source - cell) * (source < 0 ? -1 : 1) / largest
    }
  }

  var figures: Table {
    var table = Table.quantities
    table.add("word lines", .whole(rows))
    table.add("bit lines", .whole(columns))
    table.add("input vectors", .whole(terminals.count))
    let first = solutions[0]
    table.add("method, vector 0", .text(first.method))
    table.add("residual", .number(solutions.map(\.residual).max() ?? 0))
    var (error, size) = (0.0, 0.0)
    for k in solutions.indices {
      let (found, wanted) = compared(k)
      for (found, wanted) in zip(found, wanted) where !wanted.isNaN {
        error = max(error, abs(found - wanted))
        size = max(size, abs(wanted))
      }
    }
    let scheme = ideals == nil ? "" : ", same scheme"
    table.add("largest output without wires\(scheme)", .number(size), readsVoltages ? "V" : "A")
    table.add("largest change by wires", .number(size > 0 ? 100 * error / size : 0), "% of it")
    func sum(_ values: [Double]) -> Table.Cell { .number(values.reduce(0, +)) }
    table.add(
      "power of the drivers, vector 0", sum(first.wordDriverPowers + first.bitDriverPowers), "W")
    table.add("power of the cells, vector 0", sum(first.cellPowers.elements), "W")
    table.add("power of the word lines, vector 0", sum(first.wordLinePowers), "W")
    table.add("power of the bit lines, vector 0", sum(first.bitLinePowers), "W")
    // Without wires rounding leaves −0.
    let worst = 0 + (drops(0).filter { !$0.isNaN }.max() ?? 0)
    table.add(
      "largest relative voltage drop, vector 0", .number(100 * worst), "% of the largest input")
    for figure in more { table.add(figure.name, .number(figure.value), figure.unit) }
    if !delays.isEmpty {
      table.add(
        "largest Elmore delay, vector 0", .number(0 + (delays.filter(\.isFinite).max() ?? 0)), "s")
    }
    if !settling.isEmpty {
      table.add("last output within half a bit, vector 0", .number(settling.max() ?? 0), "s")
    }
    return table
  }

  var outputs: Table {
    var table = Table(
      columns: [
        "vector", "output", "current (A)", "without wires (\(readsVoltages ? "V" : "A"))",
        "difference (%)", "voltage (V)",
        "Elmore delay (s)", "settling (s)",
      ])
    for k in solutions.indices {
      let (found, wanted) = compared(k)
      let (amperes, volts) = (paired(currents(k)), paired(outputVoltages(k)))
      func late(_ times: [Double], _ j: Int) -> Table.Cell {
        k == 0 && pairs == .none && !times.isEmpty ? .number(0 + times[j]) : .text("")
      }
      for j in found.indices {
        let difference = wanted[j] == 0 ? 0 : 100 * (found[j] - wanted[j]) / wanted[j]
        table.append([
          .whole(k), .whole(j), .number(amperes[j]), .number(wanted[j]), .number(difference),
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
      each("Iout", outputCount) { currents($0) },
      each("Vout", outputCount) { outputVoltages($0) },
      each("Isrc", isTransposed ? columns : words) { sourceCurrents($0) },
      each("Pword", words) { solutions[$0].wordLinePowers },
      each("Pbit", columns) { solutions[$0].bitLinePowers },
      each("Pdriver", words) { solutions[$0].wordDriverPowers },
    ]
    if isTransposed {
      arrays.append(each("V", columns) { terminals[$0].bits.compactMap { $0 } })
    } else if terminals.allSatisfy({ $0.words.allSatisfy { $0 != nil } }) {
      arrays.append(each("V", words) { terminals[$0].words.compactMap { $0 } })
    }
    return arrays
  }
}
