extension SampleNormalization {
  /// "weight" is γ, "bias" is β, as in other programs' files.
  var parameters: [OperationArray] {
    [OperationArray(name: "weight", values: scale), OperationArray(name: "bias", values: shift)]
  }

  func replacing(parameters: [[Float]], buffers: [[Float]]) -> any LayerOperation {
    SampleNormalization(
      kind: kind, scale: parameters[0], shift: parameters[1], epsilon: epsilon, shape: outputShape)
  }

  var adjointReads: AdjointReads { .inputs }

  func forward(
    _ inputs: LayerInputs, into output: LayerOutput, _ context: TrainingContext,
    _ tape: OperationTape
  ) {
    // Safe: samples are disjoint.
    nonisolated(unsafe) let (x, y) = (inputs[0], output)
    nonisolated(unsafe) let statistics = tape.scratch.floats(0, 2 * context.samples * parts)
    context.forEachBlock(size: parts * length) { samples in
      normalize(
        x, into: y, parts: samples.lowerBound * parts..<samples.upperBound * parts,
        scale: tape.parameters[0], shift: tape.parameters[1], statistics: statistics)
    }
  }

  /// With x̂ = (x − μ)/√(σ² + ε) and g = γ·dy: dx = (g − mean g − x̂·mean(g·x̂))/√(σ² + ε), dγ = Σ dy·x̂,
  /// dβ = Σ dy.
  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    let count = scale.count
    let factors = tape.parameters[0]
    // Blocks of samples of a fixed size add up on their own, so that threads change no bits.
    let together = TrainingContext.samplesPerBlock(size: parts * length)
    let blocks = (context.samples + together - 1) / together
    // Safe: samples are disjoint, and so are the sums of blocks.
    nonisolated(unsafe) let (x, dy) = (values.inputs[0], values.outputGradient)
    nonisolated(unsafe) let dx = values.inputGradients[0]
    nonisolated(unsafe) let statistics = tape.scratch.floats(0, 2 * context.samples * parts)
    nonisolated(unsafe) let sums = context.workspace.floats(0, 2 * blocks * count)
    context.forEachBlock(size: parts * length) { samples in
      let own = sums + samples.lowerBound / together * 2 * count
      own.update(repeating: 0, count: 2 * count)
      for part in samples.lowerBound * parts..<samples.upperBound * parts {
        partBack(
          x + part * length, dy + part * length, dx.map { $0 + part * length },
          mean: statistics[2 * part], inverse: statistics[2 * part + 1],
          first: firstParameter(part), factors, own, own + count)
      }
    }
    for i in 0..<count {
      var (slope, common): (Float, Float) = (0, 0)
      for block in 0..<blocks {
        slope += sums[block * 2 * count + i]
        common += sums[(block * 2 + 1) * count + i]
      }
      tape.gradients[0][i] = slope
      tape.gradients[1][i] = common
    }
  }

  private func partBack(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>?,
    mean: Float, inverse: Float, first: Int, _ factors: [Float],
    _ slopes: UnsafeMutablePointer<Float>, _ commons: UnsafeMutablePointer<Float>
  ) {
    // mean g and mean(g·x̂), and what γ and β get.
    var (sum, product): (Float, Float) = (0, 0)
    for k in 0..<length / run {
      let (place, factor) = (first + k, factors[first + k])
      var (own, ownProduct): (Float, Float)
      if run == 1 {
        own = dy[k]
        ownProduct = own * (x[k] - mean)
      } else {
        own = VectorSums.sum(dy + k * run, run)
        ownProduct = VectorSums.products(dy + k * run, x + k * run, about: mean, run)
      }
      ownProduct *= inverse
      commons[place] += own
      slopes[place] += ownProduct
      sum += factor * own
      product += factor * ownProduct
    }
    guard let dx else { return }
    sum /= Float(length)
    product /= Float(length)
    for k in 0..<length / run {
      let factor = factors[first + k]
      for i in k * run..<(k + 1) * run {
        dx[i] = inverse * (factor * dy[i] - sum - (x[i] - mean) * inverse * product)
      }
    }
  }
}
