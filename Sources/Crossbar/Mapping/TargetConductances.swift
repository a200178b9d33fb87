import DeviceModels
import LinearAlgebra

/// The conductances that one slice of one block of weights asks for, with what undoes them.
public struct TargetConductances: Sendable {
  /// The cells that count upward, rows × columns, in siemens.
  public var positive: [Float]
  /// The cells that are subtracted as currents: the other half of the pairs, rows × columns; or one
  /// reference column a tile, rows × tiles; or none.
  public var negative: [Float]
  /// What is subtracted after conversion for every volt of input, in siemens.
  public var pedestal: Float
  /// The weight of this slice in the sum of slices.
  public var factor: Float

  /// The cells of one-sided pairs: G⁺ = G_min + max(0, w)·g and G⁻ = G_min + max(0, −w)·g, in siemens, for `count` weights
  /// between the ends of the window.
  ///
  /// - Parameters:
  ///   - low: G_min.
  ///   - perWeight: g, the siemens of a weight of 1.
  package static func oneSidedPairs(
    _ weights: UnsafePointer<Float>, count: Int, low: Float, perWeight: Float,
    _ positive: UnsafeMutablePointer<Float>, _ negative: UnsafeMutablePointer<Float>
  ) {
    for i in 0..<count { positive[i] = low + max(0, weights[i]) * perWeight }
    for i in 0..<count { negative[i] = low + max(0, -weights[i]) * perWeight }
  }

  /// Lays `weights` (rows × columns, each between −limit and limit of its column) on conductances.
  ///
  /// - Returns: one set of targets a slice, and the weight that one siemens of difference stands for,
  ///   one a column.
  public static func slices(
    of weights: Matrix<Float>, limits: [Float], tileCount: Int, mapping: WeightMapping,
    window: ConductanceWindow
  ) -> (slices: [TargetConductances], weightPerSiemens: [Float]) {
    precondition(limits.count == weights.columnCount, "a limit a column")
    let low = Float(window.minimum.value)
    let span = Float(window.maximum.value - window.minimum.value)
    let (rows, columns) = (weights.rowCount, weights.columnCount)
    // The relative weight, clipped to −1…1.
    func relative(_ i: Int, _ j: Int) -> Float {
      min(1, max(-1, weights.elements[i * columns + j] / limits[j]))
    }
    switch mapping {
    case .differentialPair(let pair):
      let all = (0..<rows).flatMap { i in (0..<columns).map { relative(i, $0) } }
      var positive = all.map { low + span * (1 + $0) / 2 }
      var negative = all.map { low + span * (1 - $0) / 2 }
      if pair == .oneSided {
        oneSidedPairs(all, count: all.count, low: low, perWeight: span, &positive, &negative)
      }
      return (
        [TargetConductances(positive: positive, negative: negative, pedestal: 0, factor: 1)],
        limits.map { $0 / span }
      )
    case .offset(let subtraction):
      // With an even number of levels the middle of the window is none: the pedestal is the level
      // above it, and weights reach as many levels on either side.
      var (middle, half) = (low + span / 2, span / 2)
      if let levels = window.levels, levels % 2 == 0, levels > 2 {
        let step = span / Float(levels - 1)
        middle = low + step * Float(levels / 2)
        half = step * Float(levels / 2 - 1)
      }
      var positive = [Float](repeating: middle, count: rows * columns)
      for i in 0..<rows {
        for j in 0..<columns { positive[i * columns + j] = middle + half * relative(i, j) }
      }
      let column = subtraction == .referenceColumn
      return (
        [
          TargetConductances(
            positive: positive,
            negative: column ? Array(repeating: middle, count: rows * tileCount) : [],
            pedestal: column ? 0 : middle, factor: 1)
        ], limits.map { $0 / half }
      )
    case .bitSliced(let weightBits, let bitsPerCell, let pairing):
      let top = Float(1 << (weightBits - 1) - 1)
      let cellTop = Float(1 << bitsPerCell - 1)
      let mask = 1 << bitsPerCell - 1
      let shift = pairing == .differential ? 0 : 1 << (weightBits - 1)
      var slices: [TargetConductances] = []
      for s in 0..<mapping.sliceCount {
        var positive = [Float](repeating: low, count: rows * columns)
        var negative = pairing == .differential ? positive : []
        for i in 0..<rows {
          for j in 0..<columns {
            let whole = Int((relative(i, j) * top).rounded()) + shift
            let part = (abs(whole) >> (s * bitsPerCell)) & mask
            let g = low + span * Float(part) / cellTop
            if whole >= 0 { positive[i * columns + j] = g } else { negative[i * columns + j] = g }
          }
        }
        // Σ slices − shift: the shift sits in the slice that holds its bit.
        let part = (shift >> (s * bitsPerCell)) & mask
        let pedestal = low + span * Float(part) / cellTop
        if pairing == .referenceColumn {
          negative = Array(repeating: pedestal, count: rows * tileCount)
        }
        slices.append(
          TargetConductances(
            positive: positive, negative: negative,
            pedestal: pairing == .offset ? pedestal : 0,
            factor: Float(1 << (s * bitsPerCell))))
      }
      return (slices, limits.map { $0 / top * cellTop / span })
    }
  }
}
