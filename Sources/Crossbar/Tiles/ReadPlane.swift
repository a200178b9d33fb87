import Circuits
import DeviceModels
import LinearAlgebra

/// What one conversion sees: the conductances that a vector of inputs meets, column by column.
struct ReadPlane: Sendable {
  /// Rows × columns, siemens.
  var conductances: [Float]
  /// What is subtracted where both currents are limited before that; else empty, and `conductances`
  /// are differences.
  var subtracted: [Float]
  /// Variance of a read, rows × columns, S²; empty where it is the same for all cells or none.
  var variances: [Float] = []
  /// Variance of a read where it is the same for all, S².
  var uniformVariance: Float = 0
  /// Johnson and shot noise of the cells, which does not follow the voltage as a variance of the conductance does.
  var current: CurrentVariance?
  /// `conductances` for products with the codes of the inputs; none where those are in single precision.
  private(set) var integers: IntegerMatrix?
  /// `variances` for products with the squares of the codes.
  private(set) var integerVariances: IntegerMatrix?
  /// 1, or −1 for what is subtracted after conversion: the column of a pair, or reference columns.
  var sign: Float
  /// The columns of the block that each column of the plane is subtracted from, where these are the reference columns of
  /// tiles; empty where a column of the plane is one of the block.
  var tiles: [Range<Int>] = []

  /// Whether reads differ from each other.
  var isNoisy: Bool { !variances.isEmpty || uniformVariance > 0 || current != nil }
  /// Whether the variances of the columns differ.
  var hasColumnVariances: Bool { !variances.isEmpty || current != nil }

  /// Johnson and shot noise of a plane: at the voltages v of the lines the variance of a column's current is
  /// Σ G·(thermal + shot·|v|) over its cells.
  struct CurrentVariance: Sendable {
    /// The conductances of all cells that a column's current passes, those that are subtracted among them, rows × columns, S.
    let conductances: [Float]
    /// A²/S.
    let thermal: Float
    /// A²/(S·V).
    let shot: Float

    init(_ conductances: [Float], thermal: Float, shot: Float) {
      (self.conductances, self.thermal, self.shot) = (conductances, thermal, shot)
    }

    /// - Parameter volts: the read voltage that `noise` is for.
    init(_ conductances: [Float], _ noise: CurrentNoise, volts: Float) {
      self.init(
        conductances, thermal: Float(noise.thermal) * volts * volts,
        shot: Float(noise.shot) * volts)
    }
  }

  /// The planes of cells that are laid out like targets: one of differences; or two, where the columns of pairs, or
  /// reference columns, are converted separately.
  static func planes(
    positive: [Float], negative: [Float], tiles: [Range<Int>], first: Int, design: CrossbarDesign
  ) -> [ReadPlane] {
    if design.subtractsDigitally {
      var second = ReadPlane(conductances: negative, subtracted: [], sign: -1)
      if !design.mapping.hasPairs {
        second.tiles = tiles.map { $0.lowerBound - first..<$0.upperBound - first }
      }
      return [ReadPlane(conductances: positive, subtracted: [], sign: 1), second]
    }
    if design.columnLimit != nil, !negative.isEmpty {
      let zeros = [Float](repeating: 0, count: positive.count)
      let all = TargetConductances.differences(
        positive: zeros, negative: negative, tiles: tiles, first: first)
      return [ReadPlane(conductances: positive, subtracted: all.map { -$0 }, sign: 1)]
    }
    let differences = TargetConductances.differences(
      positive: positive, negative: negative, tiles: tiles, first: first)
    return [ReadPlane(conductances: differences, subtracted: [], sign: 1)]
  }

  /// One of `values`, rows × columns of the plane, at a column of the block.
  func value(_ values: [Float], row: Int, column: Int, of columns: Int) -> Float {
    guard let tile = tiles.firstIndex(where: { $0.contains(column) }) else {
      return values[row * columns + column]
    }
    return values[row * tiles.count + tile]
  }

  /// Prepares reads in whole numbers with codes up to `largestCode`.
  mutating func prepareIntegers(columns: Int, largestCode: Int) {
    guard tiles.isEmpty else { return }
    let rows = conductances.count / columns
    integers = IntegerMatrix(
      conductances, rowCount: rows, columnCount: columns, largestFactor: largestCode)
    if !variances.isEmpty {
      integerVariances = IntegerMatrix(
        variances, rowCount: rows, columnCount: columns, largestFactor: largestCode * largestCode)
    }
  }
}

extension CrossbarDesign {
  /// The largest input code where reads are computed in whole numbers; `nil` where they are computed in
  /// single precision.
  ///
  /// Conductances are then held in 16 bits, which is less than 2e-5 of the largest of a column. That is
  /// done only where cells or currents carry an error of their own, which is far larger.
  var largestCode: Int? {
    guard let input, let levels = input.levels, levels <= 181, input.codes == .symmetric,
      columnLimit == nil, !biasOnRow, nonlinearConduction == nil, input.asymmetry == 0,
      // Digits are whole numbers of codes only where slices divide the bits.
      (input.magnitudeBits ?? 0) % input.sliceBits == 0 || input.coding != .bitSerial
    else { return nil }
    let written =
      writeErrors && (!device.writeError.deviation.isEmpty || device.window.spread > 0)
    let read = readNoise && device.readNoise != .none
    return written || read || outputNoise.value > 0 ? levels : nil
  }
}
