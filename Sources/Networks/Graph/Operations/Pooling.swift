/// The largest or the mean value under a window that slides over each channel.
struct Pooling: LayerOperation {
  enum Kind: Sendable {
    case maximum
    /// Places of the padding count as zeros, or not at all.
    case average(countsPadding: Bool)
  }

  /// What is under the window at one position, along one axis.
  struct Span: Sendable {
    /// The first place of the image, and the end of the places.
    let first, end: Int
    /// How many places of the padded image.
    let padded: Int
  }

  let kind: Kind
  let channels: Int
  let image: [Int]
  let window: Window
  let outputShape: [Int]
  let storage = LayerStorage.own
  let rows: [Span]
  let columns: [Span]

  /// - Parameter image: the length of the image's axes, one or two; the input is channels × image.
  init(kind: Kind, channels: Int, image: [Int], window: Window, positions: [Int]) {
    self.kind = kind
    self.channels = channels
    outputShape = [channels] + positions
    let isLine = image.count == 1
    let (box, onImage) = (window.onTwoAxes, isLine ? [1] + image : image)
    self.image = onImage
    self.window = box
    let counts = isLine ? [1] + positions : positions
    rows = (0..<counts[0]).map { Self.span($0, box, axis: 0, length: onImage[0]) }
    columns = (0..<counts[1]).map { Self.span($0, box, axis: 1, length: onImage[1]) }
  }

  private static func span(_ position: Int, _ window: Window, axis: Int, length: Int) -> Span {
    let dilation = window.dilations[axis]
    let start = position * window.strides[axis] - window.padsBefore[axis]
    let last = start + (window.kernel[axis] - 1) * dilation
    var first = start
    if first < 0 { first += (-first + dilation - 1) / dilation * dilation }
    let paddedLast = min(last, length + window.padsAfter[axis] - 1)
    return Span(
      first: first, end: min(length, last + 1),
      padded: paddedLast < start ? 0 : (paddedLast - start) / dilation + 1)
  }

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    pool(inputs[0], into: output, planes: context.samples * channels, places: nil)
  }

  /// Pools `planes` channels.
  ///
  /// - Parameter places: becomes the place of each largest number within its channel, -1 where the window
  ///   is on nothing but padding.
  func pool(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, planes: Int,
    places: UnsafeMutablePointer<Int32>?
  ) {
    switch kind {
    case .maximum: largest(x, into: y, planes: planes, places: places)
    case .average: mean(x, into: y, planes: planes)
    }
  }

  private func largest(
    _ x: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, planes: Int,
    places: UnsafeMutablePointer<Int32>?
  ) {
    let (height, width) = (image[0], image[1])
    let (stepY, stepX) = (window.dilations[0], window.dilations[1])
    var next = 0
    for plane in 0..<planes {
      let source = x + plane * height * width
      for row in rows {
        for column in columns {
          var result = -Float.infinity
          var best = -1
          var y = row.first
          while y < row.end {
            var x = column.first
            while x < column.end {
              let value = source[y * width + x]
              // Of numbers that are all -∞ the first.
              if value > result || best < 0 || value.isNaN {
                result = value
                best = y * width + x
              }
              x += stepX
            }
            y += stepY
          }
          output[next] = result
          if let places { places[next] = Int32(truncatingIfNeeded: best) }
          next += 1
        }
      }
    }
  }

  private func mean(
    _ x: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, planes: Int
  ) {
    let (height, width) = (image[0], image[1])
    let (stepY, stepX) = (window.dilations[0], window.dilations[1])
    var next = output
    for plane in 0..<planes {
      let source = x + plane * height * width
      for row in rows {
        for column in columns {
          var result: Float = 0
          var y = row.first
          while y < row.end {
            var x = column.first
            while x < column.end {
              result += source[y * width + x]
              x += stepX
            }
            y += stepY
          }
          next.pointee = result / divisor(row, column)
          next += 1
        }
      }
    }
  }

  /// By how many places a mean divides.
  func divisor(_ row: Span, _ column: Span) -> Float {
    if case .average(countsPadding: true) = kind {
      return Float(max(1, row.padded * column.padded))
    }
    return Float(max(1, count(row, axis: 0) * count(column, axis: 1)))
  }

  private func count(_ span: Span, axis: Int) -> Int {
    span.end <= span.first ? 0 : (span.end - span.first - 1) / window.dilations[axis] + 1
  }
}
