/// Steps that fall exponentially with the conductance already there: α⁺·e^(−β⁺g) up,
/// −α⁻·e^(−β⁻(1−g)) down, g = (w − w_min)/(w_max − w_min).
///
/// The form of Lim et al., Neural Comput. Appl. 31, 8101 (2019), doi 10.1007/s00521-018-3659-y, after
/// Querlioz et al., IEEE Trans. Nanotechnol. 12, 288 (2013), doi 10.1109/TNANO.2013.2250995; β = 0
/// is the linear device. In the limit of small steps w(p) = w_min + (R/β)·ln(1 + αβp/R).
public struct AlphaBeta: PulseLaw {
  public static let law = "alpha-beta"
  public static let parameters = [
    ParameterSpecification("alpha-up", "", 0...1e9, "α⁺: the step up at the lower bound"),
    ParameterSpecification("alpha-down", "", 0...1e9, "α⁻: the step down at the upper bound"),
    ParameterSpecification("beta-up", "", 0...50, "β⁺"),
    ParameterSpecification("beta-down", "", 0...50, "β⁻"),
  ]
  public static let takesStepSize = false
  private let set: ParameterSet

  public init(_ set: ParameterSet, nodes: PulseNodes) { self.set = set }

  public func response(of cell: PulseCell) -> PulseResponse {
    let up = set["alpha-up"] * cell.gainUp
    let down = set["alpha-down"] * cell.gainDown
    let rateUp = set["beta-up"] / cell.range
    let rateDown = set["beta-down"] / cell.range
    return PulseResponse(
      low: cell.minimum, high: cell.maximum,
      up: .exponential(
        step: up, offset: 0, factor: -1, rate: -rateUp, shift: rateUp * cell.minimum),
      down: .exponential(
        step: -down, offset: 0, factor: -1, rate: rateDown, shift: -rateDown * cell.maximum),
      sizeUp: up, sizeDown: down)
  }
}
