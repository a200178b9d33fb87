import Circuits
import Randomness

extension PieceReader {
  /// Reads as `read` does, then again whatever clipped, with the inputs halved each time.
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
          clips[v] = repeatRead(v, x + v * matrix.mapped.inputCount, outputs + v * n)
        }
        let target = y + v * matrix.mapped.outputCount
        for j in 0..<n { target[j] += outputs[v * n + j] }
      }
      return clips.reduce(0, +)
    }
  }

  /// Reads vector `v` of the piece until nothing clips; returns how many conversions still do.
  private func repeatRead(
    _ v: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>
  ) -> Int {
    let design = matrix.mapped.design
    guard case .iterative(let maximum) = design.boundManagement, design.input != nil else {
      return 0
    }
    let levels = design.input?.unitCodes.map { $0.highest - max(0, $0.lowest) } ?? Int.max
    let whole = scales[v]
    var factor = 1
    var clipped = 0
    repeat {
      factor *= 2
      matrix.drive.convert(
        UnsafeBufferPointer(start: x, count: matrix.mapped.inputCount), vectors: 1, block: block,
        range: whole * Float(factor), into: volts + v * rows, scales: scales + v)
      let one = PieceReader(
        matrix: matrix, block: block, vectors: vectors.lowerBound + v..<vectors.lowerBound + v + 1,
        columns: columns, volts: volts + v * rows, scales: scales + v,
        key: key.child("repeat").child(factor), first: first)
      y.update(repeating: 0, count: columns.count)
      clipped = one.read(into: y, stride: columns.count)
    } while clipped > 0 && factor * 2 <= maximum && levels / (factor * 2) >= 2
    return clipped
  }
}
