import Foundation

extension CostModel {
  /// The cost of one inference.
  ///
  /// Energy: array `P·t·reads` with P the power of the cells, row drivers `drives·bits·e`, converters
  /// `Σ conversions·2ⁿ·e`, digital `additions·e + activations·e`. Time: all arrays of a matrix read at
  /// once; its reads, and the matrices, follow one another. Area: every array with its drivers and
  /// converters.
  public func cost(of counts: [ReadCounts]) -> CostReport {
    CostReport(
      model: name, node: node, sites: counts.map(cost),
      operations: counts.reduce(0) { $0 + $1.operations })
  }

  private func cost(of counts: ReadCounts) -> CostReport.Site {
    let converters = converterCount(of: counts)
    let perTile = counts.tiles > 0 ? converters / counts.tiles : 0
    let units = activationUnits(of: counts)
    let energy = PartCosts(
      array: counts.cellPower * counts.readTime * counts.reads + rampEnergy(of: counts),
      dac: counts.rowDrives * Double(counts.drive.bits) * rowDriveEnergyPerBit,
      adc: counts.conversions.reduce(0) {
        $0 + $1.count * exp2(Double($1.bits)) * conversionEnergyPerLevel
      },
      digital: counts.additions * additionEnergy + counts.activations * activationEnergy)
    let converting = counts.conversions.reduce(0.0) { sum, stage in
      // Every converter converts its columns one after the other.
      let turns = (stage.outputsOfBusiestTile / Double(max(1, perTile))).rounded(.up)
      return sum + stage.rounds * turns * conversionTime(bits: stage.bits)
    }
    let activating =
      counts.vectors > 0 && units > 0
      ? counts.vectors * (counts.activations / counts.vectors / Double(units)).rounded(.up)
        * activationTime : 0
    let latency = PartCosts(
      array: counts.reads * counts.readTime, dac: 0, adc: converting,
      digital: counts.reads * digitalTimePerRead + activating)
    let bits = counts.conversions.map(\.bits).max()
    let area = PartCosts(
      array: Double(counts.tiles * counts.tileRows * counts.tileColumns) * cellArea,
      dac: Double(counts.tiles * counts.tileRows) * counts.drive.unitElements * rowDriverArea,
      adc: bits.map { Double(converters) * converterArea(bits: $0) } ?? 0,
      digital: Double(converters) * digitalAreaPerConverter + Double(units) * activationUnitArea)
    return CostReport.Site(
      name: counts.name, converters: converters, conversions: counts.conversionCount,
      energy: energy, latency: latency, area: area)
  }

  /// The energy of the cells of ramps: each conducts for a step of every round of conversions of the matrix.
  private func rampEnergy(of counts: ReadCounts) -> Double {
    guard let stage = counts.conversions.first, counts.rampPower > 0 else { return 0 }
    return counts.rampPower * stage.rounds * conversionTime(bits: stage.bits)
      / exp2(Double(stage.bits))
  }

  /// How many converters the tiles of a matrix have: as many as its outputs need, whether they are used
  /// or not; none where nothing is converted.
  public func converterCount(of counts: ReadCounts) -> Int {
    guard !counts.conversions.isEmpty else { return 0 }
    return counts.tiles
      * ((counts.outputsPerTile + columnsPerConverter - 1) / columnsPerConverter)
  }

  /// How many units compute activations; none where there is nothing to compute.
  private func activationUnits(of counts: ReadCounts) -> Int {
    guard counts.activations > 0 else { return 0 }
    let shared = convertersPerActivationUnit
    return max(1, (converterCount(of: counts) + shared - 1) / shared)
  }
}
