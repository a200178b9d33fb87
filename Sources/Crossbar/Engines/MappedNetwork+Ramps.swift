import Circuits
import DeviceModels
import Networks

extension MappedNetwork {
  /// The ramps of one matrix and where they stand: the only place where their number is worked out. Exact ramps have no
  /// cells.
  public func rampPlaces(site: Int) -> [RampPlace] {
    matrices[site].layout.blocks.indices.flatMap { rampPlaces(site: site, block: $0).all }
  }

  /// The ramps of one block of rows. Those of gates are in the tiles of the last rows, where sums are whole.
  func rampPlaces(site: Int, block: Int) -> RampPlaces {
    let matrix = matrices[site]
    let first = matrix.layout.blocks[block].columns.lowerBound
    let tiles = matrix.layout.tiles(of: matrix.layout.blocks[block]).map {
      $0.lowerBound - first..<$0.upperBound - first
    }
    let own = network.sites[site]
    if let gateRamps, own.kind == .recurrent {
      return RampPlaces(tile: matrix.design.tile, block: block, first: first, tiles: tiles) { t in
        block == matrix.blocks.count - 1
          ? RampPlaces.gates(gateRamps, of: own, tile: t, columns: tiles[t]) : []
      }
    }
    if let ramps = activationRamps[site] {
      return RampPlaces(tile: matrix.design.tile, block: block, first: first, tiles: tiles) { t in
        RampPlaces.activation(
          ramps.ramp.conversion.sharing, cells: ramps.cellCount, tile: t, columns: tiles[t])
      }
    }
    return matrix.design.linearRamps(block: block, first: first, tiles: tiles)
  }

  /// How many bit lines a tile of the matrix has for ramps, beside those of weights: as many as its fullest tile needs.
  public func rampColumns(site: Int) -> Int {
    let columns = matrices[site].design.tile.columns
    return rampPlaces(site: site).reduce(0) { max($0, $1.bitLines.upperBound - columns) }
  }

  /// What a matrix on tiles looks like from outside, its ramps included.
  public func report(site: Int) -> MappingReport {
    var report = matrices[site].report
    let tile = matrices[site].design.tile
    report.usedCells += rampPlaces(site: site).reduce(0) { $0 + $1.cellCount }
    let cells = report.tileCount * tile.rows * (tile.columns + rampColumns(site: site))
    report.utilization = Double(report.usedCells) / Double(cells)
    return report
  }
}
