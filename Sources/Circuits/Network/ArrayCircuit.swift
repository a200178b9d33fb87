import DeviceModels
import InputOutput
import LinearAlgebra
import PhysicalUnits

/// How the lines of an array run.
public enum LineArrangement: String, CaseIterable, Sendable {
  /// Word lines along rows, driven at their left ends, cross bit lines along columns.
  case crossing
  /// Every column has a line that is driven at its upper end and a source line that is read at its
  /// lower end; word lines drive the gates of access transistors only and carry no current.
  case sourceLines = "source-lines"
}

/// What stands at the far end of a line: right of a word line, above a bit line.
public enum FarEnd: Hashable, Sendable {
  /// Nothing.
  case open
  /// The same terminal as at the near end, through a resistance of its own.
  case connected(Ohms)
  /// Ground, through a resistance.
  case grounded(Ohms)
}

/// An array in any surroundings: lines connected at both ends, floating lines, any bias, open and
/// shorted cells, source lines.
///
/// Solved by a sparse direct method (`solve`): exact for every topology, and slower than
/// `WiredArraySolver`, which knows open far ends and virtual grounds alone.
public struct ArrayCircuit: Sendable {
  /// Memristor conductances in siemens, M × N; 0 is an open cell, infinity a short.
  public var conductances: Matrix<Double>
  /// Ohms of the segment before each cell of the driven lines: to its left, or above it where lines
  /// run along columns; the first is that of the terminal. 0 is ideal, infinity broken.
  public var wordLineResistances: Matrix<Double>
  /// Ohms of the bit-line (or source-line) segment below each cell; the last is that of the terminal.
  public var bitLineResistances: Matrix<Double>
  /// How cells' currents follow their voltages.
  public var law: CellLaw
  /// The overdrive (gate voltage less threshold) of each cell's transistor in volts, M × N and positive; `nil` is the
  /// law's own. A cell whose transistor is off has no conductance.
  public var overdrives: Matrix<Double>?
  /// How the lines run.
  public var arrangement: LineArrangement
  /// The far ends of driven lines.
  public var wordFarEnd: FarEnd
  /// The far ends of bit lines.
  public var bitFarEnd: FarEnd

  /// A circuit.
  /// - Throws: `InputError` where the array is empty, shapes differ, a conductance is negative or not
  ///   a number, or a resistance is.
  public init(
    conductances: Matrix<Double>, wordLineResistances: Matrix<Double>,
    bitLineResistances: Matrix<Double>, law: CellLaw = .ohmic,
    arrangement: LineArrangement = .crossing, wordFarEnd: FarEnd = .open,
    bitFarEnd: FarEnd = .open
  ) throws(InputError) {
    var finite = conductances
    for k in finite.elements.indices where finite.elements[k] == .infinity {
      finite.elements[k] = 1
    }
    _ = try WiredArray(
      conductances: finite, wordLineResistances: wordLineResistances,
      bitLineResistances: bitLineResistances)
    for end in [wordFarEnd, bitFarEnd] {
      guard end.ohms >= 0 else {
        throw InputError(
          "array", at: "far ends", "have \(end.ohms) Ohm, 0 or more, or infinity is expected")
      }
    }
    self.conductances = conductances
    self.wordLineResistances = wordLineResistances
    self.bitLineResistances = bitLineResistances
    self.law = law
    self.arrangement = arrangement
    self.wordFarEnd = wordFarEnd
    self.bitFarEnd = bitFarEnd
  }

  /// The circuit of an array with open far ends.
  public init(_ array: WiredArray, law: CellLaw = .ohmic) {
    conductances = array.conductances
    wordLineResistances = array.wordLineResistances
    bitLineResistances = array.bitLineResistances
    self.law = law
    arrangement = .crossing
    wordFarEnd = .open
    bitFarEnd = .open
  }

  /// The same cells on lines without resistance.
  public var withIdealConductors: ArrayCircuit {
    var circuit = self
    circuit.wordLineResistances = Matrix(
      rowCount: conductances.rowCount, columnCount: conductances.columnCount, repeating: 0)
    circuit.bitLineResistances = circuit.wordLineResistances
    return circuit
  }

  /// The number of driven lines: rows, or columns where lines run along them.
  public var wordTerminalCount: Int {
    arrangement == .crossing ? conductances.rowCount : conductances.columnCount
  }
  /// The number of bit lines.
  public var bitTerminalCount: Int { conductances.columnCount }
}

extension FarEnd {
  var ohms: Double {
    switch self {
    case .open: .infinity
    case .connected(let ohms), .grounded(let ohms): ohms.value
    }
  }
}

/// The voltages at an array's terminals; `nil` is a terminal that floats.
public struct TerminalVoltages: Hashable, Sendable {
  /// Volts at driven lines.
  public var words: [Double?]
  /// Volts at bit lines; 0 is a virtual ground.
  public var bits: [Double?]

  /// Any voltages.
  public init(words: [Double?], bits: [Double?]) {
    self.words = words
    self.bits = bits
  }

  /// A read: inputs at the driven lines, virtual grounds below.
  public static func read(_ inputs: [Double], columns: Int) -> Self {
    Self(words: inputs, bits: Array(repeating: 0, count: columns))
  }

  /// A read backwards: inputs at the bit lines, virtual grounds at the driven lines.
  public static func transposedRead(_ inputs: [Double], rows: Int) -> Self {
    Self(words: Array(repeating: 0, count: rows), bits: inputs)
  }

  /// A read whose bit lines float: what comes out are their voltages.
  public static func floatingRead(_ inputs: [Double], columns: Int) -> Self {
    Self(words: inputs, bits: Array(repeating: nil, count: columns))
  }

  /// A read of one cell of an array without access devices, all other lines floating: the current of its
  /// bit line contains that of the sneak paths through the other cells.
  public static func sneakPathRead(
    _ volts: Double, row: Int, column: Int, rows: Int, columns: Int
  ) -> Self {
    Self(
      words: (0..<rows).map { $0 == row ? volts : nil },
      bits: (0..<columns).map { $0 == column ? 0 : nil })
  }

  /// A write of one cell in the V/2 scheme: V on its word line, 0 on its bit line, V/2 elsewhere.
  /// Cells that share a line with it see V/2, all others nothing.
  public static func halfVoltageWrite(
    _ volts: Double, row: Int, column: Int, rows: Int, columns: Int
  ) -> Self {
    Self(
      words: (0..<rows).map { $0 == row ? volts : volts / 2 },
      bits: (0..<columns).map { $0 == column ? 0 : volts / 2 })
  }

  /// A write of one cell in the V/3 scheme: V on its word line and V/3 on the others, 0 on its bit line
  /// and 2V/3 on the others. All other cells see V/3, of either sign.
  public static func thirdVoltageWrite(
    _ volts: Double, row: Int, column: Int, rows: Int, columns: Int
  ) -> Self {
    Self(
      words: (0..<rows).map { $0 == row ? volts : volts / 3 },
      bits: (0..<columns).map { $0 == column ? 0 : 2 * volts / 3 })
  }
}
