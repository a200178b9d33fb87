import ArrayFiles
import Circuits
import DeviceModels
import InputOutput
import LinearAlgebra
import PhysicalUnits
import Reporting

/// How columns of an array belong together.
enum ColumnPairs: String, CaseIterable {
  /// Every column is an output.
  case none
  /// Columns 0 and 1, 2 and 3 … are subtracted.
  case interleaved
  /// The right half is subtracted from the left half.
  case separate

  /// The numbers of the columns that are added and subtracted, one an output.
  func columns(of count: Int) -> [(plus: Int, minus: Int?)] {
    switch self {
    case .none: (0..<count).map { ($0, nil) }
    case .interleaved: (0..<count / 2).map { (2 * $0, 2 * $0 + 1) }
    case .separate: (0..<count / 2).map { ($0, $0 + count / 2) }
    }
  }
}

/// The surroundings of the array of a `solve` job: far ends, arrangement, and how terminals are held.
struct SolveSurroundings {
  private enum Mode: String, CaseIterable {
    case forwards, transposed, floating
    case halfVoltageWrite = "half-voltage-write"
    case thirdVoltageWrite = "third-voltage-write"
    case sneakPathRead = "sneak-path-read"
  }

  private let arrangement: LineArrangement
  private let wordFarEnd: FarEnd
  private let bitFarEnd: FarEnd
  private let mode: Mode
  private let readVoltage: Double
  private let writeVoltage: Double
  private let writeRow: Int
  private let writeColumn: Int

  init(_ reader: SettingsReader, readVoltage: Double, wire: String) {
    self.readVoltage = readVoltage
    arrangement = reader.choice("arrangement", of: LineArrangement.self, default: .crossing)
    let far = Ohms(reader.quantity("far-resistance", unit: "Ohm", in: 0...1e12, default: wire))
    func end(_ key: String) -> FarEnd {
      switch reader.choice(key, of: ["open", "connected", "grounded"], default: "open") {
      case "connected": .connected(far)
      case "grounded": .grounded(far)
      default: .open
      }
    }
    wordFarEnd = end("word-far-end")
    bitFarEnd = end("bit-far-end")
    mode = reader.choice("mode", of: Mode.self, default: .forwards)
    writeVoltage = reader.quantity("write-voltage", unit: "V", in: -100...100, default: "1 V")
    writeRow = reader.integer("write-row", in: 0...4095, default: 0)
    writeColumn = reader.integer("write-column", in: 0...4095, default: 0)
  }

  /// Whether one cell is selected, so that terminals do not follow from inputs.
  var selectsCell: Bool { isWrite || isSneakPathRead }

  /// Whether one cell is written.
  var isWrite: Bool { mode == .halfVoltageWrite || mode == .thirdVoltageWrite }

  /// Whether one cell is read while all other lines float.
  var isSneakPathRead: Bool { mode == .sneakPathRead }

  /// The selected cell among cells of these voltages; `nil` where none is selected, or lines are not
  /// crossed.
  func selectedCell(_ voltages: Matrix<Double>) -> SelectedCell? {
    guard selectsCell, arrangement == .crossing else { return nil }
    return SelectedCell(row: writeRow, column: writeColumn, voltages: voltages)
  }

  /// Whether bit lines are driven and word lines read.
  var isTransposed: Bool { mode == .transposed }

  /// How many voltages an input vector has.
  func inputCount(of circuit: ArrayCircuit) -> Int {
    mode == .transposed ? circuit.bitTerminalCount : circuit.wordTerminalCount
  }

  /// - Parameters:
  ///   - selected: rows whose transistors conduct, 0 or 1 each; `nil` for all.
  ///   - overdrives: the gate overdrive of each cell's transistor in volts; it conducts above 0.
  func circuit(
    _ lines: SolveOptions.Lines, law: CellLaw, selected: NumericArray?,
    overdrives: Matrix<Double>?
  ) throws(InputError) -> ArrayCircuit {
    var g = lines.conductances
    if let overdrives {
      for k in g.elements.indices where overdrives.elements[k] <= 0 { g.elements[k] = 0 }
    }
    if let selected {
      let rows = selected.doubles
      guard rows.count == g.rowCount else {
        throw InputError(
          "array 'S'", "has \(rows.count) numbers, \(g.rowCount), one per row, are expected")
      }
      for i in 0..<g.rowCount where rows[i] == 0 {
        for j in 0..<g.columnCount { g[i, j] = 0 }
      }
    }
    var circuit = try ArrayCircuit(
      conductances: g, wordLineResistances: lines.words, bitLineResistances: lines.bits, law: law,
      arrangement: arrangement, wordFarEnd: wordFarEnd, bitFarEnd: bitFarEnd)
    // A transistor that is off has a cell without conductance.
    circuit.overdrives = overdrives.map {
      Matrix(
        rowCount: $0.rowCount, columnCount: $0.columnCount,
        elements: $0.elements.map { max($0, 1e-9) })
    }
    return circuit
  }

  /// What the terminals are held at for one input vector.
  func terminals(
    _ inputs: [Double], of circuit: ArrayCircuit
  ) throws(InputError) -> TerminalVoltages {
    let (words, bits) = (circuit.wordTerminalCount, circuit.bitTerminalCount)
    if selectsCell, writeRow >= words || writeColumn >= bits {
      throw InputError(
        "settings", at: "write-row, write-column",
        "are \(writeRow), \(writeColumn), the array has \(words) driven lines and \(bits) bit lines"
      )
    }
    switch mode {
    case .forwards: return .read(inputs, columns: bits)
    case .floating: return .floatingRead(inputs, columns: bits)
    case .transposed: return .transposedRead(inputs, rows: words)
    case .sneakPathRead:
      return .sneakPathRead(
        readVoltage, row: writeRow, column: writeColumn, rows: words, columns: bits)
    case .halfVoltageWrite:
      return .halfVoltageWrite(
        writeVoltage, row: writeRow, column: writeColumn, rows: words, columns: bits)
    case .thirdVoltageWrite:
      return .thirdVoltageWrite(
        writeVoltage, row: writeRow, column: writeColumn, rows: words, columns: bits)
    }
  }
}
