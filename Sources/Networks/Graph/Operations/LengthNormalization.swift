/// Scales vectors, the last axis of a value, so that the mean of their squares is one: x / √(mean x²).
///
/// It removes the goodness of a forward-forward layer from what the next layer sees and keeps the
/// orientation (Hinton, arXiv 2212.13345, section 2.1). A vector of zeros stays zero.
package struct LengthNormalization: LayerOperation {
  package let outputShape: [Int]
  package let storage = LayerStorage.overInput

  init(shape: [Int]) { outputShape = shape }

  package func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    let size = outputShape.reduce(1, *)
    let length = outputShape.last ?? 1
    guard size > 0 else { return }
    if inputs[0] != UnsafePointer(output) {
      output.update(from: inputs[0], count: context.samples * size)
    }
    Self.apply(output, rows: context.samples * size / length, count: length)
  }

  package let adjointReads = AdjointReads.inputs

  /// s·(dy − x·s²·mean(dy·x)) with s = 1/√(mean x²); 0 where the vector is 0.
  package func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    guard let target = values.inputGradients[0], let length = outputShape.last else { return }
    // Safe: samples are disjoint.
    nonisolated(unsafe) let (dy, dx) = (values.outputGradient, target)
    nonisolated(unsafe) let x = values.inputs[0]
    let size = outputShape.reduce(1, *)
    context.forEachBlock(size: size) { samples in
      for start in stride(
        from: samples.lowerBound * size, to: samples.upperBound * size, by: length)
      {
        let (x, dy, dx) = (x + start, dy + start, dx + start)
        let square = VectorSums.squares(x, length)
        guard square > 0 else {
          dx.update(repeating: 0, count: length)
          continue
        }
        let scale = 1 / (square / Float(length) + 1e-20).squareRoot()
        let slope = scale * scale * scale * VectorSums.products(dy, x, length) / Float(length)
        for i in 0..<length { dx[i] = scale * dy[i] - slope * x[i] }
      }
    }
  }

  /// Normalizes `rows` vectors of `count` numbers in place.
  package static func apply(_ x: UnsafeMutablePointer<Float>, rows: Int, count: Int) {
    for r in 0..<rows {
      let row = x + r * count
      let square = sumOfSquares(row, count)
      guard square > 0 else { continue }
      let scale = 1 / (square / Float(count) + 1e-20).squareRoot()
      for i in 0..<count { row[i] *= scale }
    }
  }

  /// Σ x².
  package static func sumOfSquares(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
    VectorSums.squares(x, count)
  }
}
