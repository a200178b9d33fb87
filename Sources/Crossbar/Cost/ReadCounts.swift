/// What one weight matrix does during one inference, in counts: all that a cost depends on.
///
/// `map` fills one in for every weight matrix of a network.
public struct ReadCounts: Sendable, Hashable {
  /// The layer's name.
  public var name: String
  /// How many arrays the matrix takes, pairs and bit slices counted.
  public var tiles: Int
  /// The rows and columns of one array, used or not.
  public var tileRows: Int
  /// See `tileRows`.
  public var tileColumns: Int
  /// How often every array is read: input vectors an inference times the slices of the input.
  public var reads: Double
  /// How long one read lasts, in seconds: the pulse, or the longest pulse-width code.
  public var readTime: Double
  /// The sum of the conductances of all cells in use, over all arrays, in siemens.
  public var conductanceSum: Double
  /// The mean over cells and reads of the square of the read voltage, in V²; with pulse widths, of its
  /// mean over `readTime`.
  public var meanSquareVoltage: Double
  /// How many rows are driven, over all arrays and reads.
  public var rowDrives: Double
  /// The bits of one row drive: 1 where the input is bit-serial.
  public var inputBits: Int
  /// How many conversions of how many bits, over all arrays and reads.
  public var conversions: [Int: Double]
  /// How many digital additions: partial sums, pairs, shifted slices, biases.
  public var additions: Double
  /// How many multiplications and additions the matrix stands for, an inference: two a weight and
  /// input vector. Throughput is counted in these.
  public var operations: Double

  /// Counts of one weight matrix.
  public init(
    name: String, tiles: Int, tileRows: Int, tileColumns: Int, reads: Double, readTime: Double,
    conductanceSum: Double, meanSquareVoltage: Double, rowDrives: Double, inputBits: Int,
    conversions: [Int: Double], additions: Double, operations: Double
  ) {
    self.name = name
    self.tiles = tiles
    self.tileRows = tileRows
    self.tileColumns = tileColumns
    self.reads = reads
    self.readTime = readTime
    self.conductanceSum = conductanceSum
    self.meanSquareVoltage = meanSquareVoltage
    self.rowDrives = rowDrives
    self.inputBits = inputBits
    self.conversions = conversions
    self.additions = additions
    self.operations = operations
  }
}
