import Circuits
import StrictYAML

extension HardwareSettings {
  /// Reads `adc: ramp` and what belongs to it; `nil` for uniform converters.
  static func ramp(_ converters: StrictNode, bits: Int?) -> RampConversion? {
    guard converters.choice("adc", of: ["uniform", "ramp"], default: "uniform") == "ramp" else {
      return nil
    }
    let sharing = converters.choice(
      "ramp-sharing", of: OutputConverter.Sharing.self, default: .tile)
    let calibration = converters.choice(
      "ramp-calibration", of: RampCalibration.self, default: .onePoint)
    guard let bits, bits <= 10 else {
      converters.child("adc").fault("a ramp needs 'adc-bits' from 2 to 10")
      return nil
    }
    return RampConversion(sharing: sharing, calibration: calibration)
  }

  /// Reads `ramp-activation`: whether ramps compute the activations of layers.
  mutating func readRampActivation(_ converters: StrictNode) {
    rampsActivate = converters.flag("ramp-activation", default: false)
    guard rampsActivate else { return }
    guard let ramp, let bits = outputBits else {
      converters.child("ramp-activation").fault("activations are computed by ramps, 'adc: ramp'")
      return
    }
    for name in ActivationRamp.names {
      do {
        _ = try ActivationRamp(name, bits: bits, conversion: ramp, window: device?.window)
      } catch {
        converters.child("ramp-activation").fault("the ramp of \(name) cannot be made: \(error)")
      }
    }
  }
}
