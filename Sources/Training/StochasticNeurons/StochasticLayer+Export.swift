import ArrayFiles
import LinearAlgebra
import Networks

extension StochasticLayer {
  /// Appends the layer with its devices' means: p by the sigmoid (a device's law differs from it a
  /// little away from the middle), or the rectifier without noise.
  func export(
    number: Int, into layers: inout [NetworkDescription.Layer],
    _ arrays: inout [(name: String, array: NumericArray)]
  ) {
    var mean = Activation.sigmoid
    if case .noisyRectifier = neurons.estimator { mean = .relu }
    let before = layers.count
    let name = "layer\(number)"
    layers.append(.dense(name: name))
    arrays += denseArrays(name, dense)
    guard let gates else {
      layers.append(.activation(mean))
      return
    }
    layers.append(.activation(.relu))
    let units = layers.count
    // Every unit gets a copy of its gate, for the product is one of unit by unit.
    let wide = Matrix(
      rowCount: inputCount, columnCount: unitCount,
      elements: (0..<inputCount * unitCount).map {
        gates.weights.values[$0 / unitCount * neurons.unitCount + $0 % unitCount / block]
      })
    layers += [.concatenate([before]), .dense(name: "gates\(number)"), .activation(mean)]
    arrays += denseArrays(
      "gates\(number)", wide, bias: (0..<unitCount).map { gates.bias.values[$0 / block] })
    layers.append(.multiply([units, layers.count]))
  }
}
