internal import CConversionKernels

/// The thresholds of some ramps, laid out for finding the codes of many currents.
///
/// A uniform guide over all thresholds says at which code to begin; a few comparisons finish the
/// search. Where ramps differ too much for that, the search is by halves. The code is exact either way.
public struct RampSearch: Sendable {
  /// How many ramps.
  public let rampCount: Int
  /// Ramps × `stride`, each filled up with infinities.
  private let thresholds: [Float]
  private let stride: Int
  private let guide: [Int32]
  private let low: Float
  private let scale: Float
  private let depth: Int
  private let outputs: [Float]
  /// The lower end of the range, relative to the upper.
  public let lowest: Float

  /// - Parameters:
  ///   - ramps: rising thresholds relative to the upper end of the range, all ramps as many.
  ///   - outputs: what code c stands for, relative to the upper end; one more than thresholds.
  ///   - lowest: the lower end of the range, relative to the upper.
  public init(_ ramps: [[Float]], outputs: [Float], lowest: Float) {
    precondition(
      ramps.allSatisfy { $0.count == outputs.count - 1 } && !ramps.isEmpty,
      "a threshold between two codes")
    rampCount = ramps.count
    self.outputs = outputs
    self.lowest = lowest
    var stride = 1
    while stride < outputs.count { stride *= 2 }
    self.stride = stride
    thresholds = ramps.flatMap {
      $0 + [Float](repeating: .infinity, count: stride - $0.count)
    }
    let ends = ramps.reduce((low: Float.infinity, high: -Float.infinity)) { ends, ramp in
      (min(ends.low, ramp.first ?? 0), max(ends.high, ramp.last ?? 0))
    }
    low = ends.low
    let cells = 4 * stride
    let width = max((ends.high - ends.low) / Float(cells), .leastNormalMagnitude * 1e6)
    scale = 1 / width
    // Rounding may put a value into a neighboring cell: edges are taken a little apart.
    let slack = width * 0.01
    var guide = [Int32](repeating: Int32(outputs.count), count: cells)
    var highest = [Int32](repeating: 0, count: cells)
    for ramp in ramps {
      var (below, above) = (0, 0)
      for g in 0..<cells {
        let from = g == 0 ? -Float.infinity : low + Float(g) * width - slack
        let to = g == cells - 1 ? Float.infinity : low + Float(g + 1) * width + slack
        while below < ramp.count, ramp[below] <= from { below += 1 }
        while above < ramp.count, ramp[above] <= to { above += 1 }
        guide[g] = min(guide[g], Int32(below))
        highest[g] = max(highest[g], Int32(above))
      }
    }
    self.guide = guide
    let depth = zip(highest, guide).map { Int($0 - $1) }.max() ?? 0
    self.depth = depth > stride.trailingZeroBitCount + 1 ? -1 : depth
  }

  /// Replaces `count` numbers by what the codes of one ramp stand for.
  public func apply(_ x: UnsafeMutablePointer<Float>, count: Int, ramp: Int = 0) {
    precondition(ramp < rampCount, "a ramp that exists")
    thresholds.withUnsafeBufferPointer {
      ow_step_function(
        x, x, count, $0.baseAddress! + ramp * stride, outputs, outputs.count - 1)
    }
  }

  /// For each of `x` how many thresholds of ramp 0 it is not below.
  /// - Precondition: a code for each number.
  public func codes(of x: UnsafeBufferPointer<Float>, into codes: UnsafeMutableBufferPointer<Int32>)
  {
    precondition(x.count == codes.count, "a code for each number")
    ow_step_codes(x.baseAddress, codes.baseAddress, x.count, thresholds, outputs.count - 1)
  }

  /// Currents through the converters, added to `y`; see `ow_convert_ramp` for the formula.
  ///
  /// - Parameters:
  ///   - ramp: the ramp of every column; `nil` is ramp 0 for all.
  ///   - range: the upper end of every column's range, in amperes.
  ///   - scale: `nil` is 1 for all.
  /// - Returns: how many currents were outside of the range.
  public func convert(
    _ current: UnsafePointer<Float>, ramp: UnsafePointer<Int32>?, range: UnsafePointer<Float>,
    noise: UnsafePointer<Float>?, variance: UnsafePointer<Float>?, base: Float,
    gain: UnsafePointer<Float>?, offset: UnsafePointer<Float>?, scale: UnsafePointer<Float>?,
    factor: Float, pedestal: Float, into y: UnsafeMutablePointer<Float>, count: Int
  ) -> Int {
    thresholds.withUnsafeBufferPointer { t in
      guide.withUnsafeBufferPointer { g in
        outputs.withUnsafeBufferPointer { o in
          var ramps = ow_ramps(
            thresholds: t.baseAddress!, stride: Int32(stride), guide: g.baseAddress!,
            cells: Int32(g.count), guide_low: low, guide_scale: self.scale, depth: Int32(depth),
            outputs: o.baseAddress!, lowest: lowest)
          return ow_convert_ramp(
            &ramps, ramp, range, current, noise, variance, base, gain, offset, scale, factor,
            pedestal, y, count)
        }
      }
    }
  }
}
