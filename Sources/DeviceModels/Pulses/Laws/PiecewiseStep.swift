/// Steps interpolated between factors at evenly spaced states: ±Δ·f(x), x from w_min to w_max.
///
/// The factors stand in `nodes-up` and `nodes-down`, lowest state first, all positive.
public struct PiecewiseStep: PulseLaw {
  public static let law = "piecewise-step"
  public static let parameters: [ParameterSpecification] = []
  public static let takesNodes = true
  private let nodes: PulseNodes

  public init(_ set: ParameterSet, nodes: PulseNodes) { self.nodes = nodes }

  public func response(of cell: PulseCell) -> PulseResponse {
    nodes.response(of: cell, up: cell.stepUp, down: cell.stepDown)
  }
}

extension PulseNodes {
  /// The response with steps of `up` and `down` times the nodes.
  func response(of cell: PulseCell, up scaleUp: Double, down scaleDown: Double) -> PulseResponse {
    PulseResponse(
      low: cell.minimum, high: cell.maximum,
      up: .table(scale: scaleUp, nodes: up, low: cell.minimum, high: cell.maximum),
      down: .table(
        scale: scaleDown, nodes: down.map { -$0 }, low: cell.minimum, high: cell.maximum),
      sizeUp: scaleUp, sizeDown: scaleDown)
  }
}
