import LinearAlgebra

/// Requests of a rule of plasticity for one matrix: W += Σ xᵀ·d over rows, each a step in which lines of inputs and of
/// outputs were active. Whatever holds the matrix decides what becomes of them.
package struct UpdateRequests: Sendable {
  /// Lines of inputs and of outputs.
  package let inputs: Int
  package let outputs: Int
  /// Rows × inputs.
  private(set) var x: [Float] = []
  /// Rows × outputs, of the opposite sign: −d, as gradients are.
  private(set) var descent: [Float] = []
  /// How many rows there are.
  package private(set) var count = 0

  /// No requests yet.
  package init(inputs: Int, outputs: Int) { (self.inputs, self.outputs) = (inputs, outputs) }

  /// Asks for W += factor·xᵀ·d; nothing where one of the rows is all zeros.
  mutating func add(_ x: [Float], _ d: [Float], factor: Float) {
    x.withUnsafeBufferPointer { x in
      d.withUnsafeBufferPointer { add(x.baseAddress!, $0.baseAddress!, factor: factor) }
    }
  }

  /// The same for numbers that lie elsewhere.
  mutating func add(
    _ x: UnsafePointer<Float>, _ d: UnsafePointer<Float>, factor: Float
  ) {
    func isZero(_ row: UnsafePointer<Float>, _ count: Int) -> Bool {
      for i in 0..<count where row[i] != 0 { return false }
      return true
    }
    guard factor != 0, !isZero(d, outputs), !isZero(x, inputs) else { return }
    self.x.append(contentsOf: UnsafeBufferPointer(start: x, count: inputs))
    for j in 0..<outputs { descent.append(-factor * d[j]) }
    count += 1
  }

  /// Multiplies every line of the inputs by its factor.
  mutating func multiply(_ factors: [Float]) {
    for row in 0..<count {
      for i in 0..<inputs { x[row * inputs + i] *= factors[i] }
    }
  }

  /// Appends the rows of `other`.
  mutating func add(_ other: UpdateRequests) {
    x += other.x
    descent += other.descent
    count += other.count
  }

  /// What the requests come to on digital weights, inputs × outputs.
  package func sum() -> Matrix<Float> {
    var result = Matrix<Float>(rowCount: inputs, columnCount: outputs)
    guard count > 0 else { return result }
    result.elements.withUnsafeMutableBufferPointer {
      DenseProducts.outer(
        x, descent, into: $0.baseAddress!, samples: count, inputs: inputs, outputs: outputs,
        alpha: -1, beta: 0)
    }
    return result
  }
}
