import Foundation

/// What the parts of a chip cost in energy, time and area: the content of a file of `circuits/costs/`.
///
/// Every number holds for the technology node of the file. Where a source gives one at another node,
/// the file says so and the number is scaled: energies with the node (switched capacitance at the same
/// supply voltage), areas with its square, times not at all.
public struct CostModel: Sendable, Hashable {
  /// How the time of a conversion grows with its bits.
  public enum ConverterLaw: String, Sendable, CaseIterable {
    /// One step per bit.
    case successiveApproximation = "successive-approximation"
    /// One step per level: 2^bits.
    case ramp
  }

  /// Where one number comes from.
  public struct Origin: Sendable, Hashable {
    /// A paper and its table, or what was assumed.
    public var source: String
    /// What the number includes.
    public var scope: String
    /// The technology node of the source, in meters.
    public var node: Double
  }

  /// The file's name.
  public var name: String
  /// The technology, in words.
  public var technology: String
  /// The technology node that all numbers hold for, in meters.
  public var node: Double
  /// The area of one cell, in m².
  public var cellArea: Double
  /// The power of one cell in use during a read, in watts, in place of what follows from its voltages and
  /// conductances; `nil`: that.
  public var cellPower: Double?
  /// The energy of driving one row, per bit of the input, in joules.
  public var rowDriveEnergyPerBit: Double
  /// The area of one row's driver for one bit, in m²; see `RowDrive.unitElements` for more bits.
  public var rowDriverArea: Double
  /// How conversions take their time.
  public var converterLaw: ConverterLaw
  /// The energy of one conversion per level, in joules: a conversion of n bits takes 2ⁿ times this
  /// (the figure of merit of R. H. Walden, IEEE J. Sel. Areas Commun. 17, 539 (1999), at full
  /// effective bits).
  public var conversionEnergyPerLevel: Double
  /// The time of one step of a conversion, in seconds; see `ConverterLaw`.
  public var conversionStepTime: Double
  /// The bits of the converter whose area is known.
  public var converterBits: Int
  /// The area of one converter of `converterBits` bits, in m².
  public var converterArea: Double
  /// The part of `converterArea` that doubles with every bit, 0…1.
  public var converterAreaShareOfLevels: Double
  /// The part of `converterArea` that is proportional to the bits, 0…1; what is left does not depend on them.
  public var converterAreaShareOfBits: Double
  /// How many columns share one converter.
  public var columnsPerConverter: Int
  /// The energy of one digital addition, in joules.
  public var additionEnergy: Double
  /// The area of the digital part per converter, in m².
  public var digitalAreaPerConverter: Double
  /// The time that the digital part adds to every analog operation (a read of a weight matrix, a pulse of
  /// cell states), in seconds.
  public var digitalTimePerRead: Double
  /// The energy of one digital evaluation of an activation function, in joules.
  public var activationEnergy: Double
  /// The time of one such evaluation in one unit, in seconds.
  public var activationTime: Double
  /// The area of one such unit, in m².
  public var activationUnitArea: Double
  /// How many converters share one such unit.
  public var convertersPerActivationUnit: Int
  /// The energy per conversion of everything in a macro but the converter itself, in joules: array,
  /// drivers, registers, adders.
  public var macroEnergyPerConversion: Double
  /// The same per level of the conversion, in joules: what lasts as long as its pulses and ramps.
  public var macroEnergyPerLevel: Double
  /// Whether the macro reads its inputs bit by bit, one conversion per bit.
  public var macroReadsBitSerially: Bool
  /// What a chip does by its clock; `nil` where the file has no such section.
  public var clock: ChipClock?
  /// Where each number comes from, by its key in the file.
  public var origins: [String: Origin]

  /// The area of one converter of `bits` bits, in m²: a part that doubles with every bit (the unit
  /// elements of a capacitive DAC: M. Saberi et al., IEEE Trans. Circuits Syst. I 58, 1736 (2011)), one
  /// in proportion to the bits, and the rest.
  public func converterArea(bits: Int) -> Double {
    let (b, known) = (Double(bits), Double(converterBits))
    let (levels, linear) = (converterAreaShareOfLevels, converterAreaShareOfBits)
    return converterArea * (levels * exp2(b - known) + linear * b / known + 1 - levels - linear)
  }

  /// How long one conversion takes, in seconds.
  public func conversionTime(bits: Int) -> Double {
    switch converterLaw {
    case .successiveApproximation: Double(bits) * conversionStepTime
    case .ramp: exp2(Double(bits)) * conversionStepTime
    }
  }

  /// The energy of a whole macro (array, drivers, converters, registers, adders) per output and vector of
  /// inputs, in joules.
  /// - Parameters:
  ///   - bits: of a conversion.
  ///   - inputBits: of an input; each is a conversion where the macro reads bit by bit.
  public func macroEnergy(bits: Int, inputBits: Int) -> Double {
    let perLevel = conversionEnergyPerLevel + macroEnergyPerLevel
    let conversion = exp2(Double(bits)) * perLevel + macroEnergyPerConversion
    return (macroReadsBitSerially ? Double(inputBits) : 1) * conversion
  }

  /// What the figures of a part of the chip ("array", "DAC", "ADC", "digital") include, with the nodes of
  /// their sources.
  public func scope(of part: String) -> String {
    let sections = [
      "array": ["array"], "DAC": ["row-driver"], "ADC": ["converter"],
      "digital": ["digital", "activation", "clock"],
    ]
    let known = origins.sorted { $0.key < $1.key }
    return (sections[part] ?? []).compactMap { section in
      let own = known.filter { $0.key.hasPrefix(section + ".") }.map(\.value)
      guard !own.isEmpty else { return nil }
      let nodes = Set(own.map { ($0.node * 1e9).rounded() }).sorted().map { "\(Int($0)) nm" }
      let scopes = own.reduce(into: [String]()) { known, origin in
        if !known.contains(origin.scope) { known.append(origin.scope) }
      }
      return scopes.joined(separator: "; ") + " (\(nodes.joined(separator: ", ")))"
    }.joined(separator: "; ")
  }

  /// The same chip at another technology node, in meters: energies in proportion to the node, areas to
  /// its square, times unchanged.
  public func scaled(to node: Double) -> CostModel {
    precondition(node > 0, "a node has a length")
    let ratio = node / self.node
    var model = self
    model.node = node
    for energy in [
      \CostModel.rowDriveEnergyPerBit, \.conversionEnergyPerLevel, \.additionEnergy,
      \.activationEnergy, \.macroEnergyPerConversion, \.macroEnergyPerLevel,
    ] { model[keyPath: energy] *= ratio }
    for area in [
      \CostModel.cellArea, \.rowDriverArea, \.converterArea, \.digitalAreaPerConverter,
      \.activationUnitArea,
    ] { model[keyPath: area] *= ratio * ratio }
    model.cellPower = cellPower.map { $0 * ratio }
    model.clock = clock?.scaled(by: ratio)
    return model
  }
}
