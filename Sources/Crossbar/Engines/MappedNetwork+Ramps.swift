import Circuits
import DeviceModels
import Networks

extension MappedNetwork {
  /// The ramps of one matrix and where they stand: the only place where their number is worked out. Exact ramps have no
  /// cells.
  public func rampPlaces(site: Int) -> [RampPlace] {
    let layout = matrices[site].layout
    var places: [RampPlace] = []
    for (b, block) in layout.blocks.enumerated() {
      for (t, tile) in layout.tiles(of: block).enumerated() {
        let columns =
          tile.lowerBound - block.columns.lowerBound..<tile.upperBound - block.columns.lowerBound
        var line = matrices[site].design.tile.columns
        for (kind, ramp, cells) in ramps(of: site, block: b, tile: t, columns: columns) {
          let lines =
            (cells + matrices[site].design.tile.rows - 1) / matrices[site].design.tile.rows
          guard lines > 0 else { continue }
          places.append(
            RampPlace(
              kind: kind, block: b, tile: tile, ramp: ramp, bitLines: line..<line + lines,
              cellCount: cells))
          line += lines
        }
      }
    }
    return places
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

  /// The ramps of one tile: what they convert, their numbers among those of a kind, and their cells.
  private func ramps(
    of site: Int, block: Int, tile: Int, columns: Range<Int>
  ) -> [(kind: RampPlace.Kind, ramp: Int, cells: Int)] {
    let matrix = matrices[site]
    if let gateRamps, network.sites[site].kind == .recurrent {
      // Sums are whole in the last rows.
      guard block == matrix.blocks.count - 1 else { return [] }
      var kinds: [RampPlace.Kind] = []
      for gate in network.sites[site].gates where gate.columns.overlaps(columns) {
        let kind = RampPlace.Kind.gate(gate.function, isState: gate.isState)
        if !kinds.contains(kind) { kinds.append(kind) }
      }
      return kinds.map { kind in
        guard case .gate(let function, _) = kind else { return (kind, tile, 0) }
        return (kind, tile, gateRamps.cellCount(function))
      }
    }
    if let ramps = activationRamps[site] {
      let own = ramps.ramp.conversion.sharing == .tile ? tile..<tile + 1 : columns
      return own.map { (.activation, $0, ramps.cellCount) }
    }
    guard let output = matrix.design.output, let ramp = output.ramp,
      let device = matrix.design.rampDevice
    else { return [] }
    let lowest = Double(output.unitCodes(signed: matrix.design.currentsAreSigned).lowerEnd)
    let cells = ramp.cellCount(bits: output.bits, lowest: lowest, device: device)
    guard ramp.sharing == .column else { return [(.linear, tile, cells)] }
    return columns.map { (.linear, $0, cells) }
      + (matrix.design.convertedReferences > 0 ? [(.reference, tile, cells)] : [])
  }
}
