import Foundation
import NumericalMethods

/// A device known by NeuroSim's non-linearity labels: w(p) = w_min + B(1 − e^(−νp/P)),
/// B = R/(1 − e^(−ν)), with ν from the label; down is the mirror image from w_max.
///
/// Chen, Peng and Yu, IEEE TCAD 37, 3067 (2018), doi 10.1109/TCAD.2018.2789723. The label is 1/0.099
/// of the largest distance between the normalized curve and the straight line. Labels of pulses up
/// are positive where steps shrink on the way, those of pulses down negative.
public struct NonlinearityLabel: PulseLaw {
  public static let law = "nonlinearity-label"
  public static let parameters = [
    ParameterSpecification("label-up", "", -9...9, "label of pulses up"),
    ParameterSpecification("label-down", "", -9...9, "label of pulses down"),
    ParameterSpecification("pulses-up", "", 1...1e9, "P up: pulses from w_min to w_max"),
    ParameterSpecification("pulses-down", "", 1...1e9, "P down: pulses from w_max to w_min"),
    ParameterSpecification(
      "label-up-spread", "", 0...9, default: 0, "deviation of the label up between devices"),
    ParameterSpecification(
      "label-down-spread", "", 0...9, default: 0, "deviation of the label down between devices"),
  ]
  public static let takesStepSize = false
  private let set: ParameterSet
  private let nominalUp: Double
  private let nominalDown: Double

  public init(_ set: ParameterSet, nodes: PulseNodes) {
    self.set = set
    nominalUp = Self.curvature(ofLabel: set["label-up"])
    nominalDown = Self.curvature(ofLabel: -set["label-down"])
  }

  /// The label of the curve with exponent ν; odd in ν.
  public static func label(ofCurvature nu: Double) -> Double {
    let n = abs(nu)
    guard n > 1e-8 else { return nu / 8 / 0.099 }
    let span = -expm1(-n)
    // f(x) − x is largest where f′ = 1.
    let x = log(n / span) / n
    let distance = -expm1(-n * x) / span - x
    return (nu < 0 ? -distance : distance) / 0.099
  }

  /// The exponent ν whose curve has `label`; labels beyond ±9 are taken as ±9.
  public static func curvature(ofLabel label: Double) -> Double {
    let size = min(abs(label), 9)
    guard size > 0 else { return 0 }
    // The label grows with ν from 0 to 9.5 at ν = 100.
    let nu = (try? bracketedRoot(from: 0, to: 100) { Self.label(ofCurvature: $0) - size }) ?? 100
    return label < 0 ? -nu : nu
  }

  public func response(of cell: PulseCell) -> PulseResponse {
    let up = curvature(set["label-up"], set["label-up-spread"], cell.scores.x, nominalUp)
    let down = curvature(
      -set["label-down"], set["label-down-spread"], cell.scores.y, nominalDown)
    return PulseResponse(
      low: cell.minimum, high: cell.maximum,
      up: Self.form(
        up, pulses: set["pulses-up"], from: cell.minimum, range: cell.range, gain: cell.gainUp),
      down: Self.form(
        down, pulses: set["pulses-down"], from: cell.maximum, range: -cell.range,
        gain: cell.gainDown),
      sizeUp: cell.range / set["pulses-up"] * cell.gainUp,
      sizeDown: cell.range / set["pulses-down"] * cell.gainDown)
  }

  private func curvature(_ label: Double, _ spread: Double, _ z: Double, _ nominal: Double)
    -> Double
  {
    spread == 0 || z == 0 ? nominal : Self.curvature(ofLabel: label + spread * z)
  }

  private static func form(
    _ nu: Double, pulses: Double, from start: Double, range: Double, gain: Double
  ) -> PulseForm {
    guard abs(nu) > 1e-9 else { return .affine(step: gain * range / pulses, slope: 0) }
    let taken = -expm1(-nu / pulses) * gain
    let amplitude = range / -expm1(-nu)
    return .affine(step: taken * (start + amplitude), slope: -taken)
  }
}
