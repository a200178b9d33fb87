public import Circuits
public import Networks

/// The ramps in the tiles of one block of rows: the only place where their bit lines are worked out, for mapped chips and
/// for training.
public struct RampPlaces: Sendable {
  /// The ramp of a tile: what it converts, its number among those of its kind, and its cells.
  public typealias Ramp = (kind: RampPlace.Kind, ramp: Int, cells: Int)

  /// The ramps, tile by tile. Exact ramps have no cells and no place.
  public let all: [RampPlace]
  private let tile: TileShape

  /// Puts ramps beside the weights of their tiles.
  ///
  /// - Parameters:
  ///   - tile: word lines of a tile, and bit lines of its weights.
  ///   - block: the number of the block.
  ///   - first: the first column of the matrix in the block.
  ///   - tiles: the columns of each tile, counted from there.
  ///   - ramps: the ramps of the tile of a number, in the order of their lines.
  public init(
    tile: TileShape, block: Int, first: Int = 0, tiles: [Range<Int>], ramps: (Int) -> [Ramp]
  ) {
    self.tile = tile
    all = tiles.indices.flatMap { t in
      var line = tile.columns
      return ramps(t).compactMap { kind, ramp, cells -> RampPlace? in
        let lines = (cells + tile.rows - 1) / tile.rows
        guard lines > 0 else { return nil }
        defer { line += lines }
        return RampPlace(
          kind: kind, block: block,
          tile: first + tiles[t].lowerBound..<first + tiles[t].upperBound, ramp: ramp,
          bitLines: line..<line + lines, cellCount: cells)
      }
    }
  }

  /// The lines that `count` ramps of a kind are read through; `nil` where there are no such ramps, or no wires.
  ///
  /// - Precondition: no ramp of the kind has a number from `count` on.
  public func lines(of kind: RampPlace.Kind, count: Int, wires: UniformWires?) -> RampLines? {
    let own = all.filter { $0.kind == kind }
    guard let wires, !own.isEmpty else { return nil }
    // Tiles whose columns need no such ramp have no place for one, and do not read it.
    var first = [Int](repeating: tile.columns, count: count)
    for place in own { first[place.ramp] = place.bitLines.lowerBound }
    return RampLines(wires: wires, rows: tile.rows, first: first)
  }

  /// The lines of the ramps of every kind, of which each tile has one.
  public func lines(count: Int, wires: UniformWires?) -> [RampPlace.Kind: RampLines] {
    var result: [RampPlace.Kind: RampLines] = [:]
    for kind in Set(all.map(\.kind)) { result[kind] = lines(of: kind, count: count, wires: wires) }
    return result
  }

  /// The linear ramps of a tile, which digitize the sums of `columns`.
  ///
  /// - Parameters:
  ///   - cells: how many each has.
  ///   - hasReference: whether a reference column has a ramp of its own where columns have.
  public static func linear(
    _ sharing: OutputConverter.Sharing, cells: Int, tile: Int, columns: Range<Int>,
    hasReference: Bool = false
  ) -> [Ramp] {
    guard sharing == .column else { return [(.linear, tile, cells)] }
    return columns.map { (.linear, $0, cells) } + (hasReference ? [(.reference, tile, cells)] : [])
  }

  /// The ramps of the gates and cell states of a recurrent layer's matrix in a tile over `columns`.
  public static func gates(
    _ ramps: GateRamps, of site: ProductSite, tile: Int, columns: Range<Int>
  ) -> [Ramp] {
    var kinds: [RampPlace.Kind] = []
    for gate in site.gates where gate.columns.overlaps(columns) {
      let kind = RampPlace.Kind.gate(gate.function, isState: gate.isState)
      if !kinds.contains(kind) { kinds.append(kind) }
    }
    return kinds.map { kind in
      guard case .gate(let function, _) = kind else { return (kind, tile, 0) }
      return (kind, tile, ramps.cellCount(function))
    }
  }

  /// The ramps of a tile, of `cells` cells each, that compute the activation of `columns`.
  public static func activation(
    _ sharing: OutputConverter.Sharing, cells: Int, tile: Int, columns: Range<Int>
  ) -> [Ramp] {
    (sharing == .tile ? tile..<tile + 1 : columns).map { (.activation, $0, cells) }
  }
}

extension CrossbarDesign {
  /// The linear ramps of the tiles of a block, whose columns are counted from the first of the block.
  func linearRamps(block: Int, first: Int = 0, tiles: [Range<Int>]) -> RampPlaces {
    RampPlaces(tile: tile, block: block, first: first, tiles: tiles) { t in
      guard let output, let ramp = output.ramp, let device = rampDevice else { return [] }
      let lowest = Double(output.unitCodes(signed: currentsAreSigned).lowerEnd)
      return RampPlaces.linear(
        ramp.sharing, cells: ramp.cellCount(bits: output.bits, lowest: lowest, device: device),
        tile: t, columns: tiles[t], hasReference: convertedReferences > 0)
    }
  }
}
