/// The lines of a tile through which the cells of its ramps are read.
///
/// Cell k of a ramp is on word line k mod M of bit line l + k / M, with the M word lines of the tile and the first bit line l
/// of the ramp. While a ramp is read, the other bit lines of the tile are not selected and their cells do not conduct, so
/// that a word line is a series resistance R_w = R_source + line·R_segment in front of the ramp's cell: γ = G/(1 + G·R_w). Word lines
/// that are not driven are at 0 V, and the bit line is a ladder down to its virtual ground. Currents add, since the cells are
/// linear: each cell has one effective conductance, its current per volt of its word line. By reciprocity this is γᵢ·vᵢ
/// with the voltages v that one volt at the end of the bit line would cause,
///
///     Yᵢ = γᵢ + Yᵢ₋₁/(1 + R_b·Yᵢ₋₁),   v_M₋₁ = 1/(1 + R_sense·Y_M₋₁),   vᵢ₋₁ = vᵢ/(1 + R_b·Yᵢ₋₁).
///
/// It is exact for these conditions, without wires the cells are seen as they are. Source: Kirchhoff's laws of a ladder.
public struct RampLines: Sendable, Hashable {
  /// The resistances of the tile's lines.
  public let wires: UniformWires
  /// Word lines of the tile.
  public let rows: Int
  /// The bit line of the first cell of each ramp, from 0 at the sources of the word lines; one that all ramps share, or one per
  /// ramp.
  public let first: [Int]

  /// Lines; see the members.
  /// - Precondition: at least one row and one ramp.
  public init(wires: UniformWires, rows: Int, first: [Int]) {
    precondition(rows > 0 && !first.isEmpty, "ramps are in a tile")
    (self.wires, self.rows, self.first) = (wires, rows, first)
  }

  /// The effective conductances of the cells of one ramp, in siemens.
  ///
  /// - Parameters:
  ///   - g: the conductances of its cells in their order, in siemens.
  ///   - ramp: the number of the ramp.
  /// - Complexity: O(cells + rows).
  public func seen(_ g: ArraySlice<Float>, ramp: Int) -> [Float] {
    let line = first.count == 1 ? first[0] : first[ramp]
    var result: [Float] = []
    result.reserveCapacity(g.count)
    for start in stride(from: 0, to: g.count, by: rows) {
      let from = g.startIndex + start
      result += seen(g[from..<min(from + rows, g.endIndex)], bitLine: line + start / rows)
    }
    return result
  }

  /// Those of the cells on one bit line; word lines below them have none.
  private func seen(_ g: ArraySlice<Float>, bitLine: Int) -> [Float] {
    let lead = wires.source.value + Double(bitLine) * wires.wordSegment.value
    let segment = wires.bitSegment.value
    let cells = g.map { Double($0) / (1 + Double($0) * lead) }
    var up: [Double] = []
    for cell in cells {
      let above = up.last ?? 0
      up.append(cell + above / (1 + segment * above))
    }
    // From the last cell down nothing branches off.
    let below = Double(rows - cells.count) * segment + wires.sense.value
    var volts = 1 / (1 + below * up[up.count - 1])
    var result = [Float](repeating: 0, count: cells.count)
    for i in cells.indices.reversed() {
      result[i] = Float(cells[i] * volts)
      if i > 0 { volts /= 1 + segment * up[i - 1] }
    }
    return result
  }
}
