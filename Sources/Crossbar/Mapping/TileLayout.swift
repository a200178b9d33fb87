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

  /// How a side that is longer than a tile's is split.
  public enum Fill: String, Sendable, CaseIterable {
    /// Into parts as even as they can be.
    case even
    /// Into full tiles, and what is left in the last.
    case full
  }

  /// The blocks, from the first row to the last.
  public let blocks: [Block]
  /// How many columns of the matrix a tile takes.
  public let weightsPerTileRow: Int
  /// How sides are split.
  public let fill: Fill

  /// Cuts a matrix of `groups` blocks on the diagonal into tiles of at most `tileRows` rows and
  /// `weightsPerTileRow` weights a row.
  ///
  /// Several groups share a tile, block-diagonally, as long as they fit whole; a group that is larger
  /// than a tile is split over rows (partial sums) and columns, both as `fill` says.
  public init(
    rowCount: Int, columnCount: Int, groups: Int, tileRows: Int, weightsPerTileRow: Int,
    fill: Fill = .even
  ) {
    precondition(
      rowCount > 0 && columnCount > 0 && groups > 0 && rowCount % groups == 0
        && columnCount % groups == 0, "groups divide a matrix evenly")
    self.weightsPerTileRow = weightsPerTileRow
    self.fill = fill
    let (height, width) = (rowCount / groups, columnCount / groups)
    let together =
      groups == 1 ? 1 : max(1, min(groups, min(tileRows / height, weightsPerTileRow / width)))
    var blocks: [Block] = []
    var group = 0
    while group < groups {
      let count = min(together, groups - group)
      let columns = group * width..<(group + count) * width
      let first = group * height
      for rows in Self.parts(first..<first + count * height, atMost: tileRows, fill) {
        blocks.append(Block(rows: rows, columns: columns))
      }
      group += count
    }
    self.blocks = blocks
  }

  /// The tiles of one block: ranges of the matrix's columns.
  public func tiles(of block: Block) -> [Range<Int>] {
    Self.parts(block.columns, atMost: weightsPerTileRow, fill)
  }

  private static func parts(_ all: Range<Int>, atMost size: Int, _ fill: Fill) -> [Range<Int>] {
    let (first, count) = (all.lowerBound, all.count)
    let parts = (count + size - 1) / size
    return (0..<parts).map { k in
      switch fill {
      case .even: first + k * count / parts..<first + (k + 1) * count / parts
      case .full: first + k * size..<min(all.upperBound, first + (k + 1) * size)
      }
    }
  }

  /// How many tiles there are.
  public var tileCount: Int { blocks.reduce(0) { $0 + tiles(of: $1).count } }
}
