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
  /// Writes `weights` by pulses with verification: reads every device, sends it the number of pulses
  /// that the nominal device would need for half of what is missing (at least one), and stops when it
  /// is within `tolerance` or after `rounds` rounds.
  ///
  /// - Parameters:
  ///   - weights: rows × columns.
  ///   - tolerance: in units of state; smaller than half a step cannot be met for sure.
  ///   - pulse: for the energy.
  public mutating func program(
    _ weights: [Float], tolerance: Float, rounds: Int = 100, pulse: ProgrammingPulse
  ) -> PulseProgrammingReport {
    precondition(weights.count == rowCount * columnCount, "a number a weight")
    let step = Float(Self.stepSize(of: model))
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
          let bounds = populations[k].bounds(of: i)
          let wanted = min(max(target[i], bounds.lowerBound), bounds.upperBound)
          let missing = wanted - states[i]
          guard abs(missing) > tolerance else { return false }
          let size = max(1, (0.5 * abs(missing) / step).rounded(.down))
          counts[i] = missing > 0 ? size : -size
          report.energy.value +=
            Double(size) * energyOfPulse * max(0, zero + unit * Double(states[i]))
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
