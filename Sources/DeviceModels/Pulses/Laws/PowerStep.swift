/// Steps that are a power of what is left to the bound ahead: Δ⁺·((w_max − w)/R)^γ⁺ up,
/// −Δ⁻·((w − w_min)/R)^γ⁻ down, R = w_max − w_min.
///
/// Fusi and Abbott, Nat. Neurosci. 10, 485 (2007), doi 10.1038/nn1859; Frascaroli et al., Sci. Rep.
/// 8, 7178 (2018), doi 10.1038/s41598-018-25376-x. Δ is the step at the far bound. A reference is
/// subtracted from the state as in `SoftBoundsReference`.
public struct PowerStep: PulseLaw {
  public static let law = "power-step"
  public static let parameters =
    [
      ParameterSpecification("exponent", "", 0...100, "γ"),
      ParameterSpecification(
        "exponent-spread", "", 0...10, default: 0, "deviation of γ between devices, relative"),
      ParameterSpecification(
        "exponent-asymmetry", "", -1...1, default: 0,
        "below zero γ⁺ is smaller, above zero γ⁻, as with steps"),
      ParameterSpecification(
        "exponent-asymmetry-spread", "", 0...10, default: 0, "its deviation between devices"),
    ] + SoftBoundsReference.parameters
  public static let choices = SoftBoundsReference.choices
  private let set: ParameterSet

  public init(_ set: ParameterSet, nodes: PulseNodes) { self.set = set }

  public func response(of cell: PulseCell) -> PulseResponse {
    let gain = 1 + set["exponent-spread"] * cell.scores.x
    let tilt = set["exponent-asymmetry-spread"] * cell.scores.y
    let asymmetry = set["exponent-asymmetry"]
    let up = set["exponent"] * abs(gain + min(0, asymmetry) + tilt)
    let down = set["exponent"] * abs(gain - max(0, asymmetry) - tilt)
    let reference = set["reference"] + set["reference-deviation"] * cell.scores.z
    func response(_ reference: Double) -> PulseResponse {
      let (low, high) = (cell.minimum - reference, cell.maximum - reference)
      return PulseResponse(
        low: low, high: high,
        up: .power(step: cell.stepUp, exponent: up, bound: high, range: high - low),
        down: .power(step: -cell.stepDown, exponent: down, bound: low, range: high - low),
        sizeUp: cell.stepUp, sizeDown: cell.stepDown)
    }
    guard set.choices["symmetry-point"] == "subtract",
      let point = try? response(0).symmetryPoint()
    else { return response(reference) }
    return response(reference + point)
  }
}
