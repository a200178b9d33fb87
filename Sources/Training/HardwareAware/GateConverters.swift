import Circuits
import DeviceModels
import Foundation
import LinearAlgebra
import Networks
import Randomness

/// Ramp converters in the loop of training: functions quantized by ramps whose thresholds are drawn anew
/// for every pass, and inputs quantized to pulse widths.
///
/// Gradients go straight through: the derivative is that of the smooth function.
public struct GateConverters: Sendable {
  /// Bits of the ramps.
  public let bits: Int
  /// Codes on either side of zero of the pulse widths: 2^(bits − 1) − 1; `nil` for a continuum.
  public let inputLevels: Float?
  /// What the ramps are written into while training; `nil` leaves their thresholds ideal.
  public let device: DeviceModel?
  /// How the ramps are written.
  public let writing: RampWriting
  private let sigmoid: RampConverter
  private let tanh: RampConverter

  /// Converters of `bits` for sigmoid and tanh.
  ///
  /// - Parameters:
  ///   - inputBits: bits of the pulse widths with the sign, 2 to 16; `nil` for a continuum.
  ///   - device: see the member.
  /// - Throws: `InputError` where the ramps do not fit the device's window.
  public init(
    bits: Int, inputBits: Int?, device: DeviceModel?,
    writing: RampWriting = RampWriting(calibration: .onePoint)
  ) throws {
    let window =
      device?.window
      ?? ConductanceWindow(minimum: .init(0), maximum: .init(150e-6))
    self.bits = bits
    inputLevels = inputBits.map { Float(1 << ($0 - 1) - 1) }
    self.device = device
    self.writing = writing
    sigmoid = try RampConverter(
      ActivationCurve(.sigmoid), bits: bits, window: window, cellsAvailable: 65536)
    tanh = try RampConverter(
      ActivationCurve(.tanh), bits: bits, window: window, cellsAvailable: 65536)
  }

  /// The ramps of one pass: gates by sigmoid, candidates by tanh, cell states by tanh.
  struct Drawn: Sendable {
    let gate, candidate, state: StepFunction
  }

  /// Ramps for a pass; ideal ones where it does not train.
  func draw(_ pass: TrainingPass) -> Drawn {
    func ramp(_ converter: RampConverter, _ name: String) -> StepFunction {
      guard pass.isTraining, let device else { return StepFunction(converter) }
      let chips = RampChips(
        converter, device: device, count: 1, key: pass.key.child(name), writing: writing)
      return StepFunction(
        thresholds: Array(chips.row(0)), outputs: converter.outputs.map(Float.init))
    }
    return Drawn(
      gate: ramp(sigmoid, "gate"), candidate: ramp(tanh, "candidate"), state: ramp(tanh, "state"))
  }

  /// Rounds to the nearest pulse width, in place.
  func quantizeInputs(_ x: UnsafeMutablePointer<Float>, count: Int) {
    guard let levels = inputLevels else { return }
    let step = 1 / levels
    for i in 0..<count {
      // Adding 1.5·2²³ rounds to the nearest whole number.
      let code = x[i] * levels + 12_582_912 - 12_582_912
      x[i] = min(1, max(-1, code * step))
    }
  }
}
