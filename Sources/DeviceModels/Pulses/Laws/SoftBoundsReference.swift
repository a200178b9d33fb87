/// Soft bounds of a device that is read against a reference device: u = w + r follows `SoftBounds`,
/// and w is what counts.
///
/// The reference is r = mean + deviation·ξ, plus the device's own symmetry point
/// (Δ⁺ − Δ⁻)/(Δ⁺/w_max − Δ⁻/w_min) where that is subtracted. Gong, Rasch et al., IEDM 2022,
/// doi 10.1109/IEDM45625.2022.10019569.
public struct SoftBoundsReference: PulseLaw {
  public static let law = "soft-bounds-reference"
  public static let needsZeroBetweenBounds = true
  public static let parameters = [
    ParameterSpecification("reference", "", -1e9...1e9, default: 0, "mean of the reference"),
    ParameterSpecification(
      "reference-deviation", "", 0...1e9, default: 0, "its deviation between devices"),
  ]
  public static let choices = [(key: "symmetry-point", names: ["keep", "subtract"])]
  private let set: ParameterSet

  public init(_ set: ParameterSet, nodes: PulseNodes) { self.set = set }

  public func response(of cell: PulseCell) -> PulseResponse {
    var reference = set["reference"] + set["reference-deviation"] * cell.scores.x
    if set.choices["symmetry-point"] == "subtract" {
      let slope = cell.stepUp / cell.maximum - cell.stepDown / cell.minimum
      if slope != 0 { reference += (cell.stepUp - cell.stepDown) / slope }
    }
    return SoftBounds.response(
      minimum: cell.minimum, maximum: cell.maximum, up: cell.stepUp, down: cell.stepDown,
      reference: reference)
  }
}
