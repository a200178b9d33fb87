import Circuits
import Randomness

extension PieceReader {
  /// Reads as `read` does, then again whatever clipped, with smaller inputs.
  ///
  /// - Parameters:
  ///   - x: the inputs of the piece's vectors, vectors × inputs of the matrix.
  ///   - y: the outputs are added to it, in rows of the matrix's outputs.
  /// - Returns: how many conversions were still clipped at the end.
  func readBounded(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>) -> Int {
    let n = columns.count
    var clips = [Int](repeating: 0, count: vectors.count)
    return withScratch(vectors.count * n) { outputs in
      outputs.initialize(repeating: 0, count: vectors.count * n)
      read(into: outputs, stride: n, clips: &clips)
      for v in clips.indices {
        if clips[v] > 0 {
          clips[v] = repeatRead(v, x + v * matrix.mapped.inputCount, outputs + v * n, clips[v])
        }
        let target = y + v * matrix.mapped.outputCount
        for j in 0..<n { target[j] += outputs[v * n + j] }
      }
      return clips.reduce(0, +)
    }
  }

  /// Reads vector `v` of the piece again, of which `clipped` conversions clipped; returns how many still do.
  private func repeatRead(
    _ v: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ clipped: Int
  ) -> Int {
    let design = matrix.mapped.design
    guard let input = design.input else { return clipped }
    let levels = input.unitCodes.map { $0.highest - max(0, $0.lowest) } ?? Int.max
    let whole = scales[v]
    switch design.boundManagement {
    case .none: return clipped
    case .iterative(let maximum):
      var (factor, clipped) = (1, clipped)
      repeat {
        factor *= 2
        clipped = again(v, x, y, range: whole * Float(factor), key.child("repeat").child(factor))
      } while clipped > 0 && factor * 2 <= maximum && levels / (factor * 2) >= 2
      return clipped
    case .worstCase(let largestWeight):
      let factor = min(worstCurrent(v, largestWeight) / smallestRange, Float(levels) / 2)
      guard factor > 1 else { return clipped }
      return again(v, x, y, range: whole * factor, key.child("repeat").child(2))
    }
  }

  /// One more read of vector `v` with a full voltage that stands for `range`.
  private func again(
    _ v: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, range: Float,
    _ key: StreamKey
  ) -> Int {
    let inside = inside.map { $0 + v * matrix.mapped.blocks[block].place.columns.count }
    matrix.drive.convert(
      UnsafeBufferPointer(start: x, count: matrix.mapped.inputCount), vectors: 1, block: block,
      range: range, into: volts + v * rows, scales: scales + v)
    let one = PieceReader(
      matrix: matrix, block: block, vectors: vectors.lowerBound + v..<vectors.lowerBound + v + 1,
      columns: columns, volts: volts + v * rows, scales: scales + v, key: key, first: first,
      inside: inside)
    inside?.update(repeating: 0, count: columns.count)
    y.update(repeating: 0, count: columns.count)
    return one.read(into: y, stride: columns.count)
  }

  /// The current of a column of weights of `share` of the largest, with the sign of the larger sum of inputs and 0 for
  /// the others.
  private func worstCurrent(_ v: Int, _ share: Float) -> Float {
    var (positive, negative): (Float, Float) = (0, 0)
    for i in 0..<rows {
      let volt = volts[v * rows + i]
      if volt > 0 { positive += volt } else { negative -= volt }
    }
    let window = matrix.mapped.design.device.window
    return max(positive, negative) * share * Float(window.maximum.value - window.minimum.value)
  }

  /// The smallest range of the piece's converters, where the vector's own scale does not count.
  private var smallestRange: Float {
    matrix.blocks[block].converters.reduce(.infinity) { smallest, converters in
      columns.reduce(smallest) {
        converters.ranges.isEmpty ? $0 : min($0, converters.ranges[$1])
      }
    }
  }
}
