import Foundation
import NumericalMethods
import PhysicalUnits
import Randomness

/// Identical pulses in two directions, with a read after each: how a dynamic device is characterized.
public struct PulseProtocol: Sendable {
  /// What is in series with the device.
  public var circuit: DriveCircuit
  /// The voltage of pulses that raise the conductance, and of those that lower it, in volts.
  public var up: Double
  public var down: Double
  /// The length of a pulse and of the pause after it, in seconds.
  public var width: Double
  public var pause: Double
  /// The voltage of a read, in volts.
  public var readVoltage: Double
  /// How many pulses a train has.
  public var count: Int
  /// How many times a train up and a train down follow each other, after one train down.
  public var cycles: Int
  /// Steps per pulse of the noisy integration; `nil` for the deterministic one.
  public var noiseSteps: Int?

  /// A protocol of the given numbers.
  public init(
    circuit: DriveCircuit, up: Double, down: Double, width: Double, pause: Double,
    readVoltage: Double, count: Int, cycles: Int, noiseSteps: Int? = nil
  ) {
    self.circuit = circuit
    self.up = up
    self.down = down
    self.width = width
    self.pause = pause
    self.readVoltage = readVoltage
    self.count = count
    self.cycles = cycles
    self.noiseSteps = noiseSteps
  }

  /// The protocol of `settings` for a device; what they leave open comes from the loop of `section`, and
  /// the length of a pulse from `suitedWidth(for:)`.
  public init(_ settings: ExtractionSection, for section: DynamicsSection) {
    let loop = section.loop
    let width = settings.width ?? 0.01 * (loop?.period ?? 1)
    self.init(
      circuit: section.seriesElement, up: settings.up ?? loop?.positive ?? 1,
      down: settings.down ?? loop?.negative ?? -1, width: width, pause: settings.pause ?? width,
      readVoltage: settings.readVoltage, count: settings.pulses, cycles: settings.cycles)
    guard settings.width == nil else { return }
    self.width = suitedWidth(for: section)
    if settings.pause == nil { pause = self.width }
  }

  /// The directions of the pulses after the first train down.
  public var directions: [PulseDirection] {
    (0..<cycles).flatMap { _ in
      [PulseDirection](repeating: .up, count: count)
        + [PulseDirection](repeating: .down, count: count)
    }
  }

  /// "1.5 V and -1.5 V, 10 ms long; read at 100 mV".
  public var summary: String {
    "\(significant(up)) V and \(significant(down)) V, "
      + "\(engineering(width, unit: "s", digits: 3)) long; read at \(significant(readVoltage)) V"
  }

  /// The same protocol for a device whose conductance falls under the voltage `up` and rises under
  /// `down`: the voltages change places. A device that does not answer this clearly keeps them.
  public func oriented(for section: DynamicsSection) -> PulseProtocol {
    guard let trace = nominalTrace(of: section) else { return self }
    guard trace[count] < trace[0], trace[2 * count] > trace[count] else { return self }
    var turned = self
    (turned.up, turned.down) = (down, up)
    return turned
  }

  /// The longest pulse, from a period of the loop on in steps of √10, of which none changes the nominal
  /// device by more than a tenth of the range that the trains cover; where there is none, that with the
  /// smallest largest step. The present length where the trains change nothing.
  public func suitedWidth(for section: DynamicsSection) -> Double {
    var best = (width: width, step: Double.infinity)
    let period = section.loop?.period ?? 1
    for k in 0...14 {
      var one = self
      one.width = period * pow(10, -0.5 * Double(k))
      one.pause = one.width
      guard let trace = one.nominalTrace(of: section), let low = trace.min(),
        let high = trace.max(), high - low > 0.01 * high
      else { continue }
      let steps = zip(trace, trace.dropFirst()).map { abs($1 - $0) }
      let largest = (steps.max() ?? 0) / (high - low)
      if largest <= 0.1 { return one.width }
      if largest < best.step { best = (one.width, largest) }
    }
    return best.width
  }

  /// One cycle of the device without spread and noise; `nil` where it cannot be simulated.
  private func nominalTrace(of section: DynamicsSection) -> [Double]? {
    var plain = self
    (plain.cycles, plain.noiseSteps) = (1, nil)
    let train = DynamicTrains(section: section, pulses: plain, key: StreamKey(seed: 0))
    guard let trace = try? train.conductances(parameters: section.parameters) else { return nil }
    return trace.allSatisfy(\.isFinite) ? trace : nil
  }
}

extension DynamicsSection {
  /// What stood in series with the device in its source.
  public var seriesElement: DriveCircuit {
    if let compliance = loop?.compliance { return .compliance(compliance) }
    if let resistor = loop?.resistor { return .resistor(resistor) }
    return .ideal
  }
}
