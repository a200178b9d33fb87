import ArgumentParser
import LinearAlgebra
import Randomness
import Training

/// An epoch of 6,000 MNIST-shaped samples through 784-256-128-10 by plain gradient descent.
struct TrainingBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "training", abstract: "Epochs of training.",
    discussion: "Benchmarks/peers/training_torch.py runs the same epoch in PyTorch.")

  func run() {
    printFigureHead()
    let count = 6000
    let x = Matrix(
      rowCount: count, columnCount: 784, elements: Noise.uniform(count * 784, StreamKey(seed: 1)))
    let labels = (0..<count).map { Int32($0 % 10) }
    for batch in [8, 64] {
      let blocks = stride(from: 0, to: count - batch + 1, by: batch).map {
        (x.block(rows: $0..<$0 + batch, columns: 0..<784), labels[$0..<$0 + batch])
      }
      for threads in [1, 2] {
        Parallel.threadCount = threads
        var network = Backpropagation(
          sizes: [784, 256, 128, 10], optimiser: .sgd(), key: StreamKey(seed: 2))
        let time = shortest(runs: 3) {
          for (x, labels) in blocks { _ = network.train(x, labels: labels, rate: 0.01) }
        }
        printFigure("training", "digital epoch batch \(batch) threads \(threads)", time * 1e3, "ms")
      }
    }
  }
}
