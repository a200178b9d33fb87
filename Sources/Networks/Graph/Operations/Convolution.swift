import LinearAlgebra

/// A convolution over one or two axes, unrolled by im2col: every position of the kernel becomes one
/// input vector of the weight matrix.
package struct Convolution: LayerOperation {
  var site: Int
  let channels: Int
  let outputChannels: Int
  let image: [Int]
  let window: Window
  let positions: [Int]
  package let outputShape: [Int]
  package let storage = LayerStorage.own

  /// How many floats of unrolled input are made at a time.
  private static let unrolledLimit = 1 << 20

  /// - Parameters:
  ///   - image: the length of the image's axes, one or two; the input is channels × image.
  ///   - positions: how many positions the window has on the image.
  package init(
    site: Int, channels: Int, outputChannels: Int, image: [Int], window: Window, positions: [Int]
  ) {
    self.site = site
    self.channels = channels
    self.outputChannels = outputChannels
    outputShape = [outputChannels] + positions
    let isLine = image.count == 1
    self.image = isLine ? [1] + image : image
    self.positions = isLine ? [1] + positions : positions
    self.window = window.onTwoAxes
  }

  package func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    let positionCount = positions[0] * positions[1]
    let rows = channels * window.kernel[0] * window.kernel[1]
    let perSample = max(1, positionCount * rows)
    let together = max(1, min(context.samples, Self.unrolledLimit / perSample))
    let unrolled = UnsafeMutablePointer<Float>.allocate(capacity: perSample * together)
    let products = UnsafeMutablePointer<Float>.allocate(
      capacity: max(1, positionCount * outputChannels * together))
    defer {
      unrolled.deallocate()
      products.deallocate()
    }
    var start = 0
    while start < context.samples {
      let count = min(together, context.samples - start)
      for s in 0..<count {
        unroll(
          inputs[0] + (start + s) * channels * image[0] * image[1], into: unrolled + s * perSample)
      }
      context.engine.multiply(
        site: site, UnsafeBufferPointer(start: unrolled, count: count * positionCount * rows),
        vectors: count * positionCount,
        into: UnsafeMutableBufferPointer(
          start: products, count: count * positionCount * outputChannels),
        call: (context.firstSample + start) * positionCount)
      for s in 0..<count {
        let block = positionCount * outputChannels
        transpose(
          products + s * block, rows: positionCount, columns: outputChannels,
          into: output + (start + s) * block)
      }
      start += count
    }
  }

  /// Whether every position reads one pixel and every pixel is read once.
  var isPointwise: Bool {
    window.kernel == [1, 1] && window.strides == [1, 1] && window.padsBefore == [0, 0]
      && window.padsAfter == [0, 0]
  }

  /// Writes one row of channels × kernel numbers a position.
  package func unroll(_ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
    let (height, width) = (image[0], image[1])
    if isPointwise {
      return transpose(source, rows: channels, columns: height * width, into: target)
    }
    let (kernelHeight, kernelWidth) = (window.kernel[0], window.kernel[1])
    let dilationX = window.dilations[1]
    var next = target
    for py in 0..<positions[0] {
      let top = py * window.strides[0] - window.padsBefore[0]
      for px in 0..<positions[1] {
        let left = px * window.strides[1] - window.padsBefore[1]
        let isInside = left >= 0 && left + (kernelWidth - 1) * dilationX < width
        for channel in 0..<channels {
          let plane = source + channel * height * width
          for ky in 0..<kernelHeight {
            let y = top + ky * window.dilations[0]
            if y < 0 || y >= height {
              for kx in 0..<kernelWidth { next[kx] = 0 }
            } else if isInside {
              let line = plane + (y * width + left)
              if dilationX == 1, kernelWidth == 3 {
                // The usual case without a loop.
                next[0] = line[0]
                next[1] = line[1]
                next[2] = line[2]
              } else if dilationX == 1 {
                for kx in 0..<kernelWidth { next[kx] = line[kx] }
              } else {
                for kx in 0..<kernelWidth { next[kx] = line[kx * dilationX] }
              }
            } else {
              let line = plane + y * width
              for kx in 0..<kernelWidth {
                let x = left + kx * dilationX
                next[kx] = x >= 0 && x < width ? line[x] : 0
              }
            }
            next += kernelWidth
          }
        }
      }
    }
  }
}

/// Writes `source` (rows × columns) transposed into `target`, block by block to spare the cache.
package func transpose(
  _ source: UnsafePointer<Float>, rows: Int, columns: Int,
  into target: UnsafeMutablePointer<Float>
) {
  let block = 16
  for rowStart in stride(from: 0, to: rows, by: block) {
    let rowEnd = min(rows, rowStart + block)
    for columnStart in stride(from: 0, to: columns, by: block) {
      for j in columnStart..<min(columns, columnStart + block) {
        for i in rowStart..<rowEnd { target[j * rows + i] = source[i * columns + j] }
      }
    }
  }
}
