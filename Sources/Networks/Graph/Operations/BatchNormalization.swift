/// y = γ·(x − μ)/√(σ² + ε) + β, each one number a channel: a place of the first axis (Ioffe and Szegedy,
/// arXiv 1502.03167).
///
/// On a chip it is a digital gain and offset behind the converters, one a column.
struct BatchNormalization: LayerOperation {
  /// γ.
  let scale: [Float]
  /// β.
  let shift: [Float]
  let epsilon: Float
  /// μ.
  let mean: [Float]
  /// σ².
  let variance: [Float]
  /// The same as one gain and one offset a channel.
  let affine: ChannelAffine
  var outputShape: [Int] { affine.outputShape }
  let storage = LayerStorage.overInput

  /// - Precondition: a number a channel each. A channel that never changes, with ε = 0, becomes β.
  init(
    scale: [Float], shift: [Float], epsilon: Float, mean: [Float], variance: [Float], shape: [Int]
  ) {
    self.scale = scale
    self.shift = shift
    self.epsilon = epsilon
    self.mean = mean
    self.variance = variance
    affine = Self.affine(
      scale: scale, shift: shift, epsilon: epsilon, mean: mean, variance: variance, shape: shape)
  }

  /// γ·(x − μ)/√(σ² + ε) + β as one gain and one offset a channel, computed in double precision.
  static func affine(
    scale: [Float], shift: [Float], epsilon: Float, mean: [Float], variance: [Float], shape: [Int]
  ) -> ChannelAffine {
    let factors = scale.indices.map { c in
      let deviation = (Double(variance[c]) + Double(epsilon)).squareRoot()
      return deviation > 0 ? Double(scale[c]) / deviation : 0
    }
    return ChannelAffine(
      axis: 0, scale: factors.map { Float($0) },
      shift: scale.indices.map { Float(Double(shift[$0]) - factors[$0] * Double(mean[$0])) },
      shape: shape)
  }

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    affine.apply(inputs, into: output, context)
  }

  /// The same with the mean and the variance of `values`, samples × the shape of this layer; the
  /// variance is the unbiased one, which training keeps as well.
  func with(statisticsOf values: Tensor) -> BatchNormalization {
    let channels = outputShape[0]
    let positions = outputShape.dropFirst().reduce(1, *)
    let count = Double(values.sampleCount * positions)
    var mean = [Float](repeating: 0, count: channels)
    var variance = mean
    for c in 0..<channels {
      func sum(_ of: (Double) -> Double) -> Double {
        var total = 0.0
        for s in 0..<values.sampleCount {
          let first = (s * channels + c) * positions
          for p in first..<first + positions { total += of(Double(values.elements[p])) }
        }
        return total
      }
      let middle = sum { $0 } / max(1, count)
      mean[c] = Float(middle)
      variance[c] = Float(sum { ($0 - middle) * ($0 - middle) } / max(1, count - 1))
    }
    return BatchNormalization(
      scale: scale, shift: shift, epsilon: epsilon, mean: mean, variance: variance,
      shape: outputShape)
  }
}
