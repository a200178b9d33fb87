import InputOutput
import LinearAlgebra
import NumericalMethods
import Randomness
import Synchronization

/// Trains of identical pulses on a population of dynamic devices, read after every pulse.
public struct DynamicTrains: Sendable {
  /// The devices.
  public var section: DynamicsSection
  /// The pulses.
  public var pulses: PulseProtocol
  /// The root of the devices' spreads and noise.
  public var key: StreamKey

  /// Trains of `pulses` on devices of `section`.
  public init(section: DynamicsSection, pulses: PulseProtocol, key: StreamKey) {
    self.section = section
    self.pulses = pulses
    self.key = key
  }

  /// The conductances of each device, read before the first pulse up and after every pulse: trains
  /// up and down in turn, `1 + 2·count·cycles` numbers in siemens. Device k depends on the key and
  /// on k alone; a population of one is the nominal device.
  /// - Parameter name: the device's name, for errors.
  /// - Throws: `RunError` with the device where the integration cannot go on.
  public func conductances(_ population: Int, name: String) throws(RunError) -> [[Double]] {
    let results = Mutex<[Int: Result<[Double], any Error>]>([:])
    Parallel.forEach(population) { k in
      let result = Result {
        try conductances(
          parameters: population == 1 ? section.parameters : section.parameters(k, key), index: k)
      }
      results.withLock { $0[k] = result }
    }
    let all = results.withLock { $0 }
    return try (0..<population).map { k throws(RunError) in
      do { return try all[k]!.get() } catch { throw RunError("device \(k) of '\(name)': \(error)") }
    }
  }

  /// The same of device `index`, whose parameters are `own`.
  func conductances(parameters own: ParameterSet, index k: Int = 0) throws -> [Double] {
    var state = section.device(own).initialState
    var logit: Double?
    var read: [Double] = []
    var pulse = 0
    let duration = pulses.width + pulses.pause
    for cycle in -1..<pulses.cycles {
      let device = section.device(section.parameters(of: own, index: k, cycle: cycle + 1, key))
      state = zip(state, device.states).map {
        min(max($0, $1.range.lowerBound), $1.range.upperBound)
      }
      let simulation = DeviceSimulation(device, circuit: pulses.circuit)
      for height in cycle < 0 ? [pulses.down] : [pulses.up, pulses.down] {
        let waveform = Waveform.pulses(
          height: height, width: pulses.width, period: duration, count: 1)
        if cycle >= 0 && read.isEmpty { read.append(conductance(device, state)) }
        for _ in 0..<pulses.count {
          if let steps = pulses.noiseSteps, let noisy = device as? any NoisyDevice {
            state = try noisy.noisyTrace(
              waveform, steps: steps, every: steps,
              key: key.child("noise").child(k).child(pulse), circuit: pulses.circuit, from: state
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
    device.current(state: state, voltage: pulses.readVoltage) / pulses.readVoltage
  }
}
