/// Steps with an exponential dependence on the state:
/// Δ⁺·max(0, 1 − A⁺·e^(γ⁺z)) up, −Δ⁻·max(0, 1 − A⁻·e^(−γ⁻z)) down, z = 2a·w/(w_max − w_min) + b.
///
/// Fitted to RRAM by Gong et al., Nat. Commun. 9, 2102 (2018), doi 10.1038/s41467-018-04485-1.
public struct ExponentialStep: PulseLaw {
  public static let law = "exponential-step"
  public static let parameters = [
    ParameterSpecification("factor-up", "", -1e6...1e6, "A⁺"),
    ParameterSpecification("factor-down", "", -1e6...1e6, "A⁻"),
    ParameterSpecification("rate-up", "", -1e3...1e3, "γ⁺"),
    ParameterSpecification("rate-down", "", -1e3...1e3, "γ⁻"),
    ParameterSpecification("scale", "", -1e3...1e3, "a"),
    ParameterSpecification("shift", "", -1e3...1e3, "b"),
  ]
  private let set: ParameterSet

  public init(_ set: ParameterSet, nodes: PulseNodes) { self.set = set }

  public func response(of cell: PulseCell) -> PulseResponse {
    let z = cell.range == 0 ? 0 : 2 * set["scale"] / cell.range
    let (up, down, shift) = (set["rate-up"], set["rate-down"], set["shift"])
    return PulseResponse(
      low: cell.minimum, high: cell.maximum,
      up: .exponential(
        step: cell.stepUp, offset: 1, factor: set["factor-up"], rate: up * z, shift: up * shift),
      down: .exponential(
        step: -cell.stepDown, offset: 1, factor: set["factor-down"], rate: -down * z,
        shift: -down * shift),
      sizeUp: cell.stepUp, sizeDown: cell.stepDown)
  }
}
