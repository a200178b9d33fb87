/// Parts of a sample brought to mean 0 and variance 1, then scaled and shifted: y = γ·(x − μ)/√(σ² + ε) + β.
///
/// μ and σ² are those of one part of one sample, so that training and inference compute the same. Which
/// numbers make up a part defines the kind: layer normalization (Ba et al., arXiv 1607.06450), group
/// normalization (Wu and He, arXiv 1803.08494) and instance normalization (Ulyanov et al., arXiv
/// 1607.08022).
struct SampleNormalization: LayerOperation {
  /// Which numbers are normalized together, and which share γ and β.
  enum Kind: Sendable, Hashable {
    /// The axes from this one on; one γ and β for each of their places.
    case layer(firstAxis: Int)
    /// The channels, places of the first axis, in so many groups with all their positions; one γ and β a
    /// channel.
    case group(count: Int)
    /// Each channel with all its positions; one γ and β a channel.
    case instance
  }

  let kind: Kind
  /// γ.
  let scale: [Float]
  /// β.
  let shift: [Float]
  /// ε.
  let epsilon: Float
  let outputShape: [Int]
  let storage = LayerStorage.overInput
  /// A sample is `parts` × `length` numbers, each part normalized on its own.
  let parts, length: Int
  /// Neighboring numbers that share γ and β.
  let run: Int

  /// How many numbers γ and β have for values of `shape`; `nil` where the kind does not fit them.
  static func parameterCount(_ kind: Kind, shape: [Int]) -> Int? {
    switch kind {
    case .layer(let axis):
      return shape.indices.contains(axis) ? shape[axis...].reduce(1, *) : nil
    case .group(let count):
      guard let channels = shape.first, count > 0, channels % count == 0 else { return nil }
      return channels
    case .instance: return shape.count > 1 ? shape[0] : nil
    }
  }

  /// - Precondition: γ and β have as many numbers as `parameterCount` says.
  init(kind: Kind, scale: [Float], shift: [Float], epsilon: Float, shape: [Int]) {
    let count = Self.parameterCount(kind, shape: shape)
    precondition(scale.count == count && shift.count == count, "one scale and shift each")
    self.kind = kind
    self.scale = scale
    self.shift = shift
    self.epsilon = epsilon
    outputShape = shape
    let size = shape.reduce(1, *)
    switch kind {
    case .layer(let axis):
      parts = shape[..<axis].reduce(1, *)
      run = 1
    case .group(let count):
      parts = count
      run = shape.dropFirst().reduce(1, *)
    case .instance:
      parts = shape[0]
      run = shape.dropFirst().reduce(1, *)
    }
    length = parts == 0 ? 0 : size / parts
  }

  /// The first of the γ that belong to a part.
  func firstParameter(_ part: Int) -> Int {
    if case .layer = kind { return 0 }
    return part % parts * (length / run)
  }

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    normalize(
      inputs[0], into: output, parts: 0..<context.samples * parts, scale: scale, shift: shift,
      statistics: nil)
  }

  /// Normalizes some of the parts of a batch.
  ///
  /// - Parameter statistics: becomes the mean and 1/√(σ² + ε) of each part.
  func normalize(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, parts: Range<Int>,
    scale: [Float], shift: [Float], statistics: UnsafeMutablePointer<Float>?
  ) {
    guard length > 0 else { return }
    scale.withUnsafeBufferPointer { scale in
      shift.withUnsafeBufferPointer { shift in
        for part in parts {
          let (x, y) = (x + part * length, y + part * length)
          let mean = VectorSums.sum(x, length) / Float(length)
          let variance = VectorSums.squares(x, about: mean, length) / Float(length)
          let inverse = 1 / (variance + epsilon).squareRoot()
          statistics?[2 * part] = mean
          statistics?[2 * part + 1] = inverse
          let first = firstParameter(part)
          if run == 1 {
            for i in 0..<length {
              y[i] = (x[i] - mean) * inverse * scale[first + i] + shift[first + i]
            }
            continue
          }
          for k in 0..<length / run {
            let (a, b) = (inverse * scale[first + k], shift[first + k])
            for i in k * run..<(k + 1) * run { y[i] = (x[i] - mean) * a + b }
          }
        }
      }
    }
  }
}
