import Circuits
import DeviceModels
import LinearAlgebra

/// A weight matrix laid out on tiles: the target of every cell and the range of every converter, but
/// nothing written yet. Many chips are programmed from one of these.
public struct MappedMatrix: Sendable {
  /// One block of rows.
  public struct Block: Sendable {
    /// Where it stands.
    public let place: TileLayout.Block
    /// The targets, one a slice: what the currents shall see.
    public let slices: [TargetConductances]
    /// What is written for that: the targets, or other cells where the effect of wires is made good.
    public internal(set) var written: [TargetConductances]
    /// What wires make of `written`; empty where their effect is not made good.
    var effective: [TargetConductances] = []
    /// What every column is multiplied by after conversion, to make good what wires take from it.
    public internal(set) var gains: [Float]
    /// The weight of one siemens, a column.
    public let weightPerSiemens: [Float]
    /// The width of one code in amperes, a slice and a column; empty without output converters.
    public internal(set) var lsb: [[Float]]
    /// The input at full voltage; 0 where every vector has its own. At least 1 where the block holds the
    /// row of biases, whose input is 1.
    public internal(set) var inputRange: Float
  }

  /// The design.
  public let design: CrossbarDesign
  /// Blocks on the diagonal; 1 for a dense matrix.
  public let groups: Int
  /// Inputs of the matrix; with a bias on a row one less than the rows that are driven.
  public let inputCount: Int
  /// Outputs.
  public let outputCount: Int
  /// What is added digitally, one an output; zeros where the bias stands on a row.
  public let bias: [Float]
  /// Where everything stands.
  public let layout: TileLayout
  /// The blocks, as in `layout`.
  public internal(set) var blocks: [Block]
  /// Whether the output converters' ranges were given, so that calibration leaves them.
  var hasGivenRanges = false
  /// How many cells carry a weight, reference cells included.
  public let usedCells: Int
  /// How many weights are larger than the largest that the mapping represents, and are clipped to it.
  public let saturatedWeights: Int

  /// Lays `weights` (inputs × outputs per group, see `ProductSite.weights`) out.
  ///
  /// - Parameters:
  ///   - groups: blocks on the diagonal (grouped and depthwise convolutions); 1 for a dense matrix.
  /// - Precondition: one bias an output; with `design.biasOnRow` one group only.
  public init(weights: Matrix<Float>, bias: [Float]?, groups: Int = 1, design: CrossbarDesign) {
    let outputs = weights.columnCount * groups
    precondition(bias.map { $0.count == outputs } ?? true, "a bias an output")
    var matrix = weights
    let onRow = design.biasOnRow && bias != nil && groups == 1
    if onRow, let bias {
      matrix = Matrix(
        rowCount: weights.rowCount + 1, columnCount: weights.columnCount,
        elements: weights.elements + bias)
    }
    self.design = design
    self.groups = groups
    inputCount = weights.rowCount
    outputCount = outputs
    self.bias = onRow ? [] : bias ?? []
    layout = design.layout(
      rowCount: matrix.rowCount, columnCount: outputs, groups: groups)
    let layout = layout
    let layerLimit = design.scale == .layer ? design.clipping.limit(matrix.elements) : 0
    var (cells, saturated) = (0, 0)
    blocks = layout.blocks.map { place in
      let part = matrix.diagonal(groups: groups, rows: place.rows, columns: place.columns)
      let tiles = layout.tiles(of: place)
      let limits = Self.limits(
        part, tiles: tiles, first: place.columns.lowerBound, design: design, layer: layerLimit)
      let (slices, scale) = TargetConductances.slices(
        of: part, limits: limits, tileCount: tiles.count, mapping: design.mapping,
        window: design.device.window)
      for i in 0..<part.rowCount {
        for j in 0..<part.columnCount where abs(part[i, j]) > limits[j] * (1 + 1e-6) {
          saturated += 1
        }
      }
      cells += slices.reduce(0) { $0 + $1.positive.count + $1.negative.count }
      var inputRange: Float = 0
      if case .fixed(let range) = design.input?.range {
        inputRange = place.rows.upperBound > weights.rowCount ? max(range, 1) : range
      }
      return Block(
        place: place, slices: slices, written: slices,
        gains: Array(repeating: 1, count: part.columnCount), weightPerSiemens: scale, lsb: [],
        inputRange: inputRange)
    }
    usedCells = cells
    saturatedWeights = saturated
    compensateWires()
    setUncalibratedRanges()
  }

  private static func limits(
    _ part: Matrix<Float>, tiles: [Range<Int>], first: Int, design: CrossbarDesign, layer: Float
  ) -> [Float] {
    switch design.scale {
    case .layer: return Array(repeating: layer, count: part.columnCount)
    case .tile:
      return tiles.flatMap { tile -> [Float] in
        let columns = tile.lowerBound - first..<tile.upperBound - first
        let limit = design.clipping.limit(
          part.block(rows: 0..<part.rowCount, columns: columns).elements)
        return Array(repeating: limit, count: tile.count)
      }
    case .column:
      return (0..<part.columnCount).map { j in
        design.clipping.limit((0..<part.rowCount).map { part[$0, j] })
      }
    }
  }
}
