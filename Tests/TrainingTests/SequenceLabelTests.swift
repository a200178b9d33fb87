import Foundation
import InputOutput
import LinearAlgebra
import Networks
import Randomness
import Testing
import Training

@Suite struct SequenceLabelTests {
  /// Six steps of five symbols; the last four are classified.
  static func network(seed: UInt64 = 4) -> Backpropagation {
    let key = StreamKey(seed: seed)
    return Backpropagation(
      layers: [
        OneHotLayer(inputShape: [6], symbols: 5),
        LSTMLayer(inputShape: [6, 5], hidden: 7, givesSequence: true, key: key.child("lstm")),
        LastStepsLayer(inputShape: [6, 7], steps: 4),
        EachStepLayer(
          DenseLayer(inputs: 7, outputs: 5, activation: .identity, key: key.child("dense")),
          steps: 4),
      ], loss: .crossEntropy, optimiser: .adam())
  }

  static let x = Matrix<Float>(
    rowCount: 2, columnCount: 6, elements: [0, 3, 1, 4, 2, 2, 1, 1, 0, 4, 3, 2])
  static let labels: [Int32] = [1, 4, 2, 2, 0, 4, 3, 2]

  @Test("gradients of a loss at every step are those of finite differences")
  func gradients() {
    var net = Self.network()
    _ = net.gradients(Self.x, labels: Self.labels[...])
    for layer in [1, 3] {
      var places: [(name: String, index: Int, slope: Float)] = []
      net.layers[layer].forEachParameter { name, parameter in
        for index in stride(from: 0, to: parameter.values.count, by: 11) {
          places.append((name, index, parameter.gradient[index]))
        }
      }
      #expect(!places.isEmpty)
      for place in places {
        func loss(_ change: Float) -> Double {
          var other = net
          other.layers[layer].forEachParameter { name, parameter in
            if name == place.name { parameter.values[place.index] += change }
          }
          return other.gradients(Self.x, labels: Self.labels[...])
        }
        let slope = (loss(1e-2) - loss(-1e-2)) / 2e-2
        // Central differences of 0.01 in single precision: 1e-4 of curvature and rounding.
        #expect(abs(slope - Double(place.slope)) < 2e-4, "\(layer) \(place)")
      }
    }
  }

  @Test("a label for every step counts as one sample of the loss each")
  func bits() throws {
    var net = Self.network()
    let loss = net.gradients(Self.x, labels: Self.labels[...])
    let outputs = net.outputs(Self.x)
    let bits = bitsPerSymbol(
      Tensor(shape: [8, 5], elements: outputs.elements), labels: Self.labels.map(Int.init))
    #expect(abs(bits * log(2) - loss) < 1e-5)
  }

  @Test("the exported network gives the same outputs")
  func exported() throws {
    var net = Self.network()
    let outputs = net.outputs(Self.x)
    let network = try net.exported(title: "symbols").network(source: "test")
    #expect(network.outputShape == [4, 5])
    let given = try network.evaluate(
      Tensor(shape: [2, 6], elements: Self.x.elements), engine: DigitalEngine(network))
    for (a, b) in zip(outputs.elements, given.elements) { #expect(abs(a - b) < 1e-5) }
  }
}
