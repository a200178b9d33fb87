/// Chosen places of one axis, in a given order: slicing, gathering, repeating and padding.
struct Selection: LayerOperation {
  /// The places taken; -1 stands for `filler`.
  let places: [Int]
  let filler: Float
  let outputShape: [Int]
  let name = "select"
  let storage = LayerStorage.own
  private let length: Int
  private let inner: Int
  private let outer: Int

  /// - Precondition: the places lie on axis `axis` of `shape`, or are -1.
  init(axis: Int, places: [Int], filler: Float = 0, shape: [Int]) {
    precondition(
      places.allSatisfy { $0 >= -1 && $0 < shape[axis] }, "a selection lies on its axis")
    self.places = places
    self.filler = filler
    length = shape[axis]
    inner = shape[(axis + 1)...].reduce(1, *)
    outer = shape[..<axis].reduce(1, *)
    var result = shape
    result[axis] = places.count
    outputShape = result
  }

  func apply(
    _ inputs: [UnsafePointer<Float>], into output: UnsafeMutablePointer<Float>,
    _ context: LayerContext
  ) {
    places.withUnsafeBufferPointer { places in
      var y = output
      for o in 0..<context.samples * outer {
        let x = inputs[0] + o * length * inner
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
    guard let target = values.inputGradients[0] else { return }
    // Safe: samples are disjoint.
    nonisolated(unsafe) let (dy, dx) = (values.outputGradient, target)
    context.forEachBlock(size: outer * max(length, places.count) * inner) { samples in
      places.withUnsafeBufferPointer { places in
        for o in samples.lowerBound * outer..<samples.upperBound * outer {
          let to = dx + o * length * inner
          to.update(repeating: 0, count: length * inner)
          for (k, place) in places.enumerated() where place >= 0 {
            let from = dy + (o * places.count + k) * inner
            for i in 0..<inner { to[place * inner + i] += from[i] }
          }
        }
      }
    }
  }
}
