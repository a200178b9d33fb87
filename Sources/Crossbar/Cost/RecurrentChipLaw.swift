import Foundation

/// Latency, energy and area of a chip that runs one recurrent layer with in-memory ramp converters, a
/// law of the bits n: T = 2·m·2ⁿ·T_clk + t₀ and E = e₀ + e·2ⁿ for a time step.
///
/// m operations follow one another, each 2ⁿ cycles of input pulses and 2ⁿ cycles of ramp: the gates, the
/// tanh of the cell state, and a projection where there is one. t₀ is the digital part. The constants
/// are fitted to the two points (5 and 8 bits) of Table 1 of Yang et al., Nat. Commun. 16 (2025),
/// doi 10.1038/s41467-025-56254-6 (16 nm, 1 GHz); bits between are the law's own.
public struct RecurrentChipLaw: Sendable, Hashable {
  /// Rows and columns of the gates' matrix.
  public var rows: Int
  /// See `rows`.
  public var columns: Int
  /// m.
  public var conversionsInSequence: Int
  /// T_clk, in seconds.
  public var clockPeriod: Double
  /// t₀, in seconds.
  public var digitalTime: Double
  /// e₀, in joules.
  public var fixedEnergy: Double
  /// e, in joules.
  public var energyPerLevel: Double
  /// In m².
  public var area: Double

  /// Keyword spotting: 40 features, 32 hidden units, a 72×128 array.
  public static let keywordSpotting = RecurrentChipLaw(
    rows: 72, columns: 128, conversionsInSequence: 2, clockPeriod: 1e-9, digitalTime: 36e-9,
    fixedEnergy: 0.021e-9, energyPerLevel: 0.01792e-9, area: 0.00285e-6)

  /// The character model: 2016 hidden units with projection to 504, a 633×8064 array.
  public static let characterModel = RecurrentChipLaw(
    rows: 633, columns: 8064, conversionsInSequence: 3, clockPeriod: 1e-9, digitalTime: 331e-9,
    fixedEnergy: 41e-9, energyPerLevel: 5.379e-9, area: 0.706e-6)

  /// Multiplications and additions of a time step.
  public var operations: Double { 2 * Double(rows) * Double(columns) }

  /// Seconds a time step.
  public func latency(bits: Int) -> Double {
    2 * Double(conversionsInSequence) * exp2(Double(bits)) * clockPeriod + digitalTime
  }
  /// Joules a time step.
  public func energy(bits: Int) -> Double { fixedEnergy + energyPerLevel * exp2(Double(bits)) }
  /// Operations a second.
  public func throughput(bits: Int) -> Double { operations / latency(bits: bits) }
  /// Operations a joule, which is operations a second and watt.
  public func efficiency(bits: Int) -> Double { operations / energy(bits: bits) }
  /// Operations a second and m².
  public func density(bits: Int) -> Double { throughput(bits: bits) / area }

  /// Seconds that activations take where they are computed digitally behind linear converters: five a
  /// hidden unit (four gates and the tanh of the cell state), `cycles` each, on `processors`.
  public static func digitalActivationTime(
    hidden: Int, cycles: Int, processors: Int, clockPeriod: Double = 1e-9
  ) -> Double {
    5 * Double(hidden) * Double(cycles) / Double(processors) * clockPeriod
  }
}
