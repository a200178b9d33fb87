/// Steps that shrink linearly towards the bound ahead: Δ⁺·(1 − γ⁺·w/w_max) up,
/// −Δ⁻·(1 − γ⁻·w/w_min) down.
///
/// Fits capacitor cells (Li et al., VLSI 2018, doi 10.1109/VLSIT.2018.8510648) and electrochemical
/// ones (Tang et al., IEDM 2018, doi 10.1109/IEDM.2018.8614551). The bounds in the formula are the
/// nominal ones or the device's own; γ = 1 with the device's own is `SoftBounds`. A negative γ is a step
/// that grows towards the bound ahead, as where a filament's growth speeds itself up. State 0 must lie
/// between the bounds.
public struct LinearStep: PulseLaw {
  public static let law = "linear-step"
  public static let needsZeroBetweenBounds = true
  public static let parameters = [
    ParameterSpecification(
      "slope-up", "", -100...100, "γ⁺: the part of a step up lost at w_max; gained where negative"),
    ParameterSpecification(
      "slope-down", "", -100...100,
      "γ⁻: the part of a step down lost at w_min; gained where negative"),
    ParameterSpecification(
      "slope-up-spread", "", 0...10, default: 0, "deviation of γ⁺ between devices, absolute"),
    ParameterSpecification(
      "slope-down-spread", "", 0...10, default: 0, "deviation of γ⁻ between devices, absolute"),
    ParameterSpecification(
      "reference-maximum", "", -1e9...1e9, default: 0, "w_max in the formula; 0: the device's own"),
    ParameterSpecification(
      "reference-minimum", "", -1e9...1e9, default: 0, "w_min in the formula; 0: the device's own"),
  ]
  private let set: ParameterSet

  public init(_ set: ParameterSet, nodes: PulseNodes) { self.set = set }

  /// A device's slope, which keeps the sign of the nominal one.
  private static func drawn(_ nominal: Double, _ deviation: Double) -> Double {
    nominal < 0 ? -abs(nominal + deviation) : abs(nominal + deviation)
  }

  public func response(of cell: PulseCell) -> PulseResponse {
    let up = Self.drawn(set["slope-up"], set["slope-up-spread"] * cell.scores.x)
    let down = Self.drawn(set["slope-down"], set["slope-down-spread"] * cell.scores.y)
    let top = set["reference-maximum"] == 0 ? cell.maximum : set["reference-maximum"]
    let bottom = set["reference-minimum"] == 0 ? cell.minimum : set["reference-minimum"]
    return PulseResponse(
      low: cell.minimum, high: cell.maximum,
      up: .affine(step: cell.stepUp, slope: -up * cell.stepUp / top),
      down: .affine(step: -cell.stepDown, slope: down * cell.stepDown / bottom),
      sizeUp: cell.stepUp, sizeDown: cell.stepDown)
  }
}
