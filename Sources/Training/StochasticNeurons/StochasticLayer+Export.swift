import LinearAlgebra
import Networks

extension StochasticLayer {
  /// Appends the layer with its devices' means: p by the sigmoid (a device's law differs from it a
  /// little away from the middle), or the rectifier without noise.
  func export(number: Int, into all: inout ExportedLayer) {
    var mean = TrainableActivation.sigmoid
    if case .noisyRectifier = neurons.estimator { mean = .relu }
    let before = all.layers.count
    let name = "layer\(number)"
    all.append(dense.exported(name: name))
    guard let gates else {
      all.layers += mean.exported
      return
    }
    all.layers += TrainableActivation.relu.exported
    let units = all.layers.count
    // Every unit gets a copy of its gate, for the product is one of unit by unit.
    let wide = Matrix(
      rowCount: inputCount, columnCount: unitCount,
      elements: (0..<inputCount * unitCount).map {
        gates.weights.values[$0 / unitCount * neurons.unitCount + $0 % unitCount / block]
      })
    all.layers.append(.concatenate([before]))
    all.append(
      DenseLayer(
        weights: wide, bias: (0..<unitCount).map { gates.bias.values[$0 / block] },
        activation: mean
      ).exported(name: "gates\(number)"))
    all.layers.append(.multiply([units, all.layers.count]))
  }
}
