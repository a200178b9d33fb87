/// The same numbers in another shape.
struct Reshape: LayerOperation {
  let outputShape: [Int]
  let name = "reshape"
  let storage = LayerStorage.sameAsInput

  func apply(
    _ inputs: [UnsafePointer<Float>], into output: UnsafeMutablePointer<Float>,
    _ context: LayerContext
  ) {
    guard inputs[0] != UnsafePointer(output) else { return }
    output.update(from: inputs[0], count: context.samples * outputShape.reduce(1, *))
  }

  let adjointReads: AdjointReads = []

  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    guard let target = values.inputGradients[0], target != values.outputGradient else { return }
    target.update(
      from: values.outputGradient, count: context.samples * outputShape.reduce(1, *))
  }
}

/// The axes of a sample in another order.
struct Transpose: LayerOperation {
  let outputShape: [Int]
  let name = "transpose"
  let storage = LayerStorage.own
  private let steps: [Int]

  /// Axis k of the result is axis `order[k]` of a sample of `shape`.
  init(order: [Int], shape: [Int]) {
    var stepOfAxis = Array(repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      stepOfAxis[axis] = stepOfAxis[axis + 1] * shape[axis + 1]
    }
    outputShape = order.map { shape[$0] }
    steps = order.map { stepOfAxis[$0] }
  }

  func apply(
    _ inputs: [UnsafePointer<Float>], into output: UnsafeMutablePointer<Float>,
    _ context: LayerContext
  ) {
    let size = outputShape.reduce(1, *)
    guard size > 0, let length = outputShape.last, let step = steps.last else {
      output.update(from: inputs[0], count: context.samples * size)
      return
    }
    let outer = Array(outputShape.dropLast())
    var place = Array(repeating: 0, count: outer.count)
    for s in 0..<context.samples {
      var x = inputs[0] + s * size
      var y = output + s * size
      for _ in 0..<size / length {
        for i in 0..<length { y[i] = x[i * step] }
        y += length
        var axis = outer.count - 1
        while axis >= 0 {
          place[axis] += 1
          x += steps[axis]
          if place[axis] < outer[axis] { break }
          x -= steps[axis] * outer[axis]
          place[axis] = 0
          axis -= 1
        }
      }
    }
  }
}

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
}

/// Several values one behind the other along one axis.
struct Concatenation: LayerOperation {
  let outputShape: [Int]
  let name = "concatenate"
  let storage = LayerStorage.own
  private let lengths: [Int]
  private let outer: Int

  /// - Precondition: the shapes agree on every axis but `axis`.
  init(axis: Int, shapes: [[Int]]) {
    var result = shapes[0]
    result[axis] = shapes.reduce(0) { $0 + $1[axis] }
    outputShape = result
    outer = result[..<axis].reduce(1, *)
    lengths = shapes.map { $0[axis...].reduce(1, *) }
  }

  func apply(
    _ inputs: [UnsafePointer<Float>], into output: UnsafeMutablePointer<Float>,
    _ context: LayerContext
  ) {
    var y = output
    for o in 0..<context.samples * outer {
      for (input, length) in zip(inputs, lengths) {
        y.update(from: input + o * length, count: length)
        y += length
      }
    }
  }
}

/// Numbers that are the same for every sample.
struct ConstantValue: LayerOperation {
  let elements: [Float]
  let outputShape: [Int]
  let name = "constant"
  let storage = LayerStorage.own

  func apply(
    _ inputs: [UnsafePointer<Float>], into output: UnsafeMutablePointer<Float>,
    _ context: LayerContext
  ) {
    elements.withUnsafeBufferPointer { elements in
      guard let source = elements.baseAddress else { return }
      for s in 0..<context.samples {
        (output + s * elements.count).update(from: source, count: elements.count)
      }
    }
  }
}
