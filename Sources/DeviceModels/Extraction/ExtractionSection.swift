import StrictYAML

/// The `extraction:` section of a device model: the pulses that statistics of writing and reading are
/// extracted with from the section `dynamics`. All keys are optional.
///
/// ```yaml
/// extraction: {up: 1 V, down: -1 V, width: 5 ms, pulses: 80, population: 100}
/// ```
public struct ExtractionSection: Sendable, Hashable {
  /// The voltages of the two trains; `nil` for the ends of the section's loop.
  public var up: Double?
  public var down: Double?
  /// The length of a pulse in seconds; `nil` for one that suits the device.
  public var width: Double?
  /// The pause after a pulse in seconds; `nil` for the length of a pulse.
  public var pause: Double?
  /// The voltage of a read, in volts.
  public var readVoltage = 0.1
  /// Pulses of a train.
  public var pulses = 50
  /// How many times a train up and a train down follow each other.
  public var cycles = 1
  /// How many devices are simulated.
  public var population = 100
  /// Nodes of the extracted table.
  public var nodes = 24
  /// The seed of the devices' spreads.
  public var seed = 1

  /// Reads the section; faults are recorded at the node.
  public init(reading node: StrictNode) {
    guard node.exists else { return }
    up = node.optionalQuantity("up", unit: "V", in: -1000...1000)
    down = node.optionalQuantity("down", unit: "V", in: -1000...1000)
    width = node.optionalQuantity("width", unit: "s", in: 1e-15...1e6)
    pause = node.optionalQuantity("pause", unit: "s", in: 0...1e6)
    readVoltage = node.quantity("read-voltage", unit: "V", in: 1e-3...10, default: 0.1)
    pulses = node.integer("pulses", in: 2...100_000, default: 50)
    cycles = node.integer("cycles", in: 1...1000, default: 1)
    population = node.integer("population", in: 2...100_000, default: 100)
    nodes = node.integer("nodes", in: 3...256, default: 24)
    seed = node.integer("seed", in: 0...Int.max, default: 1)
  }
}
