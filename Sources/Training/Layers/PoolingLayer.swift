import Networks

/// The largest number, or the mean, of each of the boxes that an image is cut into, channel by channel.
///
/// Boxes do not overlap; what is left at the ends of an axis belongs to none.
public struct PoolingLayer: TrainableLayer {
  /// Channels × height × width.
  public let inputShape: [Int]
  /// Channels × boxes.
  public let outputShape: [Int]
  private let isMaximum: Bool
  private let kernel: [Int]
  /// The place within the sample that each output came from.
  private var places: [Int32] = []

  /// - Returns: `nil` where the input is not channels × height × width, or smaller than a box.
  public init?(inputShape: [Int], isMaximum: Bool, kernel: [Int]) {
    guard inputShape.count == 3, kernel.count == 2, kernel.allSatisfy({ $0 > 0 }),
      kernel[0] <= inputShape[1], kernel[1] <= inputShape[2]
    else { return nil }
    self.inputShape = inputShape
    self.isMaximum = isMaximum
    self.kernel = kernel
    outputShape = [inputShape[0], inputShape[1] / kernel[0], inputShape[2] / kernel[1]]
  }

  /// The largest number or the mean of each box.
  public mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, into y: UnsafeMutablePointer<Float>,
    _ pass: ForwardPass
  ) {
    let (width, size, count) = (inputShape[2], inputCount, outputCount)
    if places.count < samples * count { places = Array(repeating: 0, count: samples * count) }
    let share = 1 / Float(kernel[0] * kernel[1])
    for s in 0..<samples {
      forEachBox { k, corner in
        var best = corner
        var sum: Float = 0
        for dy in 0..<kernel[0] {
          for dx in 0..<kernel[1] {
            let place = corner + dy * width + dx
            sum += x[s * size + place]
            if x[s * size + place] > x[s * size + best] { best = place }
          }
        }
        places[s * count + k] = Int32(best)
        y[s * count + k] = isMaximum ? x[s * size + best] : sum * share
      }
    }
  }

  /// The gradient goes to the largest number of a box, or in equal parts to all.
  public mutating func backward(
    x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
    samples: Int, dx: UnsafeMutablePointer<Float>?
  ) {
    guard let dx else { return }
    let (width, size, count) = (inputShape[2], inputCount, outputCount)
    let share = 1 / Float(kernel[0] * kernel[1])
    dx.update(repeating: 0, count: samples * size)
    for s in 0..<samples {
      if isMaximum {
        for k in 0..<count { dx[s * size + Int(places[s * count + k])] += dy[s * count + k] }
      } else {
        forEachBox { k, corner in
          for row in 0..<kernel[0] {
            for column in 0..<kernel[1] {
              dx[s * size + corner + row * width + column] += share * dy[s * count + k]
            }
          }
        }
      }
    }
  }

  /// A pooling layer of non-overlapping boxes.
  public func exported(name: String) -> ExportedLayer {
    ExportedLayer(layers: [
      .pool(isMaximum: isMaximum, kernel: kernel, strides: kernel, padding: nil)
    ])
  }

  /// Calls `body` with the number of each box and the place of its first corner.
  private func forEachBox(_ body: (Int, Int) -> Void) {
    let (height, width) = (inputShape[1], inputShape[2])
    var k = 0
    for c in 0..<inputShape[0] {
      for row in 0..<outputShape[1] {
        for column in 0..<outputShape[2] {
          body(k, (c * height + row * kernel[0]) * width + column * kernel[1])
          k += 1
        }
      }
    }
  }
}
