import Foundation

/// The currents of cells whose current is a hyperbolic sine of the voltage, over the conductance: each vector along
/// the last axis is scaled by its largest |x| and becomes sinh(c·x)/sinh(c), or x where the curvature c is 0.
///
/// The scale counts as a constant in the adjoint.
struct CellDrive: LayerOperation {
  /// The largest drive over the voltage scale of the sinh.
  let curvature: Float
  let outputShape: [Int]
  let storage = LayerStorage.own

  private var length: Int { outputShape.last ?? 1 }

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    let total = context.samples * outputShape.reduce(1, *)
    let top = curvature > 0 ? 1 / sinhf(curvature) : 1
    for start in stride(from: 0, to: total, by: length) {
      let (x, y) = (inputs[0] + start, output + start)
      let scale = Self.scale(x, length)
      if curvature > 0 {
        for i in 0..<length { y[i] = x[i] == 0 ? 0 : sinhf(curvature * x[i] * scale) * top }
      } else {
        for i in 0..<length { y[i] = x[i] * scale }
      }
    }
  }

  let adjointReads = AdjointReads.inputs

  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    guard let target = values.inputGradients[0] else { return }
    // Safe: samples are disjoint.
    nonisolated(unsafe) let (dy, dx) = (values.outputGradient, target)
    nonisolated(unsafe) let x = values.inputs[0]
    let (size, length, c) = (outputShape.reduce(1, *), length, curvature)
    let top = c > 0 ? c / sinhf(c) : 1
    context.forEachBlock(size: size) { samples in
      for start in stride(
        from: samples.lowerBound * size, to: samples.upperBound * size, by: length)
      {
        let (x, dy, dx) = (x + start, dy + start, dx + start)
        let scale = Self.scale(x, length)
        for i in 0..<length {
          dx[i] = dy[i] * (scale * (c > 0 ? top * coshf(c * x[i] * scale) : 1))
        }
      }
    }
  }

  /// 1 over the largest |x|; 0 where all are 0.
  private static func scale(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
    var peak: Float = 0
    for i in 0..<count { peak = max(peak, abs(x[i])) }
    return peak > 0 ? 1 / peak : 0
  }
}
