import LinearAlgebra

/// The three products of a weight matrix, split over threads by blocks of columns; of spikes by events
/// (`EventList`). `leading` is the distance between two vectors of inputs where they are parts of longer ones.
///
/// A block is 128 columns wide for any number of threads, and no two blocks add to the same
/// element: the bits do not depend on the number of threads.
enum DenseProducts {
  private static let width = 128

  private static func blocks(
    _ count: Int, work: Int, _ body: @Sendable (Range<Int>) -> Void
  ) {
    // One block or many: the products are the same element by element, because gemm sums over k in one
    // order only.
    pieces((count + width - 1) / width, work: work) { k in
      body(k * width..<min(count, (k + 1) * width))
    }
  }

  /// Calls `body` for each of `count` pieces of `work` multiplications together, split over threads.
  static func pieces(_ count: Int, work: Int, _ body: @Sendable (Int) -> Void) {
    // Below about 20 µs of work a second thread costs more than it brings.
    if work < 400_000 {
      for k in 0..<count { body(k) }
    } else {
      Parallel.forEach(count, body)
    }
  }

  /// y = x·W, x samples × inputs, W inputs × outputs.
  static func forward(
    _ x: UnsafePointer<Float>, leading: Int? = nil, weights: UnsafePointer<Float>,
    into y: UnsafeMutablePointer<Float>, samples: Int, inputs: Int, outputs: Int, beta: Float = 0
  ) {
    if let events = EventList(
      x, leading: leading ?? inputs, vectors: samples, inputs: inputs, columns: outputs)
    {
      return forward(events, weights: weights, into: y, outputs: outputs, beta: beta)
    }
    nonisolated(unsafe) let (x, weights, y) = (x, weights, y)  // safe: blocks are disjoint
    blocks(outputs, work: samples * inputs * outputs) { columns in
      BLAS.gemm(
        x, leading: leading ?? inputs, weights + columns.lowerBound, leading: outputs,
        into: y + columns.lowerBound, leading: outputs, m: samples, n: columns.count, k: inputs,
        beta: beta)
    }
  }

  /// y = x·W of one vector, which does not rearrange the matrix as a product with several does.
  static func forwardOne(
    _ x: UnsafePointer<Float>, weights: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
    inputs: Int, outputs: Int
  ) {
    if let events = EventList(x, leading: inputs, vectors: 1, inputs: inputs, columns: outputs) {
      return forward(events, weights: weights, into: y, outputs: outputs, beta: 0)
    }
    BLAS.gemv(weights, .transposed, m: inputs, n: outputs, leading: outputs, x, into: y)
  }

  private static func forward(
    _ events: EventList, weights: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
    outputs: Int, beta: Float
  ) {
    nonisolated(unsafe) let (weights, y) = (weights, y)  // safe: blocks are disjoint
    blocks(outputs, work: events.count * outputs) { columns in
      events.product(
        weights + columns.lowerBound, leadingWeights: outputs, into: y + columns.lowerBound,
        leading: outputs, columns: columns.count, beta: beta)
    }
  }

  /// dx = dy·Wᵀ.
  static func backward(
    _ dy: UnsafePointer<Float>, leadingErrors: Int? = nil, weights: UnsafePointer<Float>,
    leadingWeights: Int? = nil, into dx: UnsafeMutablePointer<Float>, leading: Int? = nil,
    samples: Int, inputs: Int, outputs: Int
  ) {
    let rowLength = leadingWeights ?? outputs
    nonisolated(unsafe) let (dy, weights, dx) = (dy, weights, dx)  // safe: blocks are disjoint
    blocks(inputs, work: samples * inputs * outputs) { rows in
      BLAS.gemm(
        dy, leading: leadingErrors ?? outputs, weights + rows.lowerBound * rowLength, .transposed,
        leading: rowLength,
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
    if let events = EventList(
      x, leading: leading ?? inputs, vectors: samples, inputs: inputs, columns: outputs)?.turned()
    {
      return blocks(outputs, work: events.count * outputs) { columns in
        events.product(
          dy + columns.lowerBound, leadingWeights: outputs, into: w + columns.lowerBound,
          leading: outputs, columns: columns.count, alpha: alpha, beta: beta)
      }
    }
    blocks(inputs, work: samples * inputs * outputs) { rows in
      BLAS.gemm(
        x + rows.lowerBound, .transposed, leading: leading ?? inputs, dy, leading: outputs,
        into: w + rows.lowerBound * outputs, leading: outputs, m: rows.count, n: outputs,
        k: samples, alpha: alpha, beta: beta)
    }
  }
}

/// The same products of a matrix of equal blocks on its diagonal, which lie one behind the other in memory:
/// block g joins the g-th part of the inputs to the g-th part of the outputs.
struct BlockProducts: Sendable {
  let inputs: Int
  let outputs: Int
  let groups: Int

  /// Rows and columns of a block.
  var rows: Int { inputs / groups }
  var columns: Int { outputs / groups }
  /// Weights of a block.
  var blockCount: Int { rows * columns }

  /// Blocks that lie one behind the other as sites and mappings hold them: inputs × the columns of a block.
  func matrix(of values: [Float]) -> Matrix<Float> {
    Matrix(rowCount: inputs, columnCount: columns, elements: values)
  }

  /// The blocks of a whole matrix, one behind the other.
  func values(of matrix: Matrix<Float>) -> [Float] {
    if groups == 1 { return matrix.elements }
    return (0..<groups).flatMap { g in
      matrix.block(
        rows: g * rows..<(g + 1) * rows, columns: g * columns..<(g + 1) * columns
      ).elements
    }
  }

  /// y = x·W.
  func forward(
    _ x: UnsafePointer<Float>, weights: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
    vectors: Int
  ) {
    if groups == 1 {
      return DenseProducts.forward(
        x, weights: weights, into: y, samples: vectors, inputs: inputs, outputs: outputs)
    }
    nonisolated(unsafe) let (x, weights, y) = (x, weights, y)  // safe: groups are disjoint
    DenseProducts.pieces(groups, work: vectors * inputs * columns) { g in
      BLAS.gemm(
        x + g * rows, leading: inputs, weights + g * blockCount, leading: columns,
        into: y + g * columns, leading: outputs, m: vectors, n: columns, k: rows)
    }
  }

  /// dx = dy·Wᵀ, from input `first` on.
  func backward(
    _ dy: UnsafePointer<Float>, weights: UnsafePointer<Float>, into dx: UnsafeMutablePointer<Float>,
    vectors: Int, from first: Int = 0
  ) {
    if groups == 1 {
      return DenseProducts.backward(
        dy, weights: weights + first * outputs, into: dx + first, leading: inputs, samples: vectors,
        inputs: inputs - first, outputs: outputs)
    }
    nonisolated(unsafe) let (dy, weights, dx) = (dy, weights, dx)  // safe: groups are disjoint
    DenseProducts.pieces(groups, work: vectors * inputs * columns) { g in
      BLAS.gemm(
        dy + g * columns, leading: outputs, weights + g * blockCount, .transposed, leading: columns,
        into: dx + g * rows, leading: inputs, m: vectors, n: rows, k: columns)
    }
  }

  /// W ← α·xᵀ·dy + β·W.
  func outer(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, into w: UnsafeMutablePointer<Float>,
    vectors: Int, alpha: Float, beta: Float
  ) {
    if groups == 1 {
      return DenseProducts.outer(
        x, dy, into: w, samples: vectors, inputs: inputs, outputs: outputs, alpha: alpha, beta: beta
      )
    }
    nonisolated(unsafe) let (x, dy, w) = (x, dy, w)  // safe: groups are disjoint
    DenseProducts.pieces(groups, work: vectors * inputs * columns) { g in
      BLAS.gemm(
        x + g * rows, .transposed, leading: inputs, dy + g * columns, leading: outputs,
        into: w + g * blockCount, leading: columns, m: rows, n: columns, k: vectors, alpha: alpha,
        beta: beta)
    }
  }
}
