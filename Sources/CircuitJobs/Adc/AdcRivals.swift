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
    /// Integral nonlinearity of the converter in least significant bits, the mean of the largest; of the ramp `nil`.
    var nonlinearity: Double?
    /// Clock cycles for 128 columns.
    var cycles: Int
    /// Joules per output, of the whole macro at `node`: array, drivers, conversion, and the activation.
    var energy: Double
    /// What the energy is derived from.
    var source: String
  }

  /// Columns that are converted at once, and the digital processors behind them.
  static let (columns, processors) = (128, 32)
  /// The technology node of all energies, in meters.
  static let node = 16e-9

  /// The table; empty where the function has extrema.
  ///
  /// Energies are those of the macros of ramp-16nm and isaac-32nm in `circuits/costs`, both scaled to
  /// `node`; isaac-32nm reads its inputs bit by bit, `inputBits` conversions per output.
  static func rows(
    _ converter: RampConverter, inputBits: Int, chipBits: Double, key: StreamKey
  ) throws -> [Row] {
    guard converter.ramps.count == 1, converter.stretches.count == 1 else { return [] }
    let ramp = try CostModel.named("ramp-16nm").scaled(to: node)
    let register = try CostModel.named("isaac-32nm").scaled(to: node)
    func macro(_ model: CostModel) -> Double {
      model.macroEnergy(bits: converter.bits, inputBits: inputBits)
    }
    let levels = exp2(Double(converter.bits))
    var rows = [
      Row(
        name: "ramp that computes the activation (these chips)", effectiveBits: chipBits,
        cycles: Int(levels), energy: macro(ramp), source: ramp.name)
    ]
    let activations: [DigitalActivation] = [
      .lookUpTable, .piecewiseLinear(segments: 8), .cordic(iterations: converter.bits + 2),
    ]
    let thresholds = converter.ramps[0].thresholds
    let function = converter.stretches[0].function
    let kinds = ConverterLaws.names.compactMap { ChosenConverter($0, mismatch: 0.01) }.map {
      let name = $0.name.replacing("-", with: " ") + ", 1 % mismatch"
      return (LinearRival.Converter.kind($0), name, register)
    }
    for (kind, name, model) in [(LinearRival.Converter.uniformRamp, "uniform ramp", ramp)] + kinds {
      let draws = kind == .uniformRamp ? 1 : 20
      for activation in activations {
        let rival = LinearRival(kind, activation)
        guard
          let bits = rival.effectiveBits(
            against: thresholds, of: function, draws: draws, key: key)
        else { continue }
        rows.append(
          Row(
            name: "\(name), \(activation.name)", effectiveBits: bits,
            nonlinearity: rival.integralNonlinearity(
              bits: converter.bits, draws: draws, key: key),
            cycles: rival.cycles(
              bits: converter.bits, columns: columns, processors: processors),
            energy: macro(model) + model.activationEnergy, source: model.name))
      }
    }
    return rows
  }

  /// The table for people.
  static func table(_ rows: [Row]) -> Table {
    var table = Table(columns: [
      "converter and activation", "effective bits", "INL (LSB)", "cycles for 128 columns",
      "energy per output at 16 nm (pJ)", "macro",
    ])
    for row in rows {
      table.append([
        .text(row.name), .number(row.effectiveBits),
        row.nonlinearity.map { .number($0) } ?? .text("–"), .whole(row.cycles),
        .number(row.energy * 1e12), .text(row.source),
      ])
    }
    return table
  }
}
