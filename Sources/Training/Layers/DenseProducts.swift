import LinearAlgebra

/// The three products of a dense layer, laid over threads by blocks of columns. `leading` is the distance
/// of two vectors of inputs where they are part of longer ones.
///
/// A block is 128 columns wide whatever the number of threads, and no two blocks add to the same
/// element: the bits do not depend on the number of threads.
enum DenseProducts {
  private static let width = 128

  private static func blocks(
    _ count: Int, work: Int, _ body: @Sendable (Range<Int>) -> Void
  ) {
    // Below about 20 µs of work a second thread costs more than it brings. One block or many: the
    // products are the same element by element, because gemm sums over k in one order only.
    let pieces = (count + width - 1) / width
    if work < 400_000 {
      for k in 0..<pieces { body(k * width..<min(count, (k + 1) * width)) }
    } else {
      Parallel.forEach(pieces) { k in body(k * width..<min(count, (k + 1) * width)) }
    }
  }

  /// y = x·W, x samples × inputs, W inputs × outputs.
  static func forward(
    _ x: UnsafePointer<Float>, leading: Int? = nil, weights: UnsafePointer<Float>,
    into y: UnsafeMutablePointer<Float>, samples: Int, inputs: Int, outputs: Int, beta: Float = 0
  ) {
    nonisolated(unsafe) let (x, weights, y) = (x, weights, y)  // safe: blocks are disjoint
    blocks(outputs, work: samples * inputs * outputs) { columns in
      BLAS.gemm(
        x, leading: leading ?? inputs, weights + columns.lowerBound, leading: outputs,
        into: y + columns.lowerBound, leading: outputs, m: samples, n: columns.count, k: inputs,
        beta: beta)
    }
  }

  /// dx = dy·Wᵀ.
  static func backward(
    _ dy: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    into dx: UnsafeMutablePointer<Float>, leading: Int? = nil, samples: Int, inputs: Int,
    outputs: Int
  ) {
    nonisolated(unsafe) let (dy, weights, dx) = (dy, weights, dx)  // safe: blocks are disjoint
    blocks(inputs, work: samples * inputs * outputs) { rows in
      BLAS.gemm(
        dy, leading: outputs, weights + rows.lowerBound * outputs, .transposed, leading: outputs,
        into: dx + rows.lowerBound, leading: leading ?? inputs, m: samples, n: rows.count,
        k: outputs)
    }
  }

  /// W ← α·xᵀ·dy + β·W, or the same into a gradient.
  static func outer(
    _ x: UnsafePointer<Float>, leading: Int? = nil, _ dy: UnsafePointer<Float>,
    into w: UnsafeMutablePointer<Float>, samples: Int, inputs: Int, outputs: Int, alpha: Float = 1,
    beta: Float = 0
  ) {
    nonisolated(unsafe) let (x, dy, w) = (x, dy, w)  // safe: blocks are disjoint
    blocks(inputs, work: samples * inputs * outputs) { rows in
      BLAS.gemm(
        x + rows.lowerBound, .transposed, leading: leading ?? inputs, dy, leading: outputs,
        into: w + rows.lowerBound * outputs, leading: outputs, m: rows.count, n: outputs,
        k: samples, alpha: alpha, beta: beta)
    }
  }
}
