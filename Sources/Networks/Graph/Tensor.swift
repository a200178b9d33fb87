/// Numbers in a box of any rank, row major: the last axis runs fastest.
public struct Tensor: Sendable, Equatable {
  /// The length of every axis; empty for a single number.
  public let shape: [Int]
  /// The elements, row major.
  public var elements: [Float]

  /// A tensor whose elements are given in row-major order.
  /// - Precondition: `elements.count` is the product of `shape`.
  public init(shape: [Int], elements: [Float]) {
    precondition(
      elements.count == shape.reduce(1, *), "a tensor needs as many elements as its shape says")
    self.shape = shape
    self.elements = elements
  }

  /// A tensor of one value.
  public init(shape: [Int], repeating value: Float = 0) {
    self.init(shape: shape, elements: Array(repeating: value, count: shape.reduce(1, *)))
  }

  /// The length of the first axis: how many samples a batch holds.
  public var sampleCount: Int { shape.first ?? 1 }

  /// How many numbers one sample has: the product of all axes but the first.
  public var sampleSize: Int { shape.dropFirst().reduce(1, *) }

  /// The samples of `range`, along the first axis.
  /// - Precondition: the range lies within the first axis.
  public func samples(_ range: Range<Int>) -> Tensor {
    precondition(range.lowerBound >= 0 && range.upperBound <= sampleCount, "samples out of range")
    let size = sampleSize
    return Tensor(
      shape: [range.count] + shape.dropFirst(),
      elements: Array(elements[range.lowerBound * size..<range.upperBound * size]))
  }
}

/// Whether samples of the shape `given` are in the order of a network's input of the shape `wanted`: both
/// have the same axes up to those of length 1, or one of them is flat.
///
/// Other shapes of the same size, such as height × width × channels for channels × height × width, hold
/// their numbers in another order.
func isSameLayout(_ given: [Int], _ wanted: [Int]) -> Bool {
  guard given.reduce(1, *) == wanted.reduce(1, *) else { return false }
  let (a, b) = (given.filter { $0 != 1 }, wanted.filter { $0 != 1 })
  return a == b || a.count <= 1 || b.count <= 1
}

/// `[1, 28, 28]` as "1×28×28", for messages.
package func describe(shape: [Int]) -> String {
  shape.isEmpty ? "a single number" : shape.map(String.init).joined(separator: "×")
}
