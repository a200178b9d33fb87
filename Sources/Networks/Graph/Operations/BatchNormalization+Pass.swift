import LinearAlgebra

extension BatchNormalization {
  /// The share of a batch in the running statistics.
  static let share: Float = 0.1

  /// "weight" is γ, "bias" is β, as in other programs' files.
  var parameters: [OperationArray] {
    [OperationArray(name: "weight", values: scale), OperationArray(name: "bias", values: shift)]
  }

  /// The running statistics.
  var buffers: [OperationArray] {
    [
      OperationArray(name: "running_mean", values: mean),
      OperationArray(name: "running_var", values: variance),
    ]
  }

  func replacing(parameters: [[Float]], buffers: [[Float]]) -> any LayerOperation {
    BatchNormalization(
      scale: parameters[0], shift: parameters[1], epsilon: epsilon, mean: buffers[0],
      variance: buffers[1], shape: outputShape)
  }

  var adjointReads: AdjointReads { .inputs }

  private var channels: Int { outputShape[0] }
  private var positions: Int { outputShape.dropFirst().reduce(1, *) }

  /// By the statistics of the batch in training, which also update the running ones; else by those.
  ///
  /// A pass that estimates takes the statistics of its own samples and keeps them.
  func forward(
    _ inputs: LayerInputs, into output: LayerOutput, _ context: TrainingContext,
    _ tape: OperationTape
  ) {
    let count = context.samples * positions
    let usesBatch = (context.pass.isTraining || context.pass.estimates) && count > 1
    tape.scratch.integers(0, 1)[0] = usesBatch ? 1 : 0
    let affine: ChannelAffine
    if usesBatch {
      let mean = tape.scratch.floats(0, channels)
      let inverse = tape.scratch.floats(1, channels)
      measure(inputs[0], mean, inverse, context)
      let share = context.pass.estimates ? 1 : Self.share
      let unbiased = Float(count) / Float(count - 1)
      for c in 0..<channels {
        let variance = inverse[c]
        inverse[c] = 1 / (variance + epsilon).squareRoot()
        tape.buffers[0][c] += share * (mean[c] - tape.buffers[0][c])
        tape.buffers[1][c] += share * (variance * unbiased - tape.buffers[1][c])
      }
      let (scale, shift) = (tape.parameters[0], tape.parameters[1])
      affine = ChannelAffine(
        axis: 0, scale: scale.indices.map { scale[$0] * inverse[$0] },
        shift: scale.indices.map { shift[$0] - mean[$0] * scale[$0] * inverse[$0] },
        shape: outputShape)
    } else {
      affine = Self.affine(
        scale: tape.parameters[0], shift: tape.parameters[1], epsilon: epsilon,
        mean: tape.buffers[0], variance: tape.buffers[1], shape: outputShape)
    }
    affine.forward(inputs, into: output, context, tape)
  }

  /// The gradients of γ, β and the inputs, through the statistics of the batch where the pass used them.
  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    let (channels, positions) = (channels, positions)
    let usesBatch = tape.scratch.integers(0, 1)[0] == 1
    let scale = tape.parameters[0]
    // Safe: channels are disjoint.
    nonisolated(unsafe) let mean = tape.scratch.floats(0, channels)
    nonisolated(unsafe) let inverse = tape.scratch.floats(1, channels)
    nonisolated(unsafe) let (x, dy) = (values.inputs[0], values.outputGradient)
    nonisolated(unsafe) let dx = values.inputGradients[0]
    nonisolated(unsafe) let sums = context.workspace.floats(0, channels)
    nonisolated(unsafe) let products = context.workspace.floats(1, channels)
    nonisolated(unsafe) let factor = context.workspace.floats(2, channels)
    nonisolated(unsafe) let common = context.workspace.floats(3, channels)
    nonisolated(unsafe) let slope = context.workspace.floats(4, channels)
    if !usesBatch {
      for c in 0..<channels {
        mean[c] = tape.buffers[0][c]
        inverse[c] = 1 / (tape.buffers[1][c] + epsilon).squareRoot()
      }
    }
    let samples = context.samples
    let count = Float(samples * positions)
    forEachChannels(context) { range in
      reduce(samples, range, into: sums) { c, at in
        positions == 1 ? dy[at] : VectorSums.sum(dy + at, positions)
      }
      reduce(samples, range, into: products) { c, at in
        positions == 1
          ? dy[at] * (x[at] - mean[c])
          : VectorSums.products(dy + at, x + at, about: mean[c], positions)
      }
      guard let dx else { return }
      for c in range {
        factor[c] = scale[c] * inverse[c]
        common[c] = usesBatch ? sums[c] / count : 0
        slope[c] = usesBatch ? products[c] * inverse[c] * inverse[c] / count : 0
      }
      for s in 0..<samples {
        let row = s * channels
        if positions == 1 {
          for c in range {
            dx[row + c] = factor[c] * (dy[row + c] - common[c] - (x[row + c] - mean[c]) * slope[c])
          }
          continue
        }
        for c in range {
          let start = (row + c) * positions
          let (f, d, m, k) = (factor[c], common[c], mean[c], slope[c])
          for p in start..<start + positions { dx[p] = f * (dy[p] - d - (x[p] - m) * k) }
        }
      }
    }
    for c in 0..<channels {
      tape.gradients[0][c] = products[c] * inverse[c]
      tape.gradients[1][c] = sums[c]
    }
  }

  /// The means and the biased variances of the batch.
  private func measure(
    _ x: UnsafePointer<Float>, _ mean: UnsafeMutablePointer<Float>,
    _ variance: UnsafeMutablePointer<Float>, _ context: TrainingContext
  ) {
    let (positions, samples) = (positions, context.samples)
    let count = Float(samples * positions)
    // Safe: channels are disjoint.
    nonisolated(unsafe) let (x, mean, variance) = (x, mean, variance)
    forEachChannels(context) { range in
      reduce(samples, range, into: mean) { c, at in
        positions == 1 ? x[at] : VectorSums.sum(x + at, positions)
      }
      for c in range { mean[c] /= count }
      reduce(samples, range, into: variance) { c, at in
        positions == 1
          ? (x[at] - mean[c]) * (x[at] - mean[c])
          : VectorSums.squares(x + at, about: mean[c], positions)
      }
      for c in range { variance[c] /= count }
    }
  }

  /// Calls `body` with groups of channels, on several threads; of one where a channel has many positions.
  private func forEachChannels(_ context: TrainingContext, _ body: @Sendable (Range<Int>) -> Void) {
    let channels = channels
    let together = max(1, (1 << 14) / max(1, positions * context.samples))
    Parallel.forEach((channels + together - 1) / together) { k in
      body(k * together..<min(channels, (k + 1) * together))
    }
  }

  /// Sums of `term` over the samples, one a channel, in double precision from sample to sample.
  @inline(__always)
  private func reduce(
    _ samples: Int, _ range: Range<Int>, into sums: UnsafeMutablePointer<Float>,
    _ term: (_ channel: Int, _ place: Int) -> Float
  ) {
    let (channels, positions) = (channels, positions)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: range.count) { total in
      total.initialize(repeating: 0)
      for s in 0..<samples {
        for c in range {
          total[c - range.lowerBound] += Double(term(c, (s * channels + c) * positions))
        }
      }
      for c in range { sums[c] = Float(total[c - range.lowerBound]) }
    }
  }
}
