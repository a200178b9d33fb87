import LinearAlgebra
import Networks
import Training

/// A site outside of a network: one read a pass, or reads of a pass with several.
extension DigitalSite {
  init(_ weights: Matrix<Float>) { self.init(weights: weights) }

  /// The same weights through a chip.
  func on(_ settings: HardwareSettings) -> DigitalSite {
    DigitalSite(
      weights: Matrix(rowCount: inputs, columnCount: outputs, elements: weights.values),
      hardware: settings)
  }

  mutating func begin(_ pass: TrainingPass, samples: Int? = nil) {
    begin(pass, vectors: samples, samples: samples ?? 1)
  }

  mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, into y: UnsafeMutablePointer<Float>
  ) { forward(x, vectors: samples, into: y, call: 0) }

  mutating func backward(
    x: UnsafePointer<Float>, dz: UnsafeMutablePointer<Float>, samples: Int,
    dx: UnsafeMutablePointer<Float>?
  ) { adjoint(x, dz, vectors: samples, into: dx, skipping: 0, call: 0, rate: nil) }
}

extension Backpropagation {
  /// Every parameter under its name.
  var parameters: [String: Parameter] {
    var copy = self
    var found: [String: Parameter] = [:]
    copy.forEachParameter { found[$0] = $1 }
    return found
  }

  /// The same network with one number of a parameter moved.
  func shifted(_ name: String, _ i: Int, by h: Float) -> Backpropagation {
    var copy = self
    copy.forEachParameter { if $0 == name { $1.values[i] += h } }
    return copy
  }
}
