internal import CConversionKernels

extension ColumnConverters {
  /// Takes gradients back through the converters, straight through the codes: `d` becomes 0 where a current was
  /// outside of the range.
  ///
  /// - Parameters:
  ///   - currents: what was converted, vectors × columns.
  ///   - d: the gradients at the converted numbers, in the unit of the currents.
  ///   - findsSlope: whether the gradient of the ranges is wanted.
  /// - Returns: the gradient of a common factor of all upper ends of ranges, divided by that end: Σ d·∂q/∂R where
  ///   the rounding error, counted in widths of a code, is held. Meaningful where all columns share one range; 0 where
  ///   it is not wanted.
  public func passBack(
    _ currents: UnsafePointer<Float>, _ d: UnsafeMutablePointer<Float>, vectors: Int,
    findsSlope: Bool = true
  ) -> Double {
    if case .continuous = codes { return 0 }
    guard bends.isEmpty else { return passBackThroughBends(currents, d, vectors: vectors) }
    if findsSlope, let (codes, width) = shared {
      return ow_uniform_slope(
        currents, d, width, codes.shift, Float(codes.lowest), Float(codes.highest), ranges[0],
        lowest, vectors * count)
    }
    return ranges.withUnsafeBufferPointer { ranges in
      let ranges = ranges.baseAddress!
      guard findsSlope else {
        for v in 0..<vectors {
          ow_stop_outside(currents + v * count, d + v * count, ranges, lowest, count)
        }
        return 0
      }
      return withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, count)) { q in
        let q = q.baseAddress!
        return (0..<vectors).reduce(0.0) { slope, v in
          q.update(repeating: 0, count: count)
          convert(currents + v * count, into: q)
          return slope
            + ow_converter_slope(
              currents + v * count, q, d + v * count, ranges, 0, lowest, count)
        }
      }
    }
  }

  /// With I' = I/(1 + u) and u = c·|I|/R: ∂I'/∂I = 1/(1 + u)², ∂I'/∂R = I·u/(R·(1 + u)²).
  private func passBackThroughBends(
    _ currents: UnsafePointer<Float>, _ d: UnsafeMutablePointer<Float>, vectors: Int
  ) -> Double {
    var linear = self
    linear.bends = []
    let total = vectors * count
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, 2 * total)) { memory in
      let (bent, slopes) = (memory.baseAddress!, memory.baseAddress! + total)
      for i in 0..<total {
        let j = i % count
        let inverse = 1 / (1 + bends[j] * abs(currents[i]) / ranges[j])
        bent[i] = currents[i] * inverse
        slopes[i] = inverse * inverse
      }
      var slope = linear.passBack(bent, d, vectors: vectors)
      for i in 0..<total {
        let j = i % count
        let u = bends[j] * abs(currents[i]) / ranges[j]
        slope += Double(d[i] * currents[i] * u * slopes[i] / ranges[j])
        d[i] *= slopes[i]
      }
      return slope
    }
  }
}
