public import Circuits
public import DeviceModels
import Foundation
public import InputOutput
import Networks
import PhysicalUnits
import Randomness

/// The ramp converters that take over the gate functions of a network's recurrent layers.
public struct GateRamps: Sendable {
  /// Bits of a code.
  public let bits: Int
  /// What the ramps are written into.
  public let device: DeviceModel
  /// How they are written.
  public let writing: RampWriting
  private let converters: [Activation: RampConverter]

  /// Ramps for sigmoid and tanh.
  /// - Throws: `InputError` where they do not fit the device's window.
  public init(bits: Int, device: DeviceModel, writing: RampWriting) throws(InputError) {
    self.bits = bits
    self.device = device
    self.writing = writing
    converters = [
      .sigmoid: try Self.converter(.sigmoid, bits, device),
      .tanh: try Self.converter(.tanh, bits, device),
    ]
  }

  private static func converter(
    _ function: ActivationFunction, _ bits: Int, _ device: DeviceModel
  ) throws(InputError) -> RampConverter {
    try RampConverter(
      ActivationCurve(function), bits: bits, window: device.window, cellsAvailable: 65536)
  }

  /// The written ramps of one weight matrix: one shared by all its columns for each function of the
  /// gates, and one of their own for the cell states.
  struct Written: Sendable {
    let gates: [Activation: StepFunction]
    let states: [Activation: StepFunction]
  }

  /// Writes the ramps of one matrix.
  func write(key: StreamKey, time: Seconds? = nil) -> Written {
    var writing = writing
    if let time { writing.time = time }
    func steps(_ place: String) -> [Activation: StepFunction] {
      var result: [Activation: StepFunction] = [:]
      for (function, converter) in converters {
        let chips = RampChips(
          converter, device: device, count: 1, key: key.child(place).child(function.name),
          writing: writing)
        result[function] = StepFunction(
          thresholds: Array(chips.row(0)), outputs: converter.outputs.map(Float.init))
      }
      return result
    }
    return Written(gates: steps("gates"), states: steps("states"))
  }
}
