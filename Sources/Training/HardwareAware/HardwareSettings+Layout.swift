import Crossbar

extension HardwareSettings {
  /// The tiles of a layer, cut as `Crossbar` cuts them; one block of rows where nothing depends on them.
  func layout(inputs: Int, outputs: Int) -> TileLayout {
    let needsTiles = outputBits != nil || outputNoise > 0 || wires != nil
    return TileLayout(
      rowCount: inputs, columnCount: outputs, groups: 1, tileRows: needsTiles ? rows : inputs,
      weightsPerTileRow: max(1, columns / 2))
  }

  /// The ramps beside the weights of some tiles, placed as on a mapped chip; `nil` without wires, which nothing else
  /// depends on.
  func rampPlaces(
    _ tiles: [Swift.Range<Int>], _ ramps: (Int) -> [RampPlaces.Ramp]
  ) -> RampPlaces? {
    guard wires != nil else { return nil }
    return RampPlaces(
      tile: TileShape(rows: rows, columns: columns), block: 0, tiles: tiles, ramps: ramps)
  }
}

extension TileLayout {
  /// The columns of each tile, the same in all blocks of a single group.
  var columnTiles: [Range<Int>] { tiles(of: blocks[0]) }
}
