import DeviceModels
import PhysicalUnits
import Randomness
import StrictYAML

/// Writes the weights of a trained network into the arrays by single pulses with verification, and
/// leaves them: pulses, reads and energy are counted. Biases, which are digital, are trained on through
/// the written arrays where the rate is above 0.
///
/// Written as `PulsedArray.program` says; see the energy there.
public struct WriteVerify: InSituRuleSettings {
  public static let name = "write-verify"
  /// How near a device must come to its target, in units of state.
  public var tolerance: Float
  /// After how many rounds of reading and pulsing a device is left as it is.
  public var rounds: Int
  /// The pulse, for the energy.
  public var pulse: ProgrammingPulse

  /// The rule.
  public init(
    tolerance: Float = 0.01, rounds: Int = 100,
    pulse: ProgrammingPulse = ProgrammingPulse(voltage: Volts(1.5), width: Seconds(1e-7))
  ) {
    precondition(tolerance > 0 && rounds > 0, "a tolerance and rounds")
    self.tolerance = tolerance
    self.rounds = rounds
    self.pulse = pulse
  }

  /// Reads the rule's keys.
  public init(reading node: StrictNode) {
    let voltage = node.quantity("voltage", unit: "V", in: 1e-3...1e3, default: 1.5)
    let width = node.quantity("width", unit: "s", in: 1e-15...1e3, default: 1e-7)
    self.init(
      tolerance: Float(node.number("tolerance", in: 1e-6...1e3, default: 0.01)),
      rounds: node.integer("rounds", in: 1...100_000, default: 100),
      pulse: ProgrammingPulse(voltage: Volts(voltage), width: Seconds(width)))
  }

  public func layer(
    _ design: InSituDesign, rowCount: Int, columnCount: Int, weights: [Float], key: StreamKey
  ) -> any InSituRule {
    // From devices at state 0, or at the bound next to it.
    var array = design.joined(
      PulsedArray(
        design.device, rowCount: rowCount, columnCount: columnCount, cells: design.cells,
        scale: design.scale, stepping: design.stepping, key: key))
    let report = array.program(weights, tolerance: tolerance, rounds: rounds, pulse: pulse)
    return WrittenLayer(array: array, design: design, programming: report)
  }
}

struct WrittenLayer: SingleArrayRule {
  var array: PulsedArray
  let design: InSituDesign
  let programming: PulseProgrammingReport?

  mutating func update(
    x: UnsafePointer<Float>, g: UnsafePointer<Float>, samples: Int, batch: Int, rate: Float
  ) {}
}
