/// How a kernel slides over an image: one set of numbers for each of the two axes, height first.
///
/// One-dimensional layers are images of height 1.
public struct Window: Sendable, Hashable {
  /// The kernel's length.
  public var kernel: [Int]
  /// How far the kernel moves from one position to the next.
  public var strides: [Int]
  /// How many places are added before the image.
  public var padsBefore: [Int]
  /// How many places are added after the image.
  public var padsAfter: [Int]
  /// The distance of neighboring places of the kernel.
  public var dilations: [Int]
  /// Whether a last position that reaches beyond the padded image counts, as pooling may want.
  public var roundsUp: Bool

  /// A window of `kernel`; strides and dilations of 1 and no padding unless given.
  public init(
    kernel: [Int], strides: [Int]? = nil, padsBefore: [Int]? = nil, padsAfter: [Int]? = nil,
    dilations: [Int]? = nil, roundsUp: Bool = false
  ) {
    self.kernel = kernel
    self.strides = strides ?? kernel.map { _ in 1 }
    self.padsBefore = padsBefore ?? kernel.map { _ in 0 }
    self.padsAfter = padsAfter ?? padsBefore ?? kernel.map { _ in 0 }
    self.dilations = dilations ?? kernel.map { _ in 1 }
    self.roundsUp = roundsUp
  }

  /// The same window on an image of height 1, for a window of one axis.
  var onTwoAxes: Window {
    guard kernel.count == 1 else { return self }
    return Window(
      kernel: [1] + kernel, strides: [1] + strides, padsBefore: [0] + padsBefore,
      padsAfter: [0] + padsAfter, dilations: [1] + dilations, roundsUp: roundsUp)
  }

  /// How many positions the window has on an image, or what is wrong with it.
  func positions(on image: [Int]) -> Result<[Int], WindowFault> {
    let axes = image.count
    guard
      [kernel, strides, padsBefore, padsAfter, dilations].allSatisfy({ $0.count == axes })
    else {
      return .failure(
        WindowFault(text: "the window has \(kernel.count) axes and the image \(axes)"))
    }
    let limit = 1 << 24
    guard (kernel + strides + dilations).allSatisfy({ $0 > 0 && $0 < limit }) else {
      return .failure(
        WindowFault(text: "kernel, strides and dilations are from 1 to \(limit - 1)"))
    }
    guard (padsBefore + padsAfter).allSatisfy({ $0 >= 0 && $0 < limit }) else {
      return .failure(WindowFault(text: "pads are from 0 to \(limit - 1)"))
    }
    var result: [Int] = []
    for axis in 0..<axes {
      let (reach, overflow) = (kernel[axis] - 1).multipliedReportingOverflow(by: dilations[axis])
      let room = image[axis] + padsBefore[axis] + padsAfter[axis] - reach - 1
      guard !overflow, room >= 0 else {
        return .failure(
          WindowFault(
            text: "the kernel \(describe(shape: kernel)) with its dilations is larger than the "
              + "padded image \(describe(shape: image))"))
      }
      var count = room / strides[axis] + 1
      if roundsUp, room % strides[axis] != 0,
        count * strides[axis] < image[axis] + padsBefore[axis]
      {
        // A last position must begin inside the image or the padding before it.
        count += 1
      }
      result.append(count)
    }
    return .success(result)
  }
}

/// What is wrong with a window on an image.
struct WindowFault: Error {
  let text: String
}
