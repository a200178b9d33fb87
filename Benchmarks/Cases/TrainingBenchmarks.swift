import ArgumentParser
import DeviceModels
import LinearAlgebra
import Randomness
import Training

/// An epoch of 6,000 MNIST-shaped samples through 784-256-128-10 by plain gradient descent.
struct TrainingBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "training", abstract: "Epochs of training.",
    discussion: """
      The rivals: Benchmarks/peers/training_torch.py and hardware_aware_aihwkit.py.
      """)

  /// The chips that an epoch goes through; `nil` is digital.
  private static func chips() throws -> [(name: String, settings: HardwareSettings?)] {
    var additive = HardwareSettings()
    additive.additive = 0.03
    var converters = additive
    converters.inputBits = 8
    converters.outputBits = 8
    var phaseChange = converters
    phaseChange.additive = 0
    phaseChange.device = try DeviceLibrary.load("pcm")
    return [
      ("digital", nil), ("additive noise", additive),
      ("additive noise, 8-bit converters", converters),
      ("pcm written and read, 8-bit converters", phaseChange),
    ]
  }

  func run() throws {
    printFigureHead()
    let count = 6000
    let x = Matrix(
      rowCount: count, columnCount: 784, elements: Noise.uniform(count * 784, StreamKey(seed: 1)))
    let labels = (0..<count).map { Int32($0 % 10) }
    for batch in [8, 64] {
      let blocks = stride(from: 0, to: count - batch + 1, by: batch).map {
        (x.block(rows: $0..<$0 + batch, columns: 0..<784), labels[$0..<$0 + batch])
      }
      for (name, settings) in try Self.chips() {
        for threads in [1, 2] {
          Parallel.threadCount = threads
          let sizes = [784, 256, 128, 10]
          let layers = (1..<sizes.count).map { k in
            DenseLayer(
              inputs: sizes[k - 1], outputs: sizes[k],
              activation: k == sizes.count - 1 ? .identity : .relu,
              key: StreamKey(seed: 2).child(k), hardware: settings)
          }
          var network = Backpropagation(layers: layers, loss: .crossEntropy, optimiser: .sgd())
          var step = 0
          let time = shortest(runs: 3) {
            for (x, labels) in blocks {
              let pass = ForwardPass(key: StreamKey(seed: 3).child(step), isTraining: true)
              _ = network.train(x, labels: labels, rate: 0.01, pass: pass)
              step += 1
            }
          }
          printFigure(
            "training", "\(name) epoch batch \(batch) threads \(threads)", time * 1e3, "ms")
        }
      }
    }
    printFigure("training", "peak memory", Double(peakMemory()) / 1048576, "MiB")
  }
}
