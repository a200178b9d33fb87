import Foundation

/// Soft bounds stated by a measured sweep: P pulses take the state from the lower to the upper end
/// of the measured range, w(p) = w_min + B·(1 − e^(−αp)), B = range/(1 − e^(−αP)).
///
/// Agarwal et al., IJCNN 2016, doi 10.1109/IJCNN.2016.7727298 use this form of the response. The
/// upper bound of the state is w_min + B, above the measured end; the lower end must be below 0.
public struct SoftBoundsByPulses: PulseLaw {
  public static let law = "soft-bounds-by-pulses"
  public static let needsZeroBetweenBounds = true
  public static let parameters = [
    ParameterSpecification("pulses", "", 1...1e9, "P: pulses from the lower to the upper end"),
    ParameterSpecification(
      "rate", "", 1e-12...10, "α: the part of what is left that a pulse takes"),
  ]
  public static let takesStepSize = false
  private let set: ParameterSet

  public init(_ set: ParameterSet, nodes: PulseNodes) { self.set = set }

  public func response(of cell: PulseCell) -> PulseResponse {
    let rate = set["rate"]
    let span = cell.range / -expm1(-set["pulses"] * rate)
    // The two step sizes at state 0 that make both sweeps of rate α about the lower end.
    let asymmetry = 1 + 2 * cell.minimum / span
    let size = span * rate
    return SoftBounds.response(
      minimum: cell.minimum, maximum: cell.minimum + span,
      up: size * abs(cell.gainUp + min(0, asymmetry)),
      down: size * abs(cell.gainDown - max(0, asymmetry)))
  }
}
