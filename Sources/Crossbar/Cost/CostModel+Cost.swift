import Foundation

extension CostModel {
  /// The cost of one inference.
  ///
  /// Energy: array `P·t·reads` with P the power of the cells, row drivers `drives·bits·e`, converters
  /// `Σ conversions·2ⁿ·e`, digital `additions·e + activations·e`. A clock adds to the digital part the
  /// element-wise operations of recurrent layers and what the chip takes all of the time. Time: all arrays of a matrix read at
  /// once; its reads, what is sent as inputs of its own, and the matrices follow one another. Area: every
  /// array with its drivers and converters.
  ///
  /// - Parameter processors: how many units compute activations; `nil`: as many as the converters of each
  ///   matrix have.
  public func cost(of counts: [ReadCounts], processors: Int? = nil) -> CostReport {
    var sites = counts.map { cost(of: $0, processors: processors) }
    if let clock {
      let power = clock.idlePowerPerArea * sites.reduce(0) { $0 + $1.area.total }
      for k in sites.indices { sites[k].energy.digital += power * sites[k].latency.total }
    }
    return CostReport(
      model: name, node: node, sites: sites, operations: counts.reduce(0) { $0 + $1.operations })
  }

  private func cost(of counts: ReadCounts, processors: Int?) -> CostReport.Site {
    let converters = converterCount(of: counts)
    let perTile = counts.tiles > 0 ? converters / counts.tiles : 0
    let units = activationUnits(of: counts, processors: processors)
    let ownDrives = counts.conversions.reduce(0.0) { $0 + $1.outputs * $1.ownDrives }
    let power = cellPower.map { $0 * Double(counts.usedCells) } ?? counts.cellPower
    let activating = counts.activations * activationEnergy
    let energy = PartCosts(
      array: power * counts.readTime * counts.reads + rampEnergy(of: counts),
      dac: (counts.rowDrives + ownDrives) * Double(counts.drive.bits) * rowDriveEnergyPerBit,
      adc: counts.conversions.reduce(0) {
        $0 + $1.count * exp2(Double($1.bits)) * conversionEnergyPerLevel
      },
      digital: counts.additions * additionEnergy + activating
        + counts.elementwise * (clock?.operationEnergy ?? 0))
    let activationLatency =
      counts.vectors > 0 && units > 0
      ? counts.vectors * (counts.activations / counts.vectors / Double(units)).rounded(.up)
        * activationTime : 0
    let bits = counts.conversions.map(\.bits).max()
    // Cells of ramps are part of the area of converters that are ramps.
    let columns = counts.tileColumns + (converterLaw == .ramp ? 0 : counts.rampColumns)
    let area = PartCosts(
      array: Double(counts.tiles * counts.tileRows * columns) * cellArea,
      dac: Double(counts.tiles * counts.tileRows) * counts.drive.unitElements * rowDriverArea,
      adc: bits.map { Double(converters) * converterArea(bits: $0) } ?? 0,
      digital: Double(converters) * digitalAreaPerConverter + Double(units) * activationUnitArea)
    return CostReport.Site(
      name: counts.name, converters: converters, conversions: counts.conversionCount,
      vectors: counts.vectors, events: counts.events, activationEnergy: activating,
      activationLatency: activationLatency,
      energy: energy,
      latency: PartCosts(
        array: counts.analogOperations * counts.readTime, dac: 0,
        adc: convertingTime(of: counts, perTile: perTile),
        digital: digitalTime(of: counts) + activationLatency),
      area: area)
  }

  /// Every converter converts its columns one after the other; stages follow one another.
  private func convertingTime(of counts: ReadCounts, perTile: Int) -> Double {
    counts.conversions.reduce(0.0) { sum, stage in
      let turns = (stage.outputsOfBusiestTile / Double(max(1, perTile))).rounded(.up)
      return sum + stage.rounds * turns * conversionTime(bits: stage.bits)
    }
  }

  /// Control and element-wise operations.
  private func digitalTime(of counts: ReadCounts) -> Double {
    let control = counts.analogOperations * digitalTimePerRead
    guard let clock, counts.vectors > 0 else { return control }
    return control + counts.vectors * clock.time(ofElementwise: counts.elementwise / counts.vectors)
  }

  /// The energy of the cells of ramps: each conducts for a step of every round of conversions of the matrix. Where the
  /// model's converters are ramps, their numbers contain it.
  private func rampEnergy(of counts: ReadCounts) -> Double {
    guard let stage = counts.conversions.first, counts.rampPower > 0, converterLaw != .ramp else {
      return 0
    }
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
  private func activationUnits(of counts: ReadCounts, processors: Int?) -> Int {
    guard counts.activations > 0 else { return 0 }
    if let processors { return processors }
    let shared = convertersPerActivationUnit
    return max(1, (converterCount(of: counts) + shared - 1) / shared)
  }
}
