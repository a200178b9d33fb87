public import InputOutput
import LinearAlgebra
import Synchronization

extension Network {
  /// The network's results for a batch of samples.
  ///
  /// Samples are evaluated in chunks of `chunkSize`, several chunks at a time; the bits of the result
  /// do not depend on the number of threads.
  ///
  /// - Parameters:
  ///   - input: samples × `inputShape`. A sample may come with another shape of the same size where
  ///     one of the two is flat or only axes of length 1 differ.
  ///   - engine: what carries out the matrix products.
  ///   - firstSample: the number of the first sample in the data set it comes from: noise is keyed by
  ///     it.
  /// - Returns: samples × `outputShape`.
  /// - Throws: `InputError` where the samples do not fit the network.
  public func evaluate(
    _ input: Tensor, engine: some ProductEngine, firstSample: Int = 0
  ) throws(InputError) -> Tensor {
    let given = Array(input.shape.dropFirst())
    guard !input.shape.isEmpty, isSameLayout(given, inputShape) else {
      throw InputError(
        "the samples",
        "have the shape \(describe(shape: given)), the network '\(name)' takes "
          + describe(shape: inputShape))
    }
    let count = input.sampleCount
    let inputSize = inputShape.reduce(1, *)
    let outputSize = outputShape.reduce(1, *)
    let elements = [Float](unsafeUninitializedCapacity: count * outputSize) { result, filled in
      filled = count * outputSize
      guard count > 0, outputSize > 0, let target = result.baseAddress else { return }
      input.elements.withUnsafeBufferPointer { samples in
        guard let first = samples.baseAddress else { return }
        // Chunks write disjoint parts of the result.
        nonisolated(unsafe) let target = target
        nonisolated(unsafe) let source = first
        let chunk = chunkSize
        let workspaces = Workspaces(size: plan.workspaceSize * min(chunk, count))
        Parallel.forEach((count + chunk - 1) / chunk) { k in
          let start = k * chunk
          let workspace = workspaces.take()
          defer { workspaces.give(workspace) }
          evaluateChunk(
            source + start * inputSize, into: target + start * outputSize, workspace,
            LayerContext(
              firstSample: firstSample + start, samples: min(chunk, count - start), engine: engine))
        }
      }
    }
    return Tensor(shape: [count] + outputShape, elements: elements)
  }

  private func evaluateChunk(
    _ input: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>,
    _ workspace: UnsafeMutablePointer<Float>, _ context: LayerContext
  ) {
    let samples = context.samples
    func pointer(_ value: Int) -> UnsafeMutablePointer<Float> {
      switch plan.places[value] {
      // Written to by no layer: the plan lets none work in place there.
      case .input: UnsafeMutablePointer(mutating: input)
      case .output: output
      case .workspace(let start): workspace + start * samples
      }
    }
    for (k, layer) in layers.enumerated() {
      let target = pointer(k + 1)
      if case .sameAsInput = layer.operation.storage { continue }
      layer.operation.apply(layer.inputs.map { UnsafePointer(pointer($0)) }, into: target, context)
    }
    if plan.outputIsInput {
      output.update(from: input, count: samples * inputShape.reduce(1, *))
    }
  }
}

/// Memory for the chunks of a pass, one piece per chunk at work: to touch fresh memory takes longer than to use it.
private final class Workspaces: Sendable {
  private let size: Int
  /// The addresses of pieces that no chunk has.
  private let free = Mutex([UInt]())

  /// Pieces of `size` floats.
  init(size: Int) { self.size = max(1, size) }

  deinit {
    for address in free.withLock({ $0 }) {
      UnsafeMutablePointer<Float>(bitPattern: address)?.deallocate()
    }
  }

  func take() -> UnsafeMutablePointer<Float> {
    let address = free.withLock { $0.popLast() } ?? 0
    return UnsafeMutablePointer(bitPattern: address) ?? .allocate(capacity: size)
  }

  func give(_ piece: UnsafeMutablePointer<Float>) {
    let address = UInt(bitPattern: piece)
    free.withLock { $0.append(address) }
  }
}
