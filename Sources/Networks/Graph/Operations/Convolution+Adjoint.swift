import LinearAlgebra

extension Convolution {
  package var adjointReads: AdjointReads { [] }

  private var positionCount: Int { positions[0] * positions[1] }
  /// Numbers of an unrolled position.
  private var rows: Int { channels * window.kernel[0] * window.kernel[1] }

  /// Unrolls the whole batch, which the adjoint reads again.
  package func forward(
    _ inputs: LayerInputs, into output: LayerOutput, _ context: TrainingContext,
    _ tape: OperationTape
  ) {
    let (samples, size) = (context.samples, channels * image[0] * image[1])
    let (places, rows) = (positionCount, rows)
    let block = places * outputChannels
    // Safe: samples are disjoint.
    nonisolated(unsafe) let unrolled = tape.scratch.floats(0, samples * places * rows)
    nonisolated(unsafe) let products = context.workspace.floats(0, samples * block)
    nonisolated(unsafe) let (x, y) = (inputs[0], output)
    context.forEachBlock(size: places * rows) { samples in
      for s in samples { unroll(x + s * size, into: unrolled + s * places * rows) }
    }
    context.engine.multiply(
      site: site, UnsafeBufferPointer(start: unrolled, count: samples * places * rows),
      vectors: samples * places,
      into: UnsafeMutableBufferPointer(start: products, count: samples * block), call: 0)
    context.forEachBlock(size: block) { samples in
      for s in samples {
        transpose(products + s * block, rows: places, columns: outputChannels, into: y + s * block)
      }
    }
  }

  package func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    let (samples, size) = (context.samples, channels * image[0] * image[1])
    let (places, rows) = (positionCount, rows)
    let block = places * outputChannels
    let unrolled = tape.scratch.floats(0, samples * places * rows)
    // Safe: samples are disjoint.
    nonisolated(unsafe) let errors = context.workspace.floats(0, samples * block)
    nonisolated(unsafe) let dy = values.outputGradient
    context.forEachBlock(size: block) { samples in
      for s in samples {
        transpose(dy + s * block, rows: outputChannels, columns: places, into: errors + s * block)
      }
    }
    let below: UnsafeMutablePointer<Float>? =
      values.inputGradients[0] == nil
      ? nil : context.workspace.floats(1, samples * places * rows)
    context.engine.adjoint(
      site: site, unrolled, errors, vectors: samples * places, into: below, skipping: 0, call: 0)
    guard let target = values.inputGradients[0], let below else { return }
    nonisolated(unsafe) let (dx, from) = (target, below)  // safe: samples are disjoint
    context.forEachBlock(size: places * rows) { samples in
      for s in samples {
        (dx + s * size).update(repeating: 0, count: size)
        addBack(from + s * places * rows, into: dx + s * size)
      }
    }
  }

  /// The transposed of `unroll`, added: every number of an unrolled image goes back to the pixel that it
  /// was taken from.
  package func addBack(_ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
    let (height, width) = (image[0], image[1])
    let (kernelHeight, kernelWidth) = (window.kernel[0], window.kernel[1])
    let (dilationY, dilationX) = (window.dilations[0], window.dilations[1])
    let isShort = kernelWidth == 3 && dilationX == 1
    var next = source
    for py in 0..<positions[0] {
      let top = py * window.strides[0] - window.padsBefore[0]
      for px in 0..<positions[1] {
        let left = px * window.strides[1] - window.padsBefore[1]
        let isInside = isShort && left >= 0 && left + 2 < width
        for channel in 0..<channels {
          let plane = target + channel * height * width
          for ky in 0..<kernelHeight {
            let y = top + ky * dilationY
            if y >= 0, y < height {
              let line = plane + y * width
              if isInside {
                // The usual case without a loop.
                line[left] += next[0]
                line[left + 1] += next[1]
                line[left + 2] += next[2]
              } else {
                for kx in 0..<kernelWidth {
                  let x = left + kx * dilationX
                  if x >= 0, x < width { line[x] += next[kx] }
                }
              }
            }
            next += kernelWidth
          }
        }
      }
    }
  }
}
