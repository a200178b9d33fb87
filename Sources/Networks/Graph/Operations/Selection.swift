/// Chosen places of one axis, in a given order: slicing, gathering, repeating and padding.
struct Selection: LayerOperation {
  /// The places taken; -1 stands for `filler`.
  let places: [Int]
  let filler: Float
  let outputShape: [Int]
  let storage = LayerStorage.own
  private let blocks: AxisBlocks

  /// - Precondition: the places lie on axis `axis` of `shape`, or are -1.
  init(axis: Int, places: [Int], filler: Float = 0, shape: [Int]) {
    precondition(
      places.allSatisfy { $0 >= -1 && $0 < shape[axis] }, "a selection lies on its axis")
    self.places = places
    self.filler = filler
    blocks = AxisBlocks(axis: axis, of: shape)
    outputShape = shape.replacing(axis: axis, by: places.count)
  }

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    let inner = blocks.inner
    places.withUnsafeBufferPointer { places in
      var y = output
      for o in 0..<context.samples * blocks.outer {
        let x = inputs[0] + o * blocks.length * inner
        if inner == 1 {
          for k in 0..<places.count { y[k] = places[k] < 0 ? filler : x[places[k]] }
          y += places.count
        } else {
          for place in places {
            if place < 0 {
              y.update(repeating: filler, count: inner)
            } else {
              y.update(from: x + place * inner, count: inner)
            }
            y += inner
          }
        }
      }
    }
  }

  let adjointReads: AdjointReads = []

  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    let (places, inner) = (places, blocks.inner)
    blocks.passBack(from: places.count, values, context) { gradient, to in
      for (k, place) in places.enumerated() where place >= 0 {
        let from = gradient + k * inner
        for i in 0..<inner { to[place * inner + i] += from[i] }
      }
    }
  }
}
