import Circuits
import LinearAlgebra
import Randomness

extension CrossbarArray {
  /// `y = x·W + b` of this chip for several vectors.
  ///
  /// The noise of vector v depends on `key` and on `first` + v alone: reads may be cut and ordered in
  /// any way, and done on any thread.
  /// - Parameters:
  ///   - x: vectors × inputs.
  ///   - y: becomes vectors × outputs.
  ///   - key: the stream of the reads.
  ///   - first: the number of the first vector.
  ///   - inside: becomes the share of the conversions of each output that are inside of their range, by their
  ///     weights: what passes of a gradient. Block after block, vectors × columns of the block.
  /// - Returns: how many conversions were clipped.
  /// - Complexity: one matrix product a slice (and, for bit-serial inputs, a bit); a second one where
  ///   the read noise depends on the conductance.
  @discardableResult
  public func multiply(
    _ x: UnsafeBufferPointer<Float>, vectors: Int, into y: UnsafeMutableBufferPointer<Float>,
    key: StreamKey, first: Int = 0, inside: UnsafeMutablePointer<Float>? = nil
  ) -> Int {
    let (inputs, outputs) = (mapped.inputCount, mapped.outputCount)
    precondition(
      x.count == vectors * inputs && y.count == vectors * outputs, "vectors of the matrix")
    guard vectors > 0 else { return 0 }
    setBias(y, vectors: vectors)
    if !folded.isEmpty {
      readFolded(x, vectors: vectors, into: y)
      return 0
    }
    var clipped = 0
    var shares = inside
    for b in blocks.indices {
      let count = vectors * mapped.blocks[b].place.columns.count
      shares?.update(repeating: 0, count: count)
      clipped += read(
        block: b, x, vectors: vectors, into: y, key: key.child(b), first: first, inside: shares)
      shares = shares.map { $0 + count }
    }
    return clipped
  }

  private func setBias(_ y: UnsafeMutableBufferPointer<Float>, vectors: Int) {
    let outputs = mapped.outputCount
    if mapped.bias.isEmpty && folded.isEmpty {
      y.update(repeating: 0)
      return
    }
    let bias = mapped.bias.isEmpty && !folded.isEmpty ? effectiveBias() : mapped.bias
    bias.withUnsafeBufferPointer { bias in
      for v in 0..<vectors {
        (y.baseAddress! + v * outputs).update(from: bias.baseAddress!, count: outputs)
      }
    }
  }

  private func readFolded(
    _ x: UnsafeBufferPointer<Float>, vectors: Int, into y: UnsafeMutableBufferPointer<Float>
  ) {
    let (inputs, outputs) = (mapped.inputCount, mapped.outputCount)
    let chunk = 128
    folded.withUnsafeBufferPointer { folded in
      nonisolated(unsafe) let (x, y, w) = (x.baseAddress!, y.baseAddress!, folded.baseAddress!)
      // safe: chunks are disjoint
      Parallel.forEach((vectors + chunk - 1) / chunk) { k in
        let start = k * chunk
        BLAS.gemm(
          x + start * inputs, leading: inputs, w, leading: outputs, into: y + start * outputs,
          leading: outputs, m: min(chunk, vectors - start), n: outputs, k: inputs, beta: 1)
      }
    }
  }

  private func read(
    block b: Int, _ x: UnsafeBufferPointer<Float>, vectors: Int,
    into y: UnsafeMutableBufferPointer<Float>, key: StreamKey, first: Int,
    inside: UnsafeMutablePointer<Float>?
  ) -> Int {
    let place = mapped.blocks[b].place
    let (rows, columns) = (place.rows.count, place.columns.count)
    let inputs = mapped.inputCount
    nonisolated(unsafe) let (x, y, inside) = (x, y, inside)  // safe: pieces are disjoint
    let bounded = mapped.design.boundManagement != .none && mapped.design.output != nil
    // Pieces by the size of the problem alone, so that bits do not depend on threads. Few vectors are
    // cut over columns, and each piece converts the inputs again.
    let few = vectors < 12
    // A piece of a small block has vectors enough to last.
    let least = (600_000 / (rows * columns) + 5) / 6 * 6
    let tall = few ? vectors : min(96, max(least, (vectors + 35) / 36 * 6))
    let wide = few && columns > 256 && !bounded ? 256 : columns
    let (down, across) = ((vectors + tall - 1) / tall, (columns + wide - 1) / wide)
    let counts = ClipCounts(down * across)
    Parallel.forEach(down * across) { piece in
      let v = piece / across * tall..<min(vectors, (piece / across + 1) * tall)
      let c = piece % across * wide..<min(columns, (piece % across + 1) * wide)
      withScratch(v.count * rows) { volts in
        withScratch(v.count) { scales in
          drive.convert(
            UnsafeBufferPointer(rebasing: x[v.lowerBound * inputs..<v.upperBound * inputs]),
            vectors: v.count, block: b, into: volts, scales: scales)
          let reader = PieceReader(
            matrix: self, block: b, vectors: v, columns: c, volts: volts, scales: scales,
            key: key, first: first,
            inside: inside.map { $0 + v.lowerBound * columns + c.lowerBound })
          let target =
            y.baseAddress! + v.lowerBound * mapped.outputCount + place.columns.lowerBound
            + c.lowerBound
          counts[piece] =
            bounded
            ? reader.readBounded(x.baseAddress! + v.lowerBound * inputs, into: target)
            : reader.read(into: target, stride: mapped.outputCount)
        }
      }
    }
    return counts.total
  }
}

/// One count a piece of work; pieces write to their own places only.
private final class ClipCounts: @unchecked Sendable {  // Sendable: a place has one writer
  private let counts: UnsafeMutablePointer<Int>
  private let size: Int
  init(_ size: Int) {
    self.size = size
    counts = .allocate(capacity: size)
    counts.initialize(repeating: 0, count: size)
  }
  deinit { counts.deallocate() }
  subscript(piece: Int) -> Int {
    get { counts[piece] }
    set { counts[piece] = newValue }
  }
  var total: Int { (0..<size).reduce(0) { $0 + counts[$1] } }
}

/// Memory for `count` floats while `body` runs, not initialized.
func withScratch<R>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> R) -> R {
  withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, count)) {
    body($0.baseAddress!)
  }
}
