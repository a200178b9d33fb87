import Foundation

/// What the parts of a chip cost in energy, time and area: the content of a file of `circuits/costs/`.
public struct CostModel: Sendable, Hashable {
  /// How the time of a conversion grows with its bits.
  public enum ConverterLaw: String, Sendable, CaseIterable {
    /// One step a bit.
    case successiveApproximation = "successive-approximation"
    /// One step a level: 2^bits.
    case ramp
  }

  /// The file's name.
  public var name: String
  /// The technology, in words.
  public var technology: String
  /// The area of one cell, in m².
  public var cellArea: Double
  /// The energy of driving one row, a bit of the input, in joules.
  public var rowDriveEnergyPerBit: Double
  /// The area of one row's driver, in m².
  public var rowDriverArea: Double
  /// How conversions take their time.
  public var converterLaw: ConverterLaw
  /// The energy of one conversion a level, in joules: a conversion of n bits takes 2ⁿ times this
  /// (the figure of merit of R. H. Walden, IEEE J. Sel. Areas Commun. 17, 539 (1999), at full
  /// effective bits).
  public var conversionEnergyPerLevel: Double
  /// The time of one step of a conversion, in seconds; see `ConverterLaw`.
  public var conversionStepTime: Double
  /// The area of one converter, in m².
  public var converterArea: Double
  /// How many columns share one converter.
  public var columnsPerConverter: Int
  /// The energy of one digital addition, in joules.
  public var additionEnergy: Double
  /// The area of the digital part a converter, in m².
  public var digitalAreaPerConverter: Double
  /// The time that the digital part adds to every read of a weight matrix, in seconds.
  public var digitalTimePerRead: Double
  /// Where each number comes from, by its key in the file.
  public var sources: [String: String]

  /// The cost of one inference.
  ///
  /// Energy: array `ΣG·⟨V²⟩·t·reads`, row drivers `drives·bits·e`, converters `Σ conversions·2ⁿ·e`,
  /// digital `additions·e`. Time: all arrays of a matrix read at once, its reads and the matrices come
  /// one after the other. Area: every array with its drivers and converters.
  public func cost(of counts: [ReadCounts]) -> CostReport {
    CostReport(
      model: name, sites: counts.map(cost), operations: counts.reduce(0) { $0 + $1.operations })
  }

  private func cost(of counts: ReadCounts) -> CostReport.Site {
    let convertersPerTile =
      (Double(counts.tileColumns) / Double(columnsPerConverter)).rounded(.up)
    let tiles = Double(counts.tiles)
    let conversionEnergy = counts.conversions.keys.sorted().reduce(0.0) { sum, bits in
      sum + counts.conversions[bits]! * exp2(Double(bits)) * conversionEnergyPerLevel
    }
    let energy = PartCosts(
      array: counts.conductanceSum * counts.meanSquareVoltage * counts.readTime * counts.reads,
      dac: counts.rowDrives * Double(counts.inputBits) * rowDriveEnergyPerBit,
      adc: conversionEnergy,
      digital: counts.additions * additionEnergy)
    let converters = tiles * convertersPerTile
    let waiting = counts.conversions.keys.sorted().reduce(0.0) { sum, bits in
      // Every converter does its share one after the other.
      let each = converters > 0 ? counts.conversions[bits]! / converters : 0
      return sum + each * conversionTime(bits: bits)
    }
    let latency = PartCosts(
      array: counts.reads * counts.readTime, dac: 0, adc: waiting,
      digital: counts.reads * digitalTimePerRead)
    let area = PartCosts(
      array: tiles * Double(counts.tileRows) * Double(counts.tileColumns) * cellArea,
      dac: tiles * Double(counts.tileRows) * rowDriverArea,
      adc: converters * converterArea,
      digital: converters * digitalAreaPerConverter)
    return CostReport.Site(name: counts.name, energy: energy, latency: latency, area: area)
  }

  /// How long one conversion takes, in seconds.
  public func conversionTime(bits: Int) -> Double {
    switch converterLaw {
    case .successiveApproximation: Double(bits) * conversionStepTime
    case .ramp: exp2(Double(bits)) * conversionStepTime
    }
  }
}
