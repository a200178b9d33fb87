import Foundation

/// How the rows of an array are driven, as far as costs depend on it.
public enum RowDrive: Sendable, Hashable {
  /// Inputs are applied as they are: no converter.
  case none
  /// One bit per read.
  case bitSerial
  /// A voltage of this many bits.
  case amplitude(bits: Int)
  /// A pulse whose width has this many bits.
  case pulseWidth(bits: Int)

  /// The bits of one drive.
  public var bits: Int {
    switch self {
    case .none: 0
    case .bitSerial: 1
    case .amplitude(let bits), .pulseWidth(let bits): bits
    }
  }

  /// The size of a driver in units of one of one bit: 2ⁿ − 1 unit elements of a binary-weighted
  /// converter, n stages of the counter of a pulse width.
  public var unitElements: Double {
    switch self {
    case .none: 0
    case .bitSerial: 1
    case .amplitude(let bits): exp2(Double(bits)) - 1
    case .pulseWidth(let bits): Double(bits)
    }
  }
}

/// What one weight matrix does during one inference, in counts: all that a cost depends on.
///
/// `map` fills one in for every weight matrix of a network.
public struct ReadCounts: Sendable, Hashable {
  /// Conversions of one kind. A matrix whose ramps compute gates has two kinds: gates, then cell states.
  public struct Conversions: Sendable, Hashable {
    /// The bits of a conversion.
    public var bits: Int
    /// How many outputs are converted in each round, over all tiles: two per weight column where the
    /// columns of a pair are converted separately, one per slice.
    public var outputs: Double
    /// How many of them are in the tile that has most.
    public var outputsOfBusiestTile: Double
    /// How often each is converted per inference: per input vector, and per bit where bits are
    /// converted one by one.
    public var rounds: Double
    /// How often per inference the outputs are first sent as inputs of their own, each as long as a read of
    /// the matrix: cell states before a ramp. 0 for what the matrix itself gives.
    public var ownDrives: Double
    /// Conversions per inference.
    public var count: Double { outputs * rounds }

    /// Conversions; see the members.
    public init(
      bits: Int, outputs: Double, outputsOfBusiestTile: Double, rounds: Double,
      ownDrives: Double = 0
    ) {
      self.bits = bits
      self.outputs = outputs
      self.outputsOfBusiestTile = outputsOfBusiestTile
      self.rounds = rounds
      self.ownDrives = ownDrives
    }
  }

  /// The layer's name.
  public var name: String
  /// How many arrays the matrix takes; the columns of pairs and bit slices are in the same array.
  public var tiles: Int
  /// The rows and columns of one array, used or not.
  public var tileRows: Int
  /// See `tileRows`; without the columns of ramps.
  public var tileColumns: Int
  /// Columns of cells of ramps beside `tileColumns` in every array.
  public var rampColumns: Int
  /// How many outputs a full tile has that are converted separately.
  public var outputsPerTile: Int
  /// Input vectors per inference.
  public var vectors: Double
  /// How often every array is read: input vectors times the bits that are sent one by one.
  public var reads: Double
  /// How long one read lasts, in seconds: the pulse, or the longest pulse-width code.
  public var readTime: Double
  /// The power of all cells in use during a read, in watts: Σᵢ ⟨Vᵢ²⟩·Σⱼ Gᵢⱼ with the mean square
  /// voltage of each row over all reads; with pulse widths also over `readTime`.
  public var cellPower: Double
  /// How many cells are read at once: those that carry a weight or a reference.
  public var usedCells: Int
  /// How many rows are driven, over all arrays and reads; of inputs that are events those that have one.
  public var rowDrives: Double
  /// Events at the inputs per inference; `nil` where inputs are numbers.
  public var events: Double?
  /// How they are driven.
  public var drive: RowDrive
  /// The conversions, in their order in time; empty without converters.
  public var conversions: [Conversions]
  /// How many digital additions: partial sums, pairs, shifted slices, biases; none of what ramps turn into
  /// functions, whose sums are currents.
  public var additions: Double
  /// How many activation functions are evaluated digitally; those that ramps compute are not among them.
  public var activations: Double
  /// How many element-wise multiplications and additions a recurrent layer computes with the outputs.
  public var elementwise: Double
  /// How many multiplications and additions the matrix represents per inference: two per weight and
  /// input vector. Throughput is counted in these.
  public var operations: Double
  /// The power of the cells of all ramps of the matrix, in watts, if all conducted at once; each conducts for one step
  /// of a conversion, 0 without ramps.
  public var rampPower: Double

  /// Conversions of all kinds per inference.
  public var conversionCount: Double { conversions.reduce(0) { $0 + $1.count } }
  /// Analog operations that follow one another per inference, each as long as a read: reads of the matrix,
  /// and what is sent as inputs of its own.
  public var analogOperations: Double { reads + conversions.reduce(0) { $0 + $1.ownDrives } }

  /// Counts of one weight matrix.
  public init(
    name: String, tiles: Int, tileRows: Int, tileColumns: Int, outputsPerTile: Int,
    vectors: Double, reads: Double, readTime: Double, cellPower: Double, usedCells: Int,
    rowDrives: Double, drive: RowDrive, conversions: [Conversions], additions: Double,
    activations: Double, elementwise: Double = 0, operations: Double, rampColumns: Int = 0,
    rampPower: Double = 0, events: Double? = nil
  ) {
    self.name = name
    self.tiles = tiles
    self.tileRows = tileRows
    self.tileColumns = tileColumns
    self.outputsPerTile = outputsPerTile
    self.vectors = vectors
    self.reads = reads
    self.readTime = readTime
    self.cellPower = cellPower
    self.usedCells = usedCells
    self.rowDrives = rowDrives
    self.drive = drive
    self.conversions = conversions
    self.additions = additions
    self.activations = activations
    self.elementwise = elementwise
    self.operations = operations
    (self.rampColumns, self.rampPower) = (rampColumns, rampPower)
    self.events = events
  }
}
