extension Pooling {
  var adjointReads: AdjointReads { [] }

  private var inputSize: Int { channels * image[0] * image[1] }
  private var outputSize: Int { channels * rows.count * columns.count }

  /// Keeps the place of each largest number.
  func forward(
    _ inputs: LayerInputs, into output: LayerOutput, _ context: TrainingContext,
    _ tape: OperationTape
  ) {
    let (size, count) = (inputSize, outputSize)
    nonisolated(unsafe) let (x, y) = (inputs[0], output)  // safe: samples are disjoint
    nonisolated(unsafe) let places = tape.scratch.integers(0, context.samples * count)
    context.forEachBlock(size: size) { samples in
      let (from, to) = (samples.lowerBound * size, samples.lowerBound * count)
      pool(x + from, into: y + to, planes: samples.count * channels, places: places + to)
    }
  }

  /// The gradient goes to the largest number under a window, or in equal parts to all.
  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    guard let target = values.inputGradients[0] else { return }
    let (size, count) = (inputSize, outputSize)
    // Safe: samples are disjoint.
    nonisolated(unsafe) let (dy, dx) = (values.outputGradient, target)
    let (plane, positions) = (image[0] * image[1], rows.count * columns.count)
    nonisolated(unsafe) let places = tape.scratch.integers(0, context.samples * count)
    context.forEachBlock(size: size) { samples in
      for p in samples.lowerBound * channels..<samples.upperBound * channels {
        let (to, from) = (dx + p * plane, dy + p * positions)
        to.update(repeating: 0, count: plane)
        switch kind {
        case .maximum:
          let places = places + p * positions
          for k in 0..<positions where places[k] >= 0 { to[Int(places[k])] += from[k] }
        case .average: spread(from, over: to)
        }
      }
    }
  }

  private func spread(_ dy: UnsafePointer<Float>, over dx: UnsafeMutablePointer<Float>) {
    let width = image[1]
    let (stepY, stepX) = (window.dilations[0], window.dilations[1])
    var next = dy
    for row in rows {
      for column in columns {
        let share = next.pointee / divisor(row, column)
        next += 1
        var y = row.first
        while y < row.end {
          var x = column.first
          while x < column.end {
            dx[y * width + x] += share
            x += stepX
          }
          y += stepY
        }
      }
    }
  }
}
