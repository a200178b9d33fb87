/// The largest or the mean value under a window that slides over each channel.
struct Pooling: LayerOperation {
  enum Kind: Sendable {
    case maximum
    /// Places of the padding count as zeros, or not at all.
    case average(countsPadding: Bool)
  }

  let kind: Kind
  let channels: Int
  let image: [Int]
  let window: Window
  let positions: [Int]
  let outputShape: [Int]
  let storage = LayerStorage.own

  var name: String {
    if case .maximum = kind { "max-pool" } else { "average-pool" }
  }

  /// - Parameter image: the length of the image's axes, one or two; the input is channels × image.
  init(kind: Kind, channels: Int, image: [Int], window: Window, positions: [Int]) {
    self.kind = kind
    self.channels = channels
    outputShape = [channels] + positions
    let isLine = image.count == 1
    self.image = isLine ? [1] + image : image
    self.positions = isLine ? [1] + positions : positions
    self.window = window.onTwoAxes
  }

  func apply(
    _ inputs: [UnsafePointer<Float>], into output: UnsafeMutablePointer<Float>,
    _ context: LayerContext
  ) {
    let (height, width) = (image[0], image[1])
    let rows = (0..<positions[0]).map { places($0, axis: 0) }
    let columns = (0..<positions[1]).map { places($0, axis: 1) }
    let (stepY, stepX) = (window.dilations[0], window.dilations[1])
    var next = output
    for plane in 0..<context.samples * channels {
      let source = inputs[0] + plane * height * width
      for row in rows {
        for column in columns {
          var result: Float
          switch kind {
          case .maximum:
            result = -.infinity
            var y = row.first
            while y < row.end {
              var x = column.first
              while x < column.end {
                let value = source[y * width + x]
                if value > result || value.isNaN { result = value }
                x += stepX
              }
              y += stepY
            }
          case .average(let countsPadding):
            result = 0
            var count = 0
            var y = row.first
            while y < row.end {
              var x = column.first
              while x < column.end {
                result += source[y * width + x]
                count += 1
                x += stepX
              }
              y += stepY
            }
            if countsPadding { count = row.padded * column.padded }
            result /= Float(max(1, count))
          }
          next.pointee = result
          next += 1
        }
      }
    }
  }

  /// The places of the image under the window at a position of one axis, and how many places of the
  /// padded image are under it.
  private func places(_ position: Int, axis: Int) -> (first: Int, end: Int, padded: Int) {
    let dilation = window.dilations[axis]
    let start = position * window.strides[axis] - window.padsBefore[axis]
    let last = start + (window.kernel[axis] - 1) * dilation
    var first = start
    if first < 0 { first += (-first + dilation - 1) / dilation * dilation }
    let end = min(image[axis], last + 1)
    let paddedLast = min(last, image[axis] + window.padsAfter[axis] - 1)
    return (first, end, paddedLast < start ? 0 : (paddedLast - start) / dilation + 1)
  }
}
