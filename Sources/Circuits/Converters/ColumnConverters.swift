internal import CConversionKernels
import LinearAlgebra

/// The output converters of the columns of one block of rows on one chip: currents in, numbers out.
///
/// This is the only definition of a conversion. Inference, calibration, training and the update rules of pulsed
/// devices convert with it, so that a network trained through converters gives the same codes when it is mapped.
/// Its surrogate gradient is `passBack`.
public struct ColumnConverters: Sendable {
  /// What decides the codes.
  enum Codes: Sendable {
    /// Numbers as they are.
    case continuous
    /// Codes at equal distances: the width of one, a column, and 1 divided by it.
    case uniform(UniformCodes, widths: [Float], reciprocals: [Float])
    /// The steps of ramps: the ramp of every column; empty where one serves all.
    case ramps(RampSearch, rampOfColumn: [Int32])
  }

  /// How many columns.
  public let count: Int
  /// The upper end of the range of every column, in the unit of the currents; empty without codes.
  public let ranges: [Float]
  /// The lower end of the ranges, relative to the upper.
  public let lowest: Float
  let codes: Codes
  /// Whether all columns share one range.
  private let isShared: Bool
  /// The gain and the offset of every column's converter; empty where all are 1 and 0.
  private let gains: [Float]
  private let offsets: [Float]
  /// c·R of every column's amplifier, see `OutputConverter.nonlinearity`; empty where all are linear.
  var bends: [Float] = []

  /// Converters that neither round nor clip.
  public init(count: Int) { self.init(count, .continuous, [], -.infinity, [], []) }

  /// Uniform converters.
  ///
  /// - Parameters:
  ///   - codes: relative to the upper end of the range.
  ///   - widths: the width of one code of every column, in the unit of the currents.
  ///   - gains: the gain of every column's converter; empty where all are 1.
  ///   - offsets: the offset of every column's converter, in the unit of the currents; empty where all are 0.
  public init(_ codes: UniformCodes, widths: [Float], gains: [Float] = [], offsets: [Float] = []) {
    self.init(
      widths.count,
      .uniform(codes, widths: widths, reciprocals: widths.map { 1 / $0 }),
      widths.map { $0 / codes.step }, codes.lowerEnd,
      gains, offsets)
  }

  /// Ramp converters.
  ///
  /// - Parameters:
  ///   - search: the thresholds of the ramps.
  ///   - rampOfColumn: the ramp of every column; empty where one serves all.
  ///   - ranges: the upper end of every column's range, in the unit of the currents.
  public init(
    ramps search: RampSearch, rampOfColumn: [Int32], ranges: [Float], gains: [Float] = [],
    offsets: [Float] = []
  ) {
    precondition(rampOfColumn.isEmpty || rampOfColumn.count == ranges.count, "a ramp per column")
    self.init(
      ranges.count, .ramps(search, rampOfColumn: rampOfColumn), ranges, search.lowest, gains,
      offsets)
  }

  /// Ramp converters of the columns of some tiles, all with the upper end 1 until `with(range:)` sets another.
  ///
  /// - Parameters:
  ///   - thresholds: those of each ramp, relative to the upper end of the range: one ramp, one per tile, or one per
  ///     column.
  ///   - outputs: what code c stands for, relative to the upper end.
  ///   - lowest: the lower end of the range, relative to the upper.
  ///   - tiles: the columns of each tile, the first from 0.
  public init(_ thresholds: [[Float]], outputs: [Float], lowest: Float, tiles: [Range<Int>]) {
    let columns = tiles.last!.upperBound
    var rampOfColumn: [Int32] = []
    if thresholds.count > 1, thresholds.count == columns {
      rampOfColumn = (0..<columns).map(Int32.init)
    } else if thresholds.count > 1 {
      precondition(thresholds.count == tiles.count, "a ramp per tile or per column")
      rampOfColumn = tiles.enumerated().flatMap { k, tile in tile.map { _ in Int32(k) } }
    }
    self.init(
      ramps: RampSearch(thresholds, outputs: outputs, lowest: lowest), rampOfColumn: rampOfColumn,
      ranges: Array(repeating: 1, count: columns))
  }

  private init(
    _ count: Int, _ codes: Codes, _ ranges: [Float], _ lowest: Float, _ gains: [Float],
    _ offsets: [Float]
  ) {
    precondition(gains.isEmpty || gains.count == count, "a gain per column")
    (self.count, self.codes, self.ranges, self.lowest) = (count, codes, ranges, lowest)
    // The kernel takes both or none.
    isShared = ranges.first.map { first in ranges.allSatisfy { $0 == first } } ?? false
    self.gains = gains.isEmpty && !offsets.isEmpty ? Array(repeating: 1, count: count) : gains
    self.offsets = offsets.isEmpty && !gains.isEmpty ? Array(repeating: 0, count: count) : offsets
  }

  /// The same converters with other ranges, all with one upper end.
  public func with(range: Float) -> ColumnConverters {
    with(ranges: Array(repeating: range, count: count))
  }

  /// The same converters with other ranges.
  ///
  /// - Parameter ranges: the upper end of every column's range, in the unit of the currents.
  public func with(ranges: [Float]) -> ColumnConverters {
    switch codes {
    case .continuous: return self
    case .uniform(let codes, _, _):
      return ColumnConverters(
        codes, widths: ranges.map { $0 * codes.step }, gains: gains, offsets: offsets
      ).with(bends: bends)
    case .ramps(let search, let rampOfColumn):
      return ColumnConverters(
        ramps: search, rampOfColumn: rampOfColumn, ranges: ranges, gains: gains, offsets: offsets
      ).with(bends: bends)
    }
  }

  /// The same converters with a gain and an offset of their own, per column; empty where all are 1 and 0.
  public func with(gains: [Float], offsets: [Float]) -> ColumnConverters {
    ColumnConverters(count, codes, ranges, lowest, gains, offsets).with(bends: bends)
  }

  /// The same converters behind amplifiers that saturate: a current I becomes I/(1 + c·|I|/R), with R the upper end of
  /// the column's range.
  ///
  /// - Parameter bends: c of every column, 0 or more; empty where all are linear.
  /// - Precondition: converters with a range.
  public func with(bends: [Float]) -> ColumnConverters {
    precondition(bends.isEmpty || bends.count == ranges.count, "a number per column with a range")
    var result = self
    result.bends = bends
    return result
  }

  /// Noise that is added to currents before they are converted.
  public struct Noise {
    /// One number per column of a normal distribution of deviation 1; `nil` without noise.
    public var values: UnsafePointer<Float>?
    /// The variance of each current; `nil` where only `base` counts.
    public var variances: UnsafePointer<Float>?
    /// What is added to all variances.
    public var base: Float

    /// Noise; see the members.
    public init(
      values: UnsafePointer<Float>? = nil, variances: UnsafePointer<Float>? = nil, base: Float = 0
    ) { (self.values, self.variances, self.base) = (values, variances, base) }
  }

  /// Converts one vector of currents and adds the result to `y`:
  /// y += scale·factor·(code's current − pedestal), with the code of gain·(current + noise) + offset.
  ///
  /// - Parameters:
  ///   - current: the currents of `columns`.
  ///   - columns: which columns; `nil` is all.
  ///   - scale: what one unit of current stands for, one per column of `columns`; `nil` is 1.
  /// - Returns: how many currents were outside of the range.
  @discardableResult
  public func convert(
    _ current: UnsafePointer<Float>, columns: Range<Int>? = nil, noise: Noise = Noise(),
    scale: UnsafePointer<Float>? = nil, factor: Float = 1, pedestal: Float = 0,
    into y: UnsafeMutablePointer<Float>
  ) -> Int {
    let columns = columns ?? 0..<count
    let first = columns.lowerBound
    guard bends.isEmpty else {
      var linear = self
      linear.bends = []
      return withUnsafeTemporaryAllocation(of: Float.self, capacity: columns.count) { bent in
        for (k, j) in columns.enumerated() {
          bent[k] = current[k] / (1 + bends[j] * abs(current[k]) / ranges[j])
        }
        return linear.convert(
          bent.baseAddress!, columns: columns, noise: noise, scale: scale, factor: factor,
          pedestal: pedestal, into: y)
      }
    }
    return withOptional(gains, from: first) { gains in
      withOptional(offsets, from: first) { offsets in
        switch codes {
        case .continuous:
          return Int(
            ow_convert_output(
              current, noise.values, noise.variances, noise.base, gains, offsets, nil, nil, 0, 0, 0,
              scale, factor, pedestal, y, columns.count))
        case .uniform(let codes, let widths, let reciprocals):
          return withOptional(widths, from: first) { width in
            withOptional(reciprocals, from: first) { reciprocal in
              Int(
                ow_convert_output(
                  current, noise.values, noise.variances, noise.base, gains, offsets, width,
                  reciprocal, codes.shift, Float(codes.lowest), Float(codes.highest), scale, factor,
                  pedestal, y, columns.count))
            }
          }
        case .ramps(let search, let rampOfColumn):
          return withOptional(rampOfColumn, from: first) { ramp in
            withOptional(ranges, from: first) { range in
              search.convert(
                current, ramp: ramp, range: range!, noise: noise.values, variance: noise.variances,
                base: noise.base, gain: gains, offset: offsets, scale: scale, factor: factor,
                pedestal: pedestal, into: y, count: columns.count)
            }
          }
        }
      }
    }
  }

  /// Adds `share` to `shares` where a current, with its noise, is inside of its column's range: where gradients pass.
  ///
  /// - Parameters: as of `convert`; `shares` has one number per column of `columns`.
  public func addInside(
    _ current: UnsafePointer<Float>, columns: Range<Int>? = nil, noise: Noise = Noise(),
    share: Float, to shares: UnsafeMutablePointer<Float>
  ) {
    let columns = columns ?? 0..<count
    let first = columns.lowerBound
    if case .continuous = codes {
      for j in 0..<columns.count { shares[j] += share }
      return
    }
    withOptional(gains, from: first) { gains in
      withOptional(offsets, from: first) { offsets in
        withOptional(ranges, from: first) { ranges in
          ow_add_inside(
            current, noise.values, noise.variances, noise.base, gains, offsets, ranges!, lowest,
            share, shares, columns.count)
        }
      }
    }
  }

  /// Converts `vectors` vectors without noise, in pieces on all threads; both vectors × columns.
  public func convert(
    _ currents: UnsafePointer<Float>, vectors: Int, factor: Float = 1,
    addingTo y: UnsafeMutablePointer<Float>
  ) {
    nonisolated(unsafe) let (currents, y) = (currents, y)  // safe: pieces are disjoint
    let piece = max(1, 16_384 / max(1, count))
    Parallel.forEach((vectors + piece - 1) / piece) { k in
      let part = k * piece..<min(vectors, (k + 1) * piece)
      if let (codes, width) = shared {
        let first = part.lowerBound * count
        return ow_convert_uniform(
          currents + first, width, codes.shift, Float(codes.lowest), Float(codes.highest), factor,
          y + first, part.count * count)
      }
      if case .continuous = codes, gains.isEmpty {
        let first = part.lowerBound * count
        ow_convert_output(
          currents + first, nil, nil, 0, nil, nil, nil, nil, 0, 0, 0, nil, factor, 0, y + first,
          part.count * count)
        return
      }
      for v in part { convert(currents + v * count, factor: factor, into: y + v * count) }
    }
  }

  /// The codes and their width where all columns share them, and none has a gain or an amplifier of its own.
  var shared: (codes: UniformCodes, width: Float)? {
    guard isShared, gains.isEmpty, bends.isEmpty, case .uniform(let codes, let widths, _) = codes
    else { return nil }
    return (codes, widths[0])
  }
}

/// A pointer to element `start` of an array, or none where the array is empty.
private func withOptional<Element, R>(
  _ array: [Element], from start: Int, _ body: (UnsafePointer<Element>?) -> R
) -> R {
  if array.isEmpty { return body(nil) }
  return array.withUnsafeBufferPointer { body($0.baseAddress! + start) }
}
