import Circuits
import Crossbar
import DeviceModels
import Networks
import Randomness

/// What the arrays of an in-situ network have in common.
public struct InSituDesign: Sendable, Hashable {
  /// The devices.
  public var device: PulseModel
  /// The devices of a weight.
  public var cells: CellArrangement
  /// How the forward pass is read.
  public var forward: ReadPath
  /// How errors are read through the transposed array. Vectors are not read again where they clip.
  public var backward: ReadPath
  /// How requests become pulses.
  public var scheme: PulseScheme
  /// The weight of one unit of state.
  public var scale: Float
  /// The state that the largest weight of every layer starts at; it takes the place of `scale`, which
  /// it makes a layer's own: layers with many inputs have small weights.
  public var fill: Float?
  /// The size of a tile: a larger matrix is cut into several arrays, each with converters of its own; `nil` puts every
  /// matrix on one array.
  public var tile: TileShape?
  /// The resistances of a tile's lines; `nil` is ideal conductors.
  public var wires: UniformWires?
  /// In training the exact effective conductances behind wires are found every so many updates; between them what
  /// the ladders of single lines leave out stays as it was found.
  public var exactEvery = 300
  /// How trains are worked out; `nil` chooses by the size of the device's steps.
  public var stepping: PulseStepping?

  /// A design; see the members.
  public init(
    device: PulseModel, cells: CellArrangement = .single, forward: ReadPath = ReadPath(),
    backward: ReadPath = ReadPath(halvings: 0), scheme: PulseScheme = .standard, scale: Float = 1,
    stepping: PulseStepping? = nil
  ) {
    self.device = device
    self.cells = cells
    self.forward = forward
    self.backward = backward
    self.scheme = scheme
    self.scale = scale
    self.stepping = stepping
  }

  /// This design for a layer whose largest weight starts at `largest`.
  func startingAt(_ largest: Float) -> InSituDesign {
    guard let fill, largest > 0 else { return self }
    var design = self
    design.scale = largest / fill
    return design
  }

  /// An array of this design whose weights start at `weights`, rows × columns.
  func array(rowCount: Int, columnCount: Int, weights: [Float], key: StreamKey) -> PulsedArray {
    joined(
      PulsedArray(
        device, rowCount: rowCount, columnCount: columnCount, cells: cells, scale: scale,
        weights: weights, stepping: stepping, key: key))
  }

  /// The same array on the lines of this design.
  func joined(_ array: PulsedArray) -> PulsedArray {
    guard let wires else { return array }
    var array = array
    array.join(wires, exactEvery: exactEvery)
    return array
  }

  /// The arrays that hold a matrix block of weights: the block itself, or its tiles.
  func arrays(of part: MatrixBlock) -> [MatrixBlock] {
    guard let tile else { return [part] }
    let columnsPerWeight = max(2, cells.factors.count)
    let layout = TileLayout(
      rowCount: part.rows.count, columnCount: part.columns.count, groups: 1, tileRows: tile.rows,
      weightsPerTileRow: max(1, tile.columns / columnsPerWeight))
    let (row, column) = (part.rows.lowerBound, part.columns.lowerBound)
    return layout.blocks.flatMap { block in
      layout.tiles(of: block).map {
        MatrixBlock(
          rows: row + block.rows.lowerBound..<row + block.rows.upperBound,
          columns: column + $0.lowerBound..<column + $0.upperBound)
      }
    }
  }
}
