/// Linear interpolation along one axis, at fixed places: y[k] = (1 − f)·x[l] + f·x[l + 1] for the place l + f.
struct Interpolation: LayerOperation {
  let outputShape: [Int]
  let storage = LayerStorage.own
  /// The place below every wanted one, the place above it, and how far the wanted one is from the first.
  private let points: [(lower: Int, upper: Int, fraction: Float)]
  private let blocks: AxisBlocks

  /// - Parameter places: where the axis is read; places beyond its ends take the value of the end.
  /// - Precondition: the axis has a place, and the places are finite.
  init(axis: Int, places: [Float], shape: [Int]) {
    precondition(shape[axis] > 0, "an empty axis has no values between its places")
    let last = shape[axis] - 1
    points = places.map { place in
      let inside = min(max(place, 0), Float(last))
      let lower = min(Int(inside), last)
      return (lower, min(lower + 1, last), inside - Float(lower))
    }
    blocks = AxisBlocks(axis: axis, of: shape)
    outputShape = shape.replacing(axis: axis, by: places.count)
  }

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    let inner = blocks.inner
    var y = output
    for o in 0..<context.samples * blocks.outer {
      let x = inputs[0] + o * blocks.length * inner
      for point in points {
        let (a, b, f) = (x + point.lower * inner, x + point.upper * inner, point.fraction)
        for i in 0..<inner { y[i] = (1 - f) * a[i] + f * b[i] }
        y += inner
      }
    }
  }

  let adjointReads: AdjointReads = []

  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    let (points, inner) = (points, blocks.inner)
    blocks.passBack(from: points.count, values, context) { gradient, to in
      for (k, point) in points.enumerated() {
        let from = gradient + k * inner
        for i in 0..<inner {
          to[point.lower * inner + i] += (1 - point.fraction) * from[i]
          to[point.upper * inner + i] += point.fraction * from[i]
        }
      }
    }
  }
}
