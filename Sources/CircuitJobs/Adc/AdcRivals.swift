import Circuits
import Crossbar
import Foundation
import Randomness
import Reporting

/// The ramp beside linear converters with digital activations: accuracy, time and energy.
struct AdcRivals {
  /// One way to convert and activate.
  struct Row: Sendable, Encodable {
    var name: String
    var effectiveBits: Double
    /// Clock cycles for 128 columns.
    var cycles: Int
    /// Joules a column's conversion, activation left out.
    var energy: Double
  }

  /// Columns that are converted at once, and the digital processors behind them.
  static let (columns, processors) = (128, 32)

  /// The table; empty where the function has extrema.
  ///
  /// Energies a level come from the files ramp-16nm and isaac-32nm of `circuits/costs`.
  static func rows(_ converter: RampConverter, chipBits: Double, key: StreamKey) throws -> [Row] {
    guard converter.ramps.count == 1, converter.stretches.count == 1 else { return [] }
    let ramp = try CostModel.named("ramp-16nm")
    let register = try CostModel.named("isaac-32nm")
    let levels = exp2(Double(converter.bits))
    var rows = [
      Row(
        name: "ramp that computes the activation (these chips)", effectiveBits: chipBits,
        cycles: Int(levels), energy: levels * ramp.conversionEnergyPerLevel)
    ]
    let activations: [DigitalActivation] = [
      .lookUpTable, .piecewiseLinear(segments: 8), .cordic(iterations: converter.bits + 2),
    ]
    let thresholds = converter.ramps[0].thresholds
    let function = converter.stretches[0].function
    for (kind, name, energy) in [
      (LinearRival.Converter.uniformRamp, "uniform ramp", ramp.conversionEnergyPerLevel),
      (
        LinearRival.Converter.successiveApproximation(mismatch: 0.01),
        "successive approximation, 1 % mismatch",
        register.conversionEnergyPerLevel
      ),
    ] {
      for activation in activations {
        let rival = LinearRival(kind, activation)
        guard
          let bits = rival.effectiveBits(
            against: thresholds, of: function, draws: kind == .uniformRamp ? 1 : 20, key: key)
        else { continue }
        rows.append(
          Row(
            name: "\(name), \(activation.name)", effectiveBits: bits,
            cycles: rival.cycles(
              bits: converter.bits, columns: columns, processors: processors),
            energy: levels * energy))
      }
    }
    return rows
  }

  /// The table for people.
  static func table(_ rows: [Row]) -> Table {
    var table = Table(columns: [
      "converter and activation", "effective bits", "cycles for 128 columns",
      "energy a conversion (pJ)",
    ])
    for row in rows {
      table.append([
        .text(row.name), .number(row.effectiveBits), .whole(row.cycles),
        .number(row.energy * 1e12),
      ])
    }
    return table
  }
}
