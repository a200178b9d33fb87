internal import CKernels
import Circuits
import LinearAlgebra
import Randomness

extension ProgrammedMatrix {
  /// `y = x·W + b` of this chip for several vectors.
  ///
  /// The noise of vector v depends on `key` and on `first` + v alone: reads may be cut and ordered in
  /// any way, and done on any thread.
  /// - Parameters:
  ///   - x: vectors × inputs.
  ///   - y: becomes vectors × outputs.
  ///   - key: the stream of the reads.
  ///   - first: the number of the first vector.
  /// - Returns: how many conversions were clipped.
  /// - Complexity: one matrix product a slice (and, for bit-serial inputs, a bit); a second one where
  ///   the read noise depends on the conductance.
  @discardableResult
  public func multiply(
    _ x: UnsafeBufferPointer<Float>, vectors: Int, into y: UnsafeMutableBufferPointer<Float>,
    key: StreamKey, first: Int = 0
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
    for b in blocks.indices {
      clipped += read(block: b, x, vectors: vectors, into: y, key: key.child(b), first: first)
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
    into y: UnsafeMutableBufferPointer<Float>, key: StreamKey, first: Int
  ) -> Int {
    let place = mapped.blocks[b].place
    let (rows, columns) = (place.rows.count, place.columns.count)
    return withScratch(vectors * rows) { volts in
      withScratch(vectors) { scales in
        nonisolated(unsafe) let (volts, scales, x, y) = (volts, scales, x, y)
        // safe: pieces are disjoint
        let chunk = 64
        let inputs = mapped.inputCount
        Parallel.forEach((vectors + chunk - 1) / chunk) { k in
          let part = k * chunk..<min(vectors, (k + 1) * chunk)
          drive.convert(
            UnsafeBufferPointer(rebasing: x[part.lowerBound * inputs..<part.upperBound * inputs]),
            vectors: part.count, block: b, into: volts + part.lowerBound * rows,
            scales: scales + part.lowerBound)
        }
        // Pieces by the size of the problem alone, so that bits do not depend on threads.
        let tall = vectors > 128 ? 128 : vectors
        let wide = columns > 256 && vectors <= 128 ? 256 : columns
        let (down, across) = ((vectors + tall - 1) / tall, (columns + wide - 1) / wide)
        let counts = ClipCounts(down * across)
        Parallel.forEach(down * across) { piece in
          let v = piece / across * tall..<min(vectors, (piece / across + 1) * tall)
          let c = piece % across * wide..<min(columns, (piece % across + 1) * wide)
          let reader = PieceReader(
            matrix: self, block: b, vectors: v, columns: c, volts: volts + v.lowerBound * rows,
            scales: scales + v.lowerBound, key: key, first: first)
          counts[piece] = reader.read(
            into: y.baseAddress! + v.lowerBound * mapped.outputCount + place.columns.lowerBound
              + c.lowerBound)
        }
        return counts.total
      }
    }
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

/// Memory for `count` floats while `body` runs, not initialised.
func withScratch<R>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> R) -> R {
  withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, count)) {
    body($0.baseAddress!)
  }
}

/// Reads some columns of one block for some vectors, on one thread.
private struct PieceReader {
  let matrix: ProgrammedMatrix
  let block: Int
  let vectors: Range<Int>
  let columns: Range<Int>
  let volts: UnsafeMutablePointer<Float>
  let scales: UnsafeMutablePointer<Float>
  let key: StreamKey
  let first: Int

  private var rows: Int { matrix.mapped.blocks[block].place.rows.count }
  private var width: Int { matrix.mapped.blocks[block].place.columns.count }

  func read(into y: UnsafeMutablePointer<Float>) -> Int {
    let design = matrix.mapped.design
    let count = vectors.count
    var clipped = 0
    withScratch(count * columns.count) { currents in
      for s in matrix.blocks[block].slices.indices {
        let key = key.child(s)
        if let input = design.input, input.coding == .bitSerial, let levels = input.levels {
          clipped += readBits(slice: s, levels: levels, bits: input.bits! - 1, currents, y, key)
        } else {
          clipped += convert(
            slice: s, volts, currents, into: y, key: key, weight: 1)
        }
      }
    }
    return clipped
  }

  /// The bits of the magnitudes one by one, the sign as the voltage's.
  private func readBits(
    slice: Int, levels: Int, bits: Int, _ currents: UnsafeMutablePointer<Float>,
    _ y: UnsafeMutablePointer<Float>, _ key: StreamKey
  ) -> Int {
    let full = matrix.drive.volts
    let count = vectors.count * rows
    var clipped = 0
    withScratch(count) { plane in
      for bit in 0..<bits {
        for i in 0..<count {
          let code = (volts[i] / full * Float(levels)).rounded()
          let on = (Int(abs(code)) >> bit) & 1
          plane[i] = on == 0 ? 0 : (code < 0 ? -full : full)
        }
        clipped += convert(
          slice: slice, plane, currents, into: y, key: key.child(bit),
          weight: Float(1 << bit) / Float(levels))
      }
    }
    return clipped
  }

  private func convert(
    slice s: Int, _ volts: UnsafeMutablePointer<Float>, _ currents: UnsafeMutablePointer<Float>,
    into y: UnsafeMutablePointer<Float>, key: StreamKey, weight: Float
  ) -> Int {
    let slice = matrix.blocks[block].slices[s]
    let target = matrix.mapped.blocks[block].slices[s]
    let (count, n) = (vectors.count, columns.count)
    let outputs = matrix.mapped.outputCount
    slice.differences.withUnsafeBufferPointer { d in
      let start = d.baseAddress! + columns.lowerBound
      if count == 1 {
        BLAS.gemv(start, .transposed, m: rows, n: n, leading: width, volts, into: currents)
      } else {
        BLAS.gemm(
          volts, leading: rows, start, leading: width, into: currents, leading: n, m: count, n: n,
          k: rows)
      }
    }
    let out = Float(matrix.mapped.design.outputNoise.value)
    let noisy = out > 0 || slice.uniformVariance > 0 || !slice.variances.isEmpty
    var clipped = 0
    withScratch(noisy ? n : 1) { noise in
      withScratch(slice.variances.isEmpty ? 1 : count * n) { variances in
        if !slice.variances.isEmpty { readVariances(slice, volts, into: variances) }
        for v in 0..<count {
          var base = out * out
          if slice.uniformVariance > 0 {
            base += slice.uniformVariance * ow_squares(volts + v * rows, nil, rows)
          }
          if noisy {
            Noise.fillNormal(
              UnsafeMutableBufferPointer(start: noise, count: n), key,
              from: (first + vectors.lowerBound + v) * width + columns.lowerBound)
          }
          var pedestal: Float = 0
          if target.pedestal != 0 {
            var sum: Float = 0
            for i in 0..<rows { sum += volts[v * rows + i] }
            pedestal = sum * target.pedestal
          }
          clipped += finish(
            s, currents + v * n, noisy ? noise : nil,
            slice.variances.isEmpty ? nil : variances + v * n, base: base,
            factor: target.factor * scales[v] * weight, pedestal: pedestal, y + v * outputs)
        }
      }
    }
    return clipped
  }

  private func readVariances(
    _ slice: ProgrammedSlice, _ volts: UnsafeMutablePointer<Float>,
    into variances: UnsafeMutablePointer<Float>
  ) {
    let (count, n) = (vectors.count, columns.count)
    withScratch(count * rows) { squares in
      _ = ow_squares(volts, squares, count * rows)
      slice.variances.withUnsafeBufferPointer { d in
        BLAS.gemm(
          squares, leading: rows, d.baseAddress! + columns.lowerBound, leading: width,
          into: variances, leading: n, m: count, n: n, k: rows)
      }
    }
  }

  private func finish(
    _ s: Int, _ current: UnsafeMutablePointer<Float>, _ noise: UnsafeMutablePointer<Float>?,
    _ variances: UnsafeMutablePointer<Float>?, base: Float, factor: Float, pedestal: Float,
    _ y: UnsafeMutablePointer<Float>
  ) -> Int {
    let mapped = matrix.mapped.blocks[block]
    let programmed = matrix.blocks[block]
    let c = columns.lowerBound
    let codes = matrix.mapped.design.output?.codes(signed: true)
    return withOptional(programmed.gains, from: c) { gains in
      withOptional(programmed.offsets, from: c) { offsets in
        withOptional(mapped.lsb.isEmpty ? [] : mapped.lsb[s], from: c) { lsb in
          withOptional(matrix.scales[block], from: c) { scale in
            Int(
              ow_convert_output(
                current, noise, variances, base, gains, offsets, lsb,
                Float(codes?.lowerBound ?? 0), Float(codes?.upperBound ?? 0), scale!, factor,
                pedestal, y, columns.count))
          }
        }
      }
    }
  }
}

/// A pointer to element `start` of an array, or none where the array is empty.
private func withOptional<R>(
  _ array: [Float], from start: Int, _ body: (UnsafePointer<Float>?) -> R
) -> R {
  if array.isEmpty { return body(nil) }
  return array.withUnsafeBufferPointer { body($0.baseAddress! + start) }
}
