import DeviceModels
import LinearAlgebra
import Networks
import Randomness
import Testing
import Training

@Suite("Recurrent layers that learn")
struct RecurrentTests {
  /// A small stack: LSTM, and what makes classes of its states.
  private func network(_ sequence: Bool, _ seed: UInt64) -> Backpropagation {
    let key = StreamKey(seed: seed)
    var layers: [any TrainableLayer] = [
      LSTMLayer(inputShape: [5, 3], hidden: 4, givesSequence: true, key: key.child(1)),
      LSTMLayer(inputShape: [5, 4], hidden: 3, givesSequence: sequence, key: key.child(2)),
    ]
    if sequence { layers.append(MeanOverTimeLayer(inputShape: [5, 3])) }
    layers.append(DenseLayer(inputs: 3, outputs: 2, activation: .identity, key: key.child(3)))
    return Backpropagation(layers: layers, loss: .crossEntropy, optimiser: .sgd())
  }

  @Test("backpropagation through time gives the slope of the loss", arguments: [true, false])
  func gradients(sequence: Bool) {
    let x = Matrix(rowCount: 6, columnCount: 15, elements: Noise.normal(90, StreamKey(seed: 7)))
    let labels: [Int32] = [0, 1, 1, 0, 1, 0]
    var network = network(sequence, 3)
    _ = network.gradients(x, labels: labels[...])
    var slopes: [(layer: Int, name: String, place: Int, value: Float)] = []
    for k in network.layers.indices {
      network.layers[k].forEachParameter { name, parameter in
        for i in stride(from: 0, to: parameter.values.count, by: 7) {
          slopes.append((k, name, i, parameter.gradient[i]))
        }
      }
    }
    func loss(_ layer: Int, _ name: String, _ place: Int, _ change: Float) -> Double {
      var moved = network
      moved.layers[layer].forEachParameter { n, parameter in
        if n == name { parameter.values[place] += change }
      }
      return moved.gradients(x, labels: labels[...])
    }
    for slope in slopes {
      let h: Float = 1e-2
      let up = loss(slope.layer, slope.name, slope.place, h)
      let down = loss(slope.layer, slope.name, slope.place, -h)
      let measured = (up - down) / Double(2 * h)
      // The third derivative leaves h²; single precision leaves 1e-7/h.
      #expect(
        abs(measured - Double(slope.value)) <= 2e-4 + 2e-2 * abs(measured),
        "layer \(slope.layer) \(slope.name) \(slope.place)")
    }
  }

  @Test("an exported LSTM computes what the trained one does")
  func export() throws {
    var network = network(true, 11)
    let x = Matrix(rowCount: 4, columnCount: 15, elements: Noise.normal(60, StreamKey(seed: 2)))
    let own = network.outputs(x)
    var described = network.exported(title: "test")
    described.inputShape = [5, 3]
    let again = try described.network(source: "test")
    let there = try again.evaluate(
      Tensor(shape: [4, 5, 3], elements: x.elements), engine: DigitalEngine(again))
    for (a, b) in zip(own.elements, there.elements) { #expect(abs(a - b) <= 1e-5) }
  }

  @Test("with many bits and no noise the converters in the loop change next to nothing")
  func fineConverters() throws {
    let converters = try GateConverters(bits: 10, inputBits: 16, device: nil)
    let key = StreamKey(seed: 5)
    func layer(_ converters: GateConverters?) -> LSTMLayer {
      LSTMLayer(
        inputShape: [6, 3], hidden: 5, givesSequence: false, converters: converters, key: key)
    }
    let x = Noise.uniform(4 * 18, StreamKey(seed: 6)).map { 2 * $0 - 1 }
    var (exact, fine) = (layer(nil), layer(converters))
    var (a, b) = ([Float](repeating: 0, count: 20), [Float](repeating: 0, count: 20))
    let pass = ForwardPass(key: key, isTraining: false)
    exact.forward(x, samples: 4, into: &a, pass)
    fine.forward(x, samples: 4, into: &b, pass)
    // Two quantisers of 2⁻⁹ in a product, gains below 1 over six steps.
    for (p, q) in zip(a, b) { #expect(abs(p - q) <= 0.01) }
  }

  @Test("noise is drawn anew for every pass of training, and for none of testing")
  func noise() throws {
    let converters = try GateConverters(
      bits: 5, inputBits: 5, device: DeviceLibrary.load("hfo2-1t1r"))
    let key = StreamKey(seed: 8)
    var layer = LSTMLayer(
      inputShape: [6, 3], hidden: 5, givesSequence: false, converters: converters,
      weightNoise: 0.025, weightLimit: 1, key: key)
    let x = Noise.uniform(4 * 18, StreamKey(seed: 6))
    func states(_ step: Int, training: Bool) -> [Float] {
      var y = [Float](repeating: 0, count: 20)
      layer.forward(
        x, samples: 4, into: &y, ForwardPass(key: key.child(step), isTraining: training))
      return y
    }
    #expect(states(1, training: true) == states(1, training: true))
    #expect(states(1, training: true) != states(2, training: true))
    #expect(states(1, training: false) == states(2, training: false))
  }
}
