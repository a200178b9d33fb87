/// Steps in proportion to what is left to the bound ahead: Δ⁺·(1 − w/w_max) up,
/// −Δ⁻·(1 − w/w_min) down, with the device's own bounds.
///
/// Fusi and Abbott, Nat. Neurosci. 10, 485 (2007), doi 10.1038/nn1859. State 0 must lie between the
/// bounds.
public struct SoftBounds: PulseLaw {
  public static let law = "soft-bounds"
  public static let needsZeroBetweenBounds = true
  public static let parameters: [ParameterSpecification] = []

  public init(_ set: ParameterSet, nodes: PulseNodes) {}

  public func response(of cell: PulseCell) -> PulseResponse {
    Self.response(
      minimum: cell.minimum, maximum: cell.maximum, up: cell.stepUp, down: cell.stepDown)
  }

  /// The response in terms of the step sizes at w = `reference`, bounds and state shifted by it.
  static func response(
    minimum: Double, maximum: Double, up: Double, down: Double, reference: Double = 0
  ) -> PulseResponse {
    PulseResponse(
      low: minimum - reference, high: maximum - reference,
      up: .affine(step: up * (1 - reference / maximum), slope: -up / maximum),
      down: .affine(step: -down * (1 - reference / minimum), slope: down / minimum),
      sizeUp: up, sizeDown: down)
  }
}
