/// `a ∘ b` of two values, element by element; axes of length 1 are repeated.
struct Arithmetic: LayerOperation {
  enum Kind: String, Sendable {
    case add, subtract, multiply, divide
  }

  let kind: Kind
  let outputShape: [Int]
  let storage = LayerStorage.overInput
  let sizes: (a: Int, b: Int)
  /// Steps of the two operands for each axis of the result; 0 where an axis is repeated.
  let steps: (a: [Int], b: [Int])

  /// The operation on samples of the shapes `a` and `b`, or `nil` where they cannot be brought to one
  /// shape.
  init?(_ kind: Kind, a: [Int], b: [Int]) {
    guard let shape = broadcast(a, b) else { return nil }
    self.kind = kind
    outputShape = shape
    sizes = (a.reduce(1, *), b.reduce(1, *))
    steps = (Self.steps(of: a, in: shape), Self.steps(of: b, in: shape))
  }

  private static func steps(of shape: [Int], in result: [Int]) -> [Int] {
    var steps = Array(repeating: 0, count: result.count)
    var step = 1
    for axis in shape.indices.reversed() {
      if shape[axis] != 1 { steps[axis + result.count - shape.count] = step }
      step *= shape[axis]
    }
    return steps
  }

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    let size = outputShape.reduce(1, *)
    guard size > 0 else { return }
    if repeatsNothing {
      run(inputs[0], 1, inputs[1], 1, into: output, count: size * context.samples)
      return
    }
    let length = outputShape.last ?? 1
    forEachRun(samples: 0..<context.samples) { a, b, y in
      run(
        inputs[0] + a, steps.a.last ?? 0, inputs[1] + b, steps.b.last ?? 0, into: output + y,
        count: length)
    }
  }

  /// Whether both operands have the shape of the result.
  var repeatsNothing: Bool {
    let size = outputShape.reduce(1, *)
    return sizes.a == size && sizes.b == size
  }

  /// See `forEachRun(of:samples:sizes:steps:_:)`.
  func forEachRun(samples: Range<Int>, _ body: (_ a: Int, _ b: Int, _ result: Int) -> Void) {
    Networks.forEachRun(of: outputShape, samples: samples, sizes: sizes, steps: steps, body)
  }

  private func run(
    _ a: UnsafePointer<Float>, _ stepA: Int, _ b: UnsafePointer<Float>, _ stepB: Int,
    into y: UnsafeMutablePointer<Float>, count: Int
  ) {
    switch kind {
    case .add: for i in 0..<count { y[i] = a[i * stepA] + b[i * stepB] }
    case .subtract: for i in 0..<count { y[i] = a[i * stepA] - b[i * stepB] }
    case .multiply: for i in 0..<count { y[i] = a[i * stepA] * b[i * stepB] }
    case .divide: for i in 0..<count { y[i] = a[i * stepA] / b[i * stepB] }
    }
  }
}

/// The shape of an element-by-element operation on the shapes `a` and `b`, aligned at their last axes,
/// or `nil` where an axis differs and neither length is 1.
func broadcast(_ a: [Int], _ b: [Int]) -> [Int]? {
  let rank = max(a.count, b.count)
  let first = Array(repeating: 1, count: rank - a.count) + a
  let second = Array(repeating: 1, count: rank - b.count) + b
  var result: [Int] = []
  for (x, y) in zip(first, second) {
    guard x == y || x == 1 || y == 1 else { return nil }
    result.append(x == 1 ? y : x)
  }
  return result
}

/// Calls `body` for every run along the last axis of results of `shape`, with the places where it begins in two
/// operands and in the result.
///
/// - Parameters:
///   - sizes: of one sample of each operand.
///   - steps: of each operand along the axes of the result.
func forEachRun(
  of shape: [Int], samples: Range<Int>, sizes: (a: Int, b: Int), steps: (a: [Int], b: [Int]),
  _ body: (_ a: Int, _ b: Int, _ result: Int) -> Void
) {
  let size = shape.reduce(1, *)
  let length = shape.last ?? 1
  let outer = Array(shape.dropLast())
  var place = Array(repeating: 0, count: outer.count)
  for s in samples {
    var (a, b, y) = (s * sizes.a, s * sizes.b, s * size)
    for _ in 0..<size / length {
      body(a, b, y)
      y += length
      var axis = outer.count - 1
      while axis >= 0 {
        place[axis] += 1
        a += steps.a[axis]
        b += steps.b[axis]
        if place[axis] < outer[axis] { break }
        a -= steps.a[axis] * outer[axis]
        b -= steps.b[axis] * outer[axis]
        place[axis] = 0
        axis -= 1
      }
    }
  }
}
