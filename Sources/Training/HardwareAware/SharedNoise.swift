internal import CLearningKernels
import LinearAlgebra
import Randomness

/// Normal noise on every weight of a product, drawn as it acts on a batch and on the errors that come
/// back, and never as a matrix.
///
/// With X the batch (samples × inputs) and N the noise (inputs × outputs) a pass needs X·N, and its
/// backward pass D·Nᵀ. X·N is normal with covariance σ²·X·Xᵀ over samples, column by column. Given it, N is
/// Xᵀ·(X·Xᵀ)⁺·(X·N) in the span of the batch and free beside it, so that
/// D·Nᵀ = V + (D·(X·N)ᵀ − V·Xᵀ)·(X·Xᵀ)⁺·X with V = D·N′ᵀ for a noise N′ of its own, whose rows have
/// the covariance σ²·D·Dᵀ. Both together have the joint distribution of a drawn matrix, for
/// samples·(inputs + outputs) numbers instead of inputs·outputs.
struct SharedNoise: Sendable {
  /// σ.
  let deviation: Float
  let samples: Int
  let inputs: Int
  let outputs: Int
  /// X·N.
  private var forward: [Float]
  /// The root of X·Xᵀ.
  private var root: SemidefiniteRoot

  /// Whether drawing products is cheaper than drawing the matrix.
  ///
  /// - Parameter passesErrors: whether the backward pass needs D·Nᵀ.
  static func pays(samples: Int, inputs: Int, outputs: Int, passesErrors: Bool) -> Bool {
    let drawn = inputs * outputs
    if passesErrors { return 4 * samples * (inputs + outputs) <= drawn }
    // A drawn number of a matrix takes the time of some 30 multiplications.
    let products = samples * samples * (inputs / 2 + outputs + samples) / 30
    return samples * outputs + products < drawn
  }

  /// Draws X·N; rows of `x` are `leading` apart.
  init(
    _ x: UnsafePointer<Float>, leading: Int, samples: Int, inputs: Int, outputs: Int,
    deviation: Float, key: StreamKey
  ) {
    self.deviation = deviation
    self.samples = samples
    self.inputs = inputs
    self.outputs = outputs
    root = SemidefiniteRoot(ofProducts: x, leading: leading, samples: samples, count: inputs)
    forward = root.times(
      Noise.normal(samples * outputs, key.child("forward")), columns: outputs, factor: deviation)
  }

  /// y += X·N, y samples × outputs.
  func add(to y: UnsafeMutablePointer<Float>) {
    for i in 0..<samples * outputs { y[i] += forward[i] }
  }

  /// dx += D·Nᵀ; rows of `x` and `dx` are `leading` apart.
  func addBack(
    _ d: UnsafePointer<Float>, x: UnsafePointer<Float>, leading: Int,
    into dx: UnsafeMutablePointer<Float>, key: StreamKey
  ) {
    let back = SemidefiniteRoot(ofProducts: d, leading: outputs, samples: samples, count: outputs)
    let free = back.times(
      Noise.normal(samples * inputs, key.child("backward")), columns: inputs, factor: deviation)
    var inSpan = [Float](repeating: 0, count: samples * samples)
    BLAS.gemm(
      d, leading: outputs, forward, .transposed, leading: outputs, into: &inSpan,
      leading: samples, m: samples, n: samples, k: outputs)
    BLAS.gemm(
      free, leading: inputs, x, .transposed, leading: leading, into: &inSpan, leading: samples,
      m: samples, n: samples, k: inputs, alpha: -1, beta: 1)
    for s in 0..<samples { root.solve(&inSpan, row: s) }
    for s in 0..<samples {
      for i in 0..<inputs { dx[s * leading + i] += free[s * inputs + i] }
    }
    BLAS.gemm(
      inSpan, leading: samples, x, leading: leading, into: dx, leading: leading, m: samples,
      n: inputs, k: samples, beta: 1)
  }
}

/// The lower triangle L of a positive semidefinite matrix K = L·Lᵀ; vectors that depend on those before
/// them have a column of zeros.
struct SemidefiniteRoot: Sendable {
  private let count: Int
  private var lower: [Double]

  /// K = A·Aᵀ of `samples` vectors of `count` numbers, `leading` apart.
  init(ofProducts a: UnsafePointer<Float>, leading: Int, samples: Int, count: Int) {
    var products = [Float](repeating: 0, count: samples * samples)
    BLAS.squares(
      a, leading: leading, into: &products, leading: samples, n: samples, k: count)
    self.count = samples
    lower = products.map(Double.init)
    // Single precision knows the products to about 1e-6 of their size.
    ow_semidefinite_root(&lower, samples, 1e-5)
  }

  /// factor·L·B, B with `columns` columns.
  func times(_ b: [Float], columns: Int, factor: Float) -> [Float] {
    var c = [Float](repeating: 0, count: count * columns)
    var left = [Float](repeating: 0, count: count * count)
    for i in 0..<count {
      for j in 0...i { left[i * count + j] = factor * Float(lower[i * count + j]) }
    }
    BLAS.gemm(
      left, leading: count, b, leading: columns, into: &c, leading: columns, m: count, n: columns,
      k: count)
    return c
  }

  /// Row `row` of B becomes that of B·K⁺ on the vectors that do not depend on others.
  func solve(_ b: inout [Float], row: Int) {
    var y = (0..<count).map { Double(b[row * count + $0]) }
    for i in 0..<count {
      let pivot = lower[i * count + i]
      for k in 0..<i { y[i] -= lower[i * count + k] * y[k] }
      y[i] = pivot > 0 ? y[i] / pivot : 0
    }
    for i in (0..<count).reversed() {
      let pivot = lower[i * count + i]
      for k in i + 1..<max(count, i + 1) { y[i] -= lower[k * count + i] * y[k] }
      y[i] = pivot > 0 ? y[i] / pivot : 0
    }
    for i in 0..<count { b[row * count + i] = Float(y[i]) }
  }
}
