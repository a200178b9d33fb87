import PhysicalUnits
import Randomness
import StrictYAML

/// The section `write-verify` of a device file: cells are written by simulated pulses with verification, in place of the
/// statistics of such a write.
public struct PulsedWrite: Sendable, Hashable {
  /// How near to its target a cell must be read, in siemens.
  public var tolerance: Siemens
  /// After how many rounds of reading and pulsing a cell is left as it is.
  public var rounds: Int

  /// A way of writing; see the members.
  public init(tolerance: Siemens, rounds: Int = 100) {
    precondition(tolerance.value > 0 && rounds > 0, "a tolerance and rounds")
    self.tolerance = tolerance
    self.rounds = rounds
  }

  init(reading node: StrictNode) {
    self.init(
      tolerance: Siemens(node.quantity("tolerance", unit: "S", in: 1e-15...1, default: 1e-6)),
      rounds: node.integer("rounds", in: 1...100_000, default: 100))
  }
}

extension DeviceModel {
  /// The most pulses that a cell gets in a round; pulses of a round are numbered from a multiple of it, so that what a
  /// cell does depends on no other cell.
  private static let pulsesPerRound = 4096
  /// Cells that are simulated together: those of one group of the kernel of pulses.
  private static let group = 256

  /// Writes `cells`, which hold the targets, by pulses. Every cell starts at the state 0 of the pulse model, or at its
  /// bound next to it; reads for verification carry the device's read noise.
  func writeByPulses(
    _ cells: UnsafeMutableBufferPointer<Float>, _ write: PulsedWrite, _ model: PulseModel,
    key: StreamKey, from first: Int
  ) {
    let (zero, unit) = (Float(model.zero.value), Float(model.unit.value))
    let verification = PulseVerification(model, tolerance: Float(write.tolerance.value) / unit)
    var start = 0
    while start < cells.count {
      let group = (first + start) / Self.group
      let offset = (first + start) % Self.group
      let part = offset..<min(Self.group, offset + cells.count - start)
      var devices = PulsedDevices(model, count: Self.group, key: key.child(group))
      var open = Array(part)
      for round in 0..<write.rounds {
        let reads = verifyingReads(devices, key.child(group).child("verify").child(round))
        var counts = [Int16](repeating: 0, count: Self.group)
        open = open.filter { i in
          let target = (cells[start + i - offset] - zero) / unit
          let pulses = verification.pulses(
            from: (reads[i] - zero) / unit, to: target, bounds: devices.bounds(of: i))
          let most = Float(Self.pulsesPerRound)
          counts[i] = Int16(min(max(pulses, -most), most))
          return pulses != 0
        }
        guard !open.isEmpty else { break }
        devices.pulseNumber = (round + 1) * Self.pulsesPerRound
        devices.apply(counts)
      }
      let conductances = devices.conductances
      for i in part { cells[start + i - offset] = max(0, conductances[i]) }
      start += part.count
    }
  }

  /// The conductances as one read shows them, with the noise of right after writing.
  private func verifyingReads(_ devices: PulsedDevices, _ key: StreamKey) -> [Float] {
    let cells = devices.conductances
    let deviations = readDeviations(of: cells, at: nil)
    guard !deviations.isEmpty else { return cells }
    let noise = Noise.normal(cells.count, key)
    return cells.indices.map { cells[$0] + deviations[$0] * noise[$0] }
  }
}
