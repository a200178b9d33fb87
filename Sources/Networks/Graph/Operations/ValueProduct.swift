import LinearAlgebra

/// The matrix product of two values, both computed: digital, as in attention.
///
/// The last two axes are multiplied, the axes before them are repeated where they have length 1.
struct ValueProduct: LayerOperation {
  let outputShape: [Int]
  let storage = LayerStorage.own
  private let m: Int
  private let k: Int
  private let n: Int
  private let sizes: (a: Int, b: Int)
  /// The matrices that each product of one sample takes, in numbers of matrices.
  private let places: [(a: Int, b: Int)]

  /// The product of samples of the shapes `a` and `b`, or `nil` where they do not fit.
  init?(a: [Int], b: [Int]) {
    guard a.count >= 2, b.count >= 2, a[a.count - 1] == b[b.count - 2],
      let stack = broadcast(Array(a.dropLast(2)), Array(b.dropLast(2))),
      let count = elementCount(of: stack), count <= 1 << 20
    else { return nil }
    (m, k, n) = (a[a.count - 2], a[a.count - 1], b[b.count - 1])
    outputShape = stack + [m, n]
    sizes = (a.reduce(1, *), b.reduce(1, *))
    func place(_ number: Int, in shape: [Int]) -> Int {
      var (rest, result, step) = (number, 0, 1)
      for axis in stack.indices.reversed() {
        let index = rest % stack[axis]
        rest /= stack[axis]
        let own = axis - (stack.count - shape.count)
        guard own >= 0 else { continue }
        if shape[own] != 1 { result += index * step }
        step *= shape[own]
      }
      return result
    }
    places = (0..<count).map {
      (place($0, in: Array(a.dropLast(2))), place($0, in: Array(b.dropLast(2))))
    }
  }

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    for s in 0..<context.samples {
      for (number, place) in places.enumerated() {
        BLAS.gemm(
          inputs[0] + s * sizes.a + place.a * m * k, leading: max(1, k),
          inputs[1] + s * sizes.b + place.b * k * n, leading: max(1, n),
          into: output + (s * places.count + number) * m * n, leading: max(1, n), m: m, n: n, k: k)
      }
    }
  }

  let adjointReads = AdjointReads.inputs

  /// dA = dC·Bᵀ and dB = Aᵀ·dC, added up where a matrix takes part in several products.
  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    // Safe: samples are disjoint.
    nonisolated(unsafe) let (a, b) = (values.inputs[0], values.inputs[1])
    nonisolated(unsafe) let (da, db) = (values.inputGradients[0], values.inputGradients[1])
    nonisolated(unsafe) let dc = values.outputGradient
    context.forEachBlock(size: places.count * m * n * k / 8) { samples in
      for s in samples {
        if let da { (da + s * sizes.a).update(repeating: 0, count: sizes.a) }
        if let db { (db + s * sizes.b).update(repeating: 0, count: sizes.b) }
        for (number, place) in places.enumerated() {
          let (startA, startB) = (s * sizes.a + place.a * m * k, s * sizes.b + place.b * k * n)
          let error = dc + (s * places.count + number) * m * n
          if let da {
            BLAS.gemm(
              error, leading: max(1, n), b + startB, .transposed, leading: max(1, n),
              into: da + startA, leading: max(1, k), m: m, n: k, k: n, beta: 1)
          }
          if let db {
            BLAS.gemm(
              a + startA, .transposed, leading: max(1, k), error, leading: max(1, n),
              into: db + startB, leading: max(1, n), m: k, n: n, k: m, beta: 1)
          }
        }
      }
    }
  }
}
