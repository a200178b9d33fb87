/// One number from a stretch of axes, which keep the length 1: their mean, sum, or largest or smallest number.
struct Reduction: LayerOperation {
  enum Kind: String, Sendable {
    case mean, sum, maximum, minimum
  }

  let kind: Kind
  let outputShape: [Int]
  let storage = LayerStorage.own
  private let outer: Int
  private let length: Int
  private let inner: Int

  /// The reduction of `axes` of a sample of `shape`.
  /// - Precondition: where the largest or smallest number is wanted, the axes have a place.
  init(_ kind: Kind, axes: Range<Int>, shape: [Int]) {
    self.kind = kind
    outer = shape[..<axes.lowerBound].reduce(1, *)
    length = shape[axes].reduce(1, *)
    inner = shape[axes.upperBound...].reduce(1, *)
    var result = shape
    for axis in axes { result[axis] = 1 }
    outputShape = result
    precondition(length > 0 || kind == .mean || kind == .sum, "nothing has no largest number")
  }

  /// What every number of a sum counts.
  private var factor: Float { kind == .mean && length > 0 ? 1 / Float(length) : 1 }

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    for o in 0..<context.samples * outer {
      let x = inputs[0] + o * length * inner
      let y = output + o * inner
      switch kind {
      case .mean, .sum:
        // Row by row, as the numbers lie in memory.
        y.update(repeating: 0, count: inner)
        for k in 0..<length {
          for i in 0..<inner { y[i] += x[k * inner + i] }
        }
        for i in 0..<inner { y[i] *= factor }
      case .maximum, .minimum:
        for i in 0..<inner { y[i] = x[place(in: x, i) * inner + i] }
      }
    }
  }

  /// The first place of the largest or smallest number of column `i`.
  private func place(in x: UnsafePointer<Float>, _ i: Int) -> Int {
    var (best, found) = (x[i], 0)
    for k in 1..<max(1, length) {
      let value = x[k * inner + i]
      if kind == .maximum ? value > best : value < best { (best, found) = (value, k) }
    }
    return found
  }

  var adjointReads: AdjointReads { kind == .mean || kind == .sum ? [] : .inputs }

  /// A sum passes its gradient to every number, a largest or smallest number to its first place.
  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    guard let target = values.inputGradients[0], length > 0 else { return }
    // Safe: samples are disjoint.
    nonisolated(unsafe) let (dy, dx) = (values.outputGradient, target)
    nonisolated(unsafe) let x = values.inputs[0]
    context.forEachBlock(size: outer * length * inner) { samples in
      for o in samples.lowerBound * outer..<samples.upperBound * outer {
        let to = dx + o * length * inner
        switch kind {
        case .mean, .sum:
          for k in 0..<length {
            for i in 0..<inner { to[k * inner + i] = dy[o * inner + i] * factor }
          }
        case .maximum, .minimum:
          to.update(repeating: 0, count: length * inner)
          for i in 0..<inner {
            to[place(in: x + o * length * inner, i) * inner + i] = dy[o * inner + i]
          }
        }
      }
    }
  }
}
