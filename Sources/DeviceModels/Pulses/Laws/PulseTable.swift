/// Measured or simulated steps, with the deviation of each: mean and deviation at evenly spaced
/// states in state units, interpolated linearly.
///
/// This is what `extract` makes of a dynamic device and what a measured population gives. A device's
/// gain scales mean and deviation alike. Holds for the pulses it was taken with.
public struct PulseTable: PulseLaw {
  public static let law = "table"
  public static let parameters: [ParameterSpecification] = []
  public static let takesNodes = true
  public static let takesStepSize = false
  private let nodes: PulseNodes

  public init(_ set: ParameterSet, nodes: PulseNodes) { self.nodes = nodes }

  public func response(of cell: PulseCell) -> PulseResponse {
    nodes.response(of: cell, up: cell.gainUp, down: cell.gainDown)
  }
}
