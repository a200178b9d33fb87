import DeviceModels
import InputOutput
import LinearAlgebra
import NumericalMethods
import Randomness
import Synchronization

/// Trains of identical pulses on a population of dynamic devices, read after every pulse.
struct DynamicPulses: Sendable {
  var section: DynamicsSection
  var circuit: DriveCircuit
  /// The voltage of pulses that raise the conductance, and of those that lower it.
  var up: Double
  var down: Double
  /// The length of a pulse and of the pause after it, in seconds.
  var width: Double
  var pause: Double
  var readVoltage: Double
  /// How many pulses a train has.
  var count: Int
  /// How many times a train up and a train down follow each other, after one train down.
  var cycles: Int
  /// Steps a pulse of the noisy integration; `nil` for the deterministic one.
  var noiseSteps: Int?
  var key: StreamKey

  init(_ reader: DeviceReader, _ file: DeviceFile) throws(InputErrors) {
    guard let section = file.dynamics else {
      throw InputErrors([
        InputError(file.name, "has neither a section 'pulses' nor one called 'dynamics'")
      ])
    }
    let settings = reader.settings
    let drive = try DriveSettings(reader, section.loop)
    self.section = section
    circuit = drive.circuit
    let high = section.loop?.positive ?? 1
    let low = section.loop?.negative ?? -1
    up = settings.quantity("up", unit: "V", in: -1000...1000, default: "\(high) V")
    down = settings.quantity("down", unit: "V", in: -1000...1000, default: "\(low) V")
    width = settings.quantity(
      "width", unit: "s", in: 1e-15...1e6, default: "\(0.01 * drive.period) s")
    pause = settings.quantity("pause", unit: "s", in: 0...1e6, default: "\(width) s")
    readVoltage = settings.quantity("read-voltage", unit: "V", in: -10...10, default: "0.1 V")
    count = settings.integer("pulses", in: 2...100_000, default: 50)
    cycles = drive.cycles
    noiseSteps =
      settings.flag("noise", default: false)
      ? settings.integer("steps", in: 10...1_000_000, default: 200) : nil
    if readVoltage == 0 { settings.fault("read-voltage", "must not be 0 V") }
    if noiseSteps != nil && !(section.device() is any NoisyDevice) {
      settings.fault("noise", "the law '\(section.law)' has no noise of its own")
    }
    key = StreamKey(seed: settings.seed())
  }

  /// The conductances of each device, read before the first pulse up and after every pulse: trains
  /// up and down in turn, `1 + 2·count·cycles` numbers in siemens. Device k depends on the key and
  /// on k alone.
  /// - Throws: `RunError` with the device where the integration cannot go on.
  func run(_ population: Int, _ name: String) throws -> [[Double]] {
    let results = Mutex<[Int: Result<[Double], any Error>]>([:])
    Parallel.forEach(population) { k in
      let result = Result { try conductances(k, alone: population == 1) }
      results.withLock { $0[k] = result }
    }
    let all = results.withLock { $0 }
    return try (0..<population).map { k in
      do { return try all[k]!.get() } catch { throw RunError("device \(k) of '\(name)': \(error)") }
    }
  }

  private func conductances(_ k: Int, alone: Bool) throws -> [Double] {
    let own = alone ? section.parameters : section.parameters(k, key)
    var state = section.device(own).initialState
    var logit: Double?
    var read: [Double] = []
    var pulse = 0
    for cycle in -1..<cycles {
      let device = section.device(section.parameters(of: own, index: k, cycle: cycle + 1, key))
      state = zip(state, device.states).map {
        min(max($0, $1.range.lowerBound), $1.range.upperBound)
      }
      let simulation = DeviceSimulation(device, circuit: circuit)
      for height in cycle < 0 ? [down] : [up, down] {
        let waveform = Waveform.pulses(
          height: height, width: width, period: width + pause, count: 1)
        if cycle >= 0 && read.isEmpty { read.append(conductance(device, state)) }
        for _ in 0..<count {
          if let noiseSteps, let noisy = device as? any NoisyDevice {
            state = try noisy.noisyTrace(
              waveform, steps: noiseSteps, every: noiseSteps,
              key: key.child("noise").child(k).child(pulse), circuit: circuit, from: state
            ).finalState
          } else {
            let trace = try simulation.trace(
              waveform, at: [waveform.duration], from: state, logit: logit)
            (state, logit) = (trace.finalState, trace.finalLogit)
          }
          pulse += 1
          if cycle >= 0 { read.append(conductance(device, state)) }
        }
      }
    }
    return read
  }

  private func conductance(_ device: any DynamicDevice, _ state: [Double]) -> Double {
    device.current(state: state, voltage: readVoltage) / readVoltage
  }

  /// The directions of the pulses of a run, in turn.
  var directions: [PulseDirection] {
    (0..<cycles).flatMap { _ in
      [PulseDirection](repeating: .up, count: count)
        + [PulseDirection](repeating: .down, count: count)
    }
  }
}
