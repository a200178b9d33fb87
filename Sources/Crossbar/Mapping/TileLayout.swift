/// Where the parts of a matrix stand: blocks of rows that share word lines, each over a range of
/// columns, cut into tiles.
public struct TileLayout: Sendable, Hashable {
  /// Rows that are driven together, and the columns they reach.
  public struct Block: Sendable, Hashable {
    /// The rows of the matrix.
    public var rows: Range<Int>
    /// The columns of the matrix.
    public var columns: Range<Int>
  }

  /// The blocks, from the first row to the last.
  public let blocks: [Block]
  /// How many columns of the matrix a tile takes.
  public let weightsPerTileRow: Int

  /// Cuts a matrix of `groups` blocks on the diagonal into tiles of at most `tileRows` rows and
  /// `weightsPerTileRow` weights a row.
  ///
  /// Several groups share a tile, block-diagonally, as long as they fit whole; a group that is larger
  /// than a tile is split over rows (partial sums) and columns. Both are split as evenly as they can be.
  public init(
    rowCount: Int, columnCount: Int, groups: Int, tileRows: Int, weightsPerTileRow: Int
  ) {
    precondition(
      rowCount > 0 && columnCount > 0 && groups > 0 && rowCount % groups == 0
        && columnCount % groups == 0, "groups divide a matrix evenly")
    self.weightsPerTileRow = weightsPerTileRow
    let (height, width) = (rowCount / groups, columnCount / groups)
    let together =
      groups == 1 ? 1 : max(1, min(groups, min(tileRows / height, weightsPerTileRow / width)))
    var blocks: [Block] = []
    var group = 0
    while group < groups {
      let count = min(together, groups - group)
      let columns = group * width..<(group + count) * width
      let first = group * height
      let rows = count * height
      let parts = (rows + tileRows - 1) / tileRows
      for k in 0..<parts {
        blocks.append(
          Block(
            rows: first + k * rows / parts..<first + (k + 1) * rows / parts, columns: columns))
      }
      group += count
    }
    self.blocks = blocks
  }

  /// The tiles of one block: ranges of the matrix's columns, as even as they can be.
  public func tiles(of block: Block) -> [Range<Int>] {
    let (first, count) = (block.columns.lowerBound, block.columns.count)
    let parts = (count + weightsPerTileRow - 1) / weightsPerTileRow
    return (0..<parts).map { first + $0 * count / parts..<first + ($0 + 1) * count / parts }
  }

  /// How many tiles there are.
  public var tileCount: Int { blocks.reduce(0) { $0 + tiles(of: $1).count } }
}
