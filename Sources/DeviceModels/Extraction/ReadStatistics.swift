import Foundation
import NumericalMethods
import PhysicalUnits
import Randomness

/// What one read adds to a conductance, relative to it.
public struct ReadStatistics: Sendable, Hashable {
  /// The standard deviation of one read, as a part of the conductance; 0 where reads are exact.
  public let relativeDeviation: Double

  /// From `read-noise` of `file` at the conductance `highest`, or else from its section `fluctuations`,
  /// whose variance in a reading as long as a pulse counts; without either, from 64 reads of the nominal
  /// device after half a train up, each as long as a pulse, where its law has noise.
  ///
  /// - Throws: `NumericalFailure` where the noisy device cannot be simulated.
  init(_ file: DeviceFile, trains: DynamicTrains, highest: Double) throws {
    if file.readNoise != .none {
      let deviation = file.readNoise.deviation(at: highest, time: Seconds(trains.pulses.width))
      relativeDeviation = deviation / highest
      return
    }
    if let section = file.fluctuations {
      relativeDeviation = section.variance(ofReading: trains.pulses.width).squareRoot()
      return
    }
    guard let device = trains.section.device() as? any NoisyDevice else {
      relativeDeviation = 0
      return
    }
    let pulses = trains.pulses
    var state = device.initialState
    let simulation = DeviceSimulation(device, circuit: pulses.circuit)
    for (height, count) in [(pulses.down, pulses.count), (pulses.up, pulses.count / 2)] {
      let waveform = Waveform.pulses(
        height: height, width: pulses.width, period: pulses.width + pulses.pause, count: 1)
      for _ in 0..<count {
        state = try simulation.trace(waveform, at: [waveform.duration], from: state).finalState
      }
    }
    let read = Waveform.piecewiseLinear([
      (0, pulses.readVoltage), (pulses.width, pulses.readVoltage),
    ])
    let means = try (0..<64).map { k in
      let trace = try device.noisyTrace(
        read, steps: 100, key: trains.key.child("reads").child(k), from: state)
      return trace.current.reduce(0, +) / Double(trace.current.count) / pulses.readVoltage
    }
    let statistics = SampleStatistics(means)
    relativeDeviation = statistics.mean == 0 ? 0 : statistics.deviation / abs(statistics.mean)
  }
}
