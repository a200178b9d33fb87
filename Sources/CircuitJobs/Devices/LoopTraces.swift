import DeviceModels
import Foundation
import InputOutput
import LinearAlgebra
import NumericalMethods
import Randomness
import Synchronization

/// The traces of a population of dynamic devices through cycles of one waveform.
struct LoopTraces: Sendable {
  var section: DynamicsSection
  var drive: DriveSettings
  var points: Int
  var population: Int
  /// How many steps a cycle the noisy integration takes; `nil` for the deterministic one.
  var noiseSteps: Int?
  var key: StreamKey

  /// One trace a device, all cycles in a row. Device k depends on the key and on k alone.
  /// - Throws: `RunError` with the device where the integration cannot go on.
  func run(_ name: String) throws -> [DeviceTrace] {
    let results = Mutex<[Int: Result<DeviceTrace, any Error>]>([:])
    Parallel.forEach(population) { k in
      let result = Result { try trace(k) }
      results.withLock { $0[k] = result }
    }
    let all = results.withLock { $0 }
    return try (0..<population).map { k in
      do { return try all[k]!.get() } catch {
        throw RunError("device \(k) of '\(name)': \(error)")
      }
    }
  }

  private func trace(_ k: Int) throws -> DeviceTrace {
    let own = population == 1 ? section.parameters : section.parameters(k, key)
    var whole = DeviceTrace()
    var state: [Double]?
    var logit: Double?
    for cycle in 0..<drive.cycles {
      let device = section.device(
        section.parameters(of: own, index: k, cycle: cycle, key))
      whole.stateCount = device.states.count
      // A cycle may narrow the range that the last one left the state in.
      let from = state.map {
        zip($0, device.states).map { min(max($0, $1.range.lowerBound), $1.range.upperBound) }
      }
      let part: DeviceTrace
      if let steps = noiseSteps, let noisy = device as? any NoisyDevice {
        part = try noisy.noisyTrace(
          drive.waveform, steps: steps, every: max(1, steps / points),
          key: key.child("noise").child(k).child(cycle), circuit: drive.circuit, from: from)
      } else {
        part = try DeviceSimulation(device, circuit: drive.circuit).trace(
          drive.waveform, at: drive.waveform.times(points), from: from, logit: logit)
      }
      whole.append(part, after: Double(cycle) * drive.waveform.duration)
      state = part.finalState
      logit = part.finalLogit
    }
    whole.finalState = state ?? []
    return whole
  }
}

extension DeviceTrace {
  /// Appends `next`, whose time 0 is `start`.
  mutating func append(_ next: DeviceTrace, after start: Double) {
    time += next.time.map { $0 + start }
    source += next.source
    voltage += next.voltage
    current += next.current
    state += next.state
    acceptedSteps += next.acceptedSteps
    rejectedSteps += next.rejectedSteps
  }

  /// The magnitude of the current near the voltage `v` on each way over it: lowest and highest.
  func currents(at v: Double) -> (lowest: Double, highest: Double)? {
    var found: [Double] = []
    for i in 1..<max(1, voltage.count)
    where (voltage[i - 1] - v) * (voltage[i] - v) <= 0 && voltage[i] != voltage[i - 1] {
      let part = (v - voltage[i - 1]) / (voltage[i] - voltage[i - 1])
      found.append(abs(current[i - 1] + part * (current[i] - current[i - 1])))
    }
    guard let lowest = found.min(), let highest = found.max() else { return nil }
    return (lowest, highest)
  }

  /// The source voltage at which log|I| rises or falls fastest a volt, on the side of `sign`.
  func switchingVoltage(sign: Double) -> Double? {
    var best: (slope: Double, voltage: Double)?
    let peak = current.reduce(0) { max($0, abs($1)) }
    for i in 1..<max(1, current.count) {
      let (a, b) = (abs(current[i - 1]), abs(current[i]))
      let v = 0.5 * (source[i] + source[i - 1])
      guard v * sign > 0, a > 1e-9 * peak, b > 1e-9 * peak, abs(v) > 0.1 * largestVoltage else {
        continue
      }
      let g = abs(log(b / abs(source[i])) - log(a / abs(source[i - 1])))
      if g > best?.slope ?? 0 { best = (g, v) }
    }
    return best?.voltage
  }

  private var largestVoltage: Double { source.reduce(0) { max($0, abs($1)) } }
}
