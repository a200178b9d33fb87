extension Arithmetic {
  var adjointReads: AdjointReads {
    switch kind {
    case .add, .subtract: []
    case .multiply, .divide: .inputs
    }
  }

  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    let size = outputShape.reduce(1, *)
    // Safe: samples are disjoint.
    nonisolated(unsafe) let (a, b) = (values.inputs[0], values.inputs[1])
    nonisolated(unsafe) let (dy, da) = (values.outputGradient, values.inputGradients[0])
    nonisolated(unsafe) let db = values.inputGradients[1]
    // The second first: the place of `da` may be that of `dy`.
    context.forEachBlock(size: size) { samples in
      if repeatsNothing {
        let (start, count) = (samples.lowerBound * size, samples.count * size)
        if let db { pass(dy, a, b, start, isFirst: false, into: db, count: count) }
        if let da { pass(dy, a, b, start, isFirst: true, into: da, count: count) }
      } else {
        if let db { gather(dy, a, b, samples, isFirst: false, into: db, size: sizes.b) }
        if let da { gather(dy, a, b, samples, isFirst: true, into: da, size: sizes.a) }
      }
    }
  }

  /// The gradient at one operand where both have the shape of the result.
  private func pass(
    _ dy: UnsafePointer<Float>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ start: Int,
    isFirst: Bool, into gradient: UnsafeMutablePointer<Float>, count: Int
  ) {
    let range = start..<start + count
    switch (kind, isFirst) {
    case (.add, _), (.subtract, true):
      if UnsafePointer(gradient) != dy { (gradient + start).update(from: dy + start, count: count) }
    case (.subtract, false): for i in range { gradient[i] = -dy[i] }
    case (.multiply, true): for i in range { gradient[i] = dy[i] * b[i] }
    case (.multiply, false): for i in range { gradient[i] = dy[i] * a[i] }
    case (.divide, true): for i in range { gradient[i] = dy[i] / b[i] }
    case (.divide, false): for i in range { gradient[i] = -dy[i] * a[i] / (b[i] * b[i]) }
    }
  }

  /// The gradient at one operand where axes are repeated: sums over the repetitions.
  private func gather(
    _ dy: UnsafePointer<Float>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    _ samples: Range<Int>, isFirst: Bool, into gradient: UnsafeMutablePointer<Float>, size: Int
  ) {
    let (stepA, stepB) = (steps.a.last ?? 0, steps.b.last ?? 0)
    let step = isFirst ? stepA : stepB
    let length = outputShape.last ?? 1
    let isRepeated = size != outputShape.reduce(1, *)
    if isRepeated {
      (gradient + samples.lowerBound * size).update(repeating: 0, count: samples.count * size)
    }
    forEachRun(samples: samples) { placeA, placeB, placeY in
      let (a, b, dy) = (a + placeA, b + placeB, dy + placeY)
      let target = gradient + (isFirst ? placeA : placeB)
      for i in 0..<length {
        let (x, y) = (a[i * stepA], b[i * stepB])
        let term =
          switch (kind, isFirst) {
          case (.add, _), (.subtract, true): dy[i]
          case (.subtract, false): -dy[i]
          case (.multiply, true): dy[i] * y
          case (.multiply, false): dy[i] * x
          case (.divide, true): dy[i] / y
          case (.divide, false): -dy[i] * x / (y * y)
          }
        if isRepeated { target[i * step] += term } else { target[i] = term }
      }
    }
  }
}
