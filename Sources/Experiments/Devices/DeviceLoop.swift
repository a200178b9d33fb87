import DeviceModels
import InputOutput
import LinearAlgebra
import NumericalMethods
import Randomness

/// An I–V loop of one dynamic device or of a population: what `ohmweave device iv` runs.
public struct DeviceLoop: Sendable {
  /// The device: a name of the library or a file.
  public var device: String
  /// Parameters that differ from the file, by key, with their units: `["radius": "40 nm"]`.
  public var settings: [String: String] = [:]
  /// The driving voltage.
  public var waveform: Waveform
  /// What stands between source and device.
  public var circuit = DriveCircuit.ideal
  /// How many points of each trace are kept.
  public var points = 1000
  /// How many devices; more than one differ by the file's spread.
  public var population = 1
  /// The seed of the spread.
  public var seed: UInt64 = 1

  /// One device under `waveform`, everything else as it is by default.
  public init(device: String, waveform: Waveform) {
    self.device = device
    self.waveform = waveform
  }

  /// The traces: device, time, source voltage, voltage on the device, current and the state.
  ///
  /// Device k of a population depends on the seed and on k alone, on any number of threads.
  /// - Throws: `InputErrors` for the file and the settings; `RunError` where a device cannot be
  ///   integrated.
  public func table() throws -> Table {
    guard points >= 2, population >= 1, population <= 1_000_000 / 2 else {
      throw InputErrors([
        InputError("device iv", "at least 2 points and 1 to 500000 devices are needed")
      ])
    }
    let model = try DynamicModel(named: device)
    let section = try model.dynamics.setting(settings, source: "--set")
    let key = StreamKey(seed: seed)
    let times = waveform.times(points)
    let results = Results(population)
    Parallel.forEach(population) { k in
      let one = population == 1 ? section.device() : section.device(k, key)
      let simulation = DeviceSimulation(one, circuit: circuit)
      results.set(k, Result { try simulation.trace(waveform, at: times) })
    }
    let states = section.device().states
    var table = Table(
      columns: ["device", "time (s)", "source (V)", "voltage (V)", "current (A)"]
        + states.map { $0.unit.isEmpty ? $0.name : "\($0.name) (\($0.unit))" })
    for (k, result) in results.all.enumerated() {
      let trace: DeviceTrace
      do { trace = try result.get() } catch {
        throw RunError("device \(k) of '\(device)': \(error)")
      }
      for i in trace.time.indices {
        var row: [Table.Cell] = [
          .whole(k), .number(trace.time[i]), .number(trace.source[i]), .number(trace.voltage[i]),
          .number(trace.current[i]),
        ]
        for j in states.indices { row.append(.number(trace.state[i * states.count + j])) }
        table.append(row)
      }
    }
    return table
  }
}

/// One result a piece of parallel work, each written once.
private final class Results: @unchecked Sendable {  // Sendable: every slot has one writer.
  private let slots: UnsafeMutableBufferPointer<Result<DeviceTrace, any Error>>

  init(_ count: Int) {
    slots = .allocate(capacity: count)
    slots.initialize(repeating: .success(DeviceTrace()))
  }

  deinit {
    slots.deinitialize()
    slots.deallocate()
  }

  func set(_ k: Int, _ result: Result<DeviceTrace, any Error>) { slots[k] = result }
  var all: [Result<DeviceTrace, any Error>] { Array(slots) }
}
