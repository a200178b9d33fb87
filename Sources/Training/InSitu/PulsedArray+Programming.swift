import DeviceModels
import PhysicalUnits

/// The pulse that programs a device, as far as its energy goes.
public struct ProgrammingPulse: Sendable, Hashable {
  /// The height.
  public var voltage: Volts
  /// The length.
  public var width: Seconds

  /// A pulse; see the members.
  public init(voltage: Volts, width: Seconds) {
    self.voltage = voltage
    self.width = width
  }
}

/// What it took to program an array by pulses.
public struct PulseProgrammingReport: Sendable, Hashable {
  /// Pulses sent to devices.
  public var pulses: Double
  /// Reads of a device for verification.
  public var reads: Double
  /// The energy of the pulses, Σ V²·G·t with G as it was before a burst.
  public var energy: Joules
  /// Devices that did not come within the tolerance.
  public var unfinished: Int
  /// Root mean square of weight minus target, over all weights.
  public var deviation: Float
}

extension PulsedArray {
  /// Writes `weights` by pulses, each device as `PulseVerification` says, until it is within `tolerance` or for `rounds`
  /// rounds.
  ///
  /// - Parameters:
  ///   - weights: rows × columns.
  ///   - tolerance: in units of state; smaller than half a step cannot be met for sure.
  ///   - pulse: for the energy.
  public mutating func program(
    _ weights: [Float], tolerance: Float, rounds: Int = 100, pulse: ProgrammingPulse
  ) -> PulseProgrammingReport {
    precondition(weights.count == rowCount * columnCount, "a number a weight")
    let verification = PulseVerification(model, tolerance: tolerance)
    let energyOfPulse = pulse.voltage.value * pulse.voltage.value * pulse.width.value
    let (zero, unit) = (model.zero.value, model.unit.value)
    var report = PulseProgrammingReport(
      pulses: 0, reads: 0, energy: Joules(0), unfinished: 0, deviation: 0)
    for (k, target) in targets(weights).enumerated() {
      var open = Array(target.indices)
      var counts = [Float](repeating: 0, count: target.count)
      for _ in 0..<rounds {
        let states = populations[k].readStates
        report.reads += Double(open.count)
        open = open.filter { i in
          counts[i] = verification.pulses(
            from: states[i], to: target[i], bounds: populations[k].bounds(of: i))
          guard counts[i] != 0 else { return false }
          report.energy.value +=
            Double(abs(counts[i])) * energyOfPulse * max(0, zero + unit * Double(states[i]))
          return true
        }
        guard !open.isEmpty else { break }
        let sent = counts.withUnsafeBufferPointer {
          populations[k].apply($0, stepping: stepping)
        }
        report.pulses += sent
        for i in open { counts[i] = 0 }
      }
      report.unfinished += open.count
    }
    pulseCount += report.pulses
    combine()
    var sum = 0.0
    for (a, b) in zip(self.weights, weights) { sum += Double(a - b) * Double(a - b) }
    report.deviation = Float((sum / Double(weights.count)).squareRoot())
    return report
  }
}
