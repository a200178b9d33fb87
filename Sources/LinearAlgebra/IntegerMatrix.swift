internal import CMatrixKernels

/// A matrix whose elements are held in 16 bits, with a scale a column, for products with small whole
/// numbers such as the codes of a converter.
///
/// An element is off by at most half of its column's scale: the largest |element| of the column over
/// 2·top, with top = 32,767 wherever the sums allow it. Sums are exact integers, so that a product has
/// the same bits on every processor; with AVX-512 it takes little more than half the time of one in single
/// precision.
public struct IntegerMatrix: Sendable {
  /// How many rows.
  public let rowCount: Int
  /// How many columns.
  public let columnCount: Int
  private let packed: [Int16]
  private let scales: [Float]
  private let chunk: Int

  /// Columns begin at multiples of this in products of a part of them.
  public static let columnStep = Int(OW_PANEL)

  /// The distance of two vectors' codes: the rows, made even.
  public var codeStride: Int { (rowCount + 1) / 2 * 2 }

  /// Rounds `elements`, rows × columns, for factors of at most `largestFactor`.
  ///
  /// - Precondition: at least one row and column; 1 … 32,767 as the largest factor.
  public init(_ elements: [Float], rowCount: Int, columnCount: Int, largestFactor: Int) {
    precondition(elements.count == rowCount * columnCount && !elements.isEmpty, "rows × columns")
    precondition((1...32_767).contains(largestFactor), "factors fit 16 bits")
    self.rowCount = rowCount
    self.columnCount = columnCount
    // A chunk's sum stays below 2^31: shorter chunks first, then coarser elements.
    let pairs = (rowCount + 1) / 2
    let most = Int(Int32.max) / largestFactor
    let fitting = most / 32_767 / 2
    chunk = min(pairs, max(fitting, 32))
    let top = min(32_767, most / (2 * chunk))
    let panels = (columnCount + Self.columnStep - 1) / Self.columnStep
    var packed = [Int16](repeating: 0, count: panels * pairs * Self.columnStep * 2)
    var scales = [Float](repeating: 0, count: panels * Self.columnStep)
    ow_pack_columns(elements, rowCount, columnCount, Float(top), &packed, &scales)
    self.packed = packed
    self.scales = scales
  }

  /// The codes of `values`, vectors × rows, each a whole multiple of `unit`.
  ///
  /// - Parameter codes: becomes vectors × `codeStride`.
  public func codes(
    of values: UnsafePointer<Float>, vectors: Int, unit: Float,
    into codes: UnsafeMutablePointer<Int16>
  ) {
    ow_codes(values, vectors, rowCount, 1 / unit, codes, codeStride)
  }

  /// The squares of codes.
  /// - Precondition: no code passes 181.
  public static func squares(
    of codes: UnsafePointer<Int16>, count: Int, into squares: UnsafeMutablePointer<Int16>
  ) { ow_square_codes(codes, squares, count) }

  /// `out ← unit·codes·matrix` for some columns.
  ///
  /// - Parameters:
  ///   - codes: vectors × `codeStride`.
  ///   - columns: beginning at a multiple of `columnStep`.
  ///   - out: vectors × columns, rows `leading` apart.
  public func multiply(
    _ codes: UnsafePointer<Int16>, vectors: Int, columns: Range<Int>, unit: Float,
    into out: UnsafeMutablePointer<Float>, leading: Int
  ) {
    precondition(
      columns.lowerBound % Self.columnStep == 0 && columns.upperBound <= columnCount,
      "columns of the matrix, from the beginning of a panel")
    ow_integer_product(
      codes, vectors, codeStride, packed, scales, (rowCount + 1) / 2, chunk, columns.lowerBound,
      columns.count, unit, out, leading)
  }
}
