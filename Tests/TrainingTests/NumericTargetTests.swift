import Foundation
import LinearAlgebra
import Randomness
import Testing
import Training

/// Losses against numbers.
@Suite struct NumericTargetTests {
  private static func inputs(_ range: ClosedRange<Float>) -> (Matrix<Float>, Matrix<Float>) {
    var stream = RandomStream(StreamKey(seed: 3))
    let y = (0..<12).map { _ in
      range.lowerBound + Float(stream.uniform()) * (range.upperBound - range.lowerBound)
    }
    let t = (0..<12).map { _ in Float(stream.uniform()) }
    return (
      Matrix(rowCount: 4, columnCount: 3, elements: y),
      Matrix(rowCount: 4, columnCount: 3, elements: t)
    )
  }

  @Test(
    "gradients of losses against numbers are their slopes",
    arguments: [
      (Loss.meanSquaredError, false), (.binaryCrossEntropy, false), (.binaryCrossEntropy, true),
    ])
  func slopes(loss: Loss, isProbability: Bool) {
    let (y, targets) = Self.inputs(isProbability ? 0.1...0.9 : -3...3)
    var gradient = y
    _ = loss.evaluate(y, targets: targets, isProbability: isProbability, gradient: &gradient)
    for k in y.elements.indices {
      var (above, below, none) = (y, y, y)
      let step: Float = 1 / 128
      above.elements[k] += step
      below.elements[k] -= step
      let up = loss.evaluate(above, targets: targets, isProbability: isProbability, gradient: &none)
      let down = loss.evaluate(
        below, targets: targets, isProbability: isProbability, gradient: &none)
      let slope = (up - down) / Double(2 * step)
      #expect(abs(slope - Double(gradient.elements[k])) < 2e-3 * max(1, abs(slope)), "\(k)")
    }
  }

  @Test(
    "the binary cross-entropy of a logit is that of its probability, and finite where that is 0 or 1"
  )
  func forms() {
    let logits: [Float] = [-4, -1, 0, 0.5, 3]
    let targets = Matrix<Float>(rowCount: 5, columnCount: 1, elements: [0, 1, 0.25, 1, 0])
    var none = targets
    let loss = Loss.binaryCrossEntropy
    let z = loss.evaluate(
      Matrix(rowCount: 5, columnCount: 1, elements: logits), targets: targets, isProbability: false,
      gradient: &none)
    let p = loss.evaluate(
      Matrix(rowCount: 5, columnCount: 1, elements: logits.map { 1 / (1 + Float.exp(-$0)) }),
      targets: targets, isProbability: true, gradient: &none)
    #expect(abs(z - p) < 1e-5)
    none = Matrix(rowCount: 2, columnCount: 1)
    let edge = loss.evaluate(
      Matrix(rowCount: 2, columnCount: 1, elements: [0, 1]),
      targets: Matrix(rowCount: 2, columnCount: 1, elements: [1, 0]), isProbability: true,
      gradient: &none)
    #expect(edge.isFinite && none.elements.allSatisfy(\.isFinite))
  }
}

extension Float {
  fileprivate static func exp(_ x: Float) -> Float { Float(Foundation.exp(Double(x))) }
}
