import ArgumentParser
import Foundation
import InputOutput
import LinearAlgebra
import Networks
import Randomness
import Training

/// Training steps of networks that settle, on MNIST images, and how they grow with the number of cells.
struct SettlingBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "settling",
    abstract: "Equilibrium propagation beside energy-based-learning (PyTorch) and ngspice.",
    discussion: """
      Benchmarks/peers/settling_torch.py runs beside it if OHMWEAVE_PEER_PYTHON is the path of a Python with torch and \
      OHMWEAVE_PEER_SETTLING that of a checkout of rain-neuromorphics/energy-based-learning. ngspice runs beside the case 'states' where it is installed. \
      Of 'states' and 'scaling' processor times count.
      """)

  @Option(help: "The cases: training, scaling, states; or all.") var cases = "all"
  @Option(help: "Threads of both programs.") var threads = [1, 2]

  private func has(_ name: String) -> Bool {
    cases == "all" || cases.split(separator: ",").contains(Substring(name))
  }

  func run() throws {
    printFigureHead()
    let set = try DataSet.load("mnist", split: .test).fitting(inputShape: [784])
    let data = (
      x: Matrix(rowCount: set.count, columnCount: 784, elements: set.samples.elements),
      labels: (set.labels ?? []).map(Int32.init)
    )
    if has("training") { training(data) }
    if has("scaling") { scaling(data) }
    if has("states") { try states() }
  }

  private typealias Data = (x: Matrix<Float>, labels: [Int32])

  /// The network 784·2-hidden-10 with the conductances that a run begins with, and the settings of arXiv 2402.11674.
  private static func learning(hidden: Int, gain: Float) -> EquilibriumPropagation {
    let sizes = [1568, hidden, 10]
    let matrices = (1..<3).map { k in
      let limit = 1 / Float(sizes[k - 1]).squareRoot()
      let drawn = Noise.uniform(sizes[k - 1] * sizes[k], StreamKey(seed: 1).child(k))
      return SettlingMatrix(
        rowCount: sizes[k - 1], columnCount: sizes[k],
        weights: drawn.map { max(0, limit * (2 * $0 - 1)) })
    }
    let network = SettlingNetwork(
      kind: .resistive(inputGain: gain), inputCount: 784, matrices: matrices,
      biases: [[Float](repeating: 0, count: hidden), [Float](repeating: 0, count: 10)])
    return EquilibriumPropagation(
      network: network, rate: 0.006, window: 0...(.infinity), key: StreamKey(seed: 2))
  }

  /// Samples per second in training; `timed` measures the seconds of all steps.
  private static func rate(
    _ data: Data, hidden: Int, gain: Float, batch: Int, steps: Int,
    timed: (() -> Void) -> Double = { shortest($0) }
  ) -> Double {
    var learning = learning(hidden: hidden, gain: gain)
    let batches = (0..<steps).map { k in
      let rows = k * batch % 8192..<k * batch % 8192 + batch
      return (data.x.block(rows: rows, columns: 0..<784), Array(data.labels[rows]))
    }
    var step = 0
    let time = timed {
      for (x, labels) in batches {
        learning.apply(learning.changes(x, labels: labels, step: step))
        step += 1
      }
    }
    return Double(steps * batch) / time
  }

  private func training(_ data: Data) {
    for threads in threads {
      Parallel.threadCount = threads
      let peer = Peer("energy-based-learning", script: "settling_torch.py", runs: [["\(threads)"]])
      for (hidden, gain) in [(100, Float(100)), (1024, 480)] {
        for batch in [4, 64] {
          let name = "\(hidden) hidden units batch \(batch) threads \(threads)"
          let rate = Self.rate(data, hidden: hidden, gain: gain, batch: batch, steps: 20)
          printFigure("settling", name, rate, "1/s", baseline: peer.baseline(name))
        }
      }
    }
  }

  /// Time per sample over the number of hidden units: 1,578 cells each.
  private func scaling(_ data: Data) {
    Parallel.threadCount = 1
    for k in 6...15 {
      let hidden = 1 << k
      let rate = Self.rate(
        data, hidden: hidden, gain: 800, batch: 4, steps: hidden > 4096 ? 2 : 10,
        timed: { leastProcessorTime($0) })
      printFigure("settling", "\(hidden) hidden units time per sample", 1e6 / rate, "us")
      printFigure(
        "settling", "\(hidden) hidden units time per cell and sample",
        1e9 / rate / Double(1578 * hidden), "ns")
    }
  }
}
