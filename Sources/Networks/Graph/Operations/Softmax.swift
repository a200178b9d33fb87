import Foundation

/// `e^x / Σ e^x` along a stretch of axes, or its logarithm.
///
/// The largest number is subtracted first, so that nothing overflows.
struct Softmax: LayerOperation {
  let isLogarithmic: Bool
  /// The sample seen as outer × length × inner; the sum runs over `length`.
  let outer: Int
  let length: Int
  let inner: Int
  let outputShape: [Int]
  let storage = LayerStorage.overInput
  var functionEvaluations: Int { outputShape.reduce(1, *) }

  /// The softmax of a sample of `shape` over the axes of `axes`.
  init(isLogarithmic: Bool, axes: Range<Int>, shape: [Int]) {
    self.isLogarithmic = isLogarithmic
    outer = shape[..<axes.lowerBound].reduce(1, *)
    length = shape[axes].reduce(1, *)
    inner = shape[axes.upperBound...].reduce(1, *)
    outputShape = shape
  }

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    guard length > 0 else { return }
    for o in 0..<context.samples * outer {
      for i in 0..<inner {
        let start = o * length * inner + i
        let x = inputs[0] + start
        let y = output + start
        var largest = x[0]
        for k in 1..<max(1, length) { largest = max(largest, x[k * inner]) }
        var sum: Float = 0
        for k in 0..<length {
          let shifted = x[k * inner] - largest
          let e = expf(shifted)
          sum += e
          y[k * inner] = isLogarithmic ? shifted : e
        }
        if isLogarithmic {
          let logarithm = logf(sum)
          for k in 0..<length { y[k * inner] -= logarithm }
        } else {
          for k in 0..<length { y[k * inner] /= sum }
        }
      }
    }
  }

  let adjointReads = AdjointReads.output

  /// y·(dy − Σ dy·y), or dy − e^y·Σ dy for the logarithm.
  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    guard let target = values.inputGradients[0] else { return }
    // Safe: samples are disjoint.
    nonisolated(unsafe) let (dy, dx) = (values.outputGradient, target)
    nonisolated(unsafe) let y = values.output
    context.forEachBlock(size: outer * length * inner) { samples in
      for o in samples.lowerBound * outer..<samples.upperBound * outer {
        for i in 0..<inner {
          let start = o * length * inner + i
          let (y, dy, dx) = (y + start, dy + start, dx + start)
          var sum: Float = 0
          for k in 0..<length {
            let place = k * inner
            sum += isLogarithmic ? dy[place] : dy[place] * y[place]
          }
          for k in 0..<length {
            let place = k * inner
            dx[place] =
              isLogarithmic ? dy[place] - expf(y[place]) * sum : y[place] * (dy[place] - sum)
          }
        }
      }
    }
  }
}
