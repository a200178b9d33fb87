/// Every pulse changes the state by the same amount until a bound stops it: Δ⁺ up, Δ⁻ down.
///
/// Gokmen and Vlasov, Front. Neurosci. 10, 333 (2016), doi 10.3389/fnins.2016.00333. Holds where the
/// measured steps do not depend on the conductance (charge-trap and idealized devices).
public struct ConstantStep: PulseLaw {
  public static let law = "constant-step"
  public static let parameters: [ParameterSpecification] = []

  public init(_ set: ParameterSet, nodes: PulseNodes) {}

  public func response(of cell: PulseCell) -> PulseResponse {
    PulseResponse(
      low: cell.minimum, high: cell.maximum, up: .affine(step: cell.stepUp, slope: 0),
      down: .affine(step: -cell.stepDown, slope: 0), sizeUp: cell.stepUp, sizeDown: cell.stepDown)
  }
}
