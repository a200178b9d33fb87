import ArgumentParser
import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra
import Networks
import Randomness

/// An LSTM over a sequence: digital, on tiles with ramp gates, and in PyTorch, in one run on one thread.
struct RecurrentBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recurrent", abstract: "LSTM inference, digital and on tiles.")

  func run() throws {
    printFigureHead()
    Parallel.threadCount = 1
    for (inputs, hidden, steps, samples) in [(40, 32, 49, 128), (128, 256, 64, 64)] {
      try measure(inputs: inputs, hidden: hidden, steps: steps, samples: samples)
    }
  }

  private func measure(inputs: Int, hidden: Int, steps: Int, samples: Int) throws {
    let key = StreamKey(seed: 1)
    func matrix(_ rows: Int, _ columns: Int, _ name: String) -> Matrix<Float> {
      let scale = 1 / Float(hidden).squareRoot()
      return Matrix(
        rowCount: rows, columnCount: columns,
        elements: Noise.uniform(rows * columns, key.child(name)).map { (2 * $0 - 1) * scale })
    }
    var builder = try NetworkBuilder(
      source: "benchmark", name: "lstm", inputShape: [steps, inputs])
    let zeros = [Float](repeating: 0, count: 4 * hidden)
    let states = try builder.recurrent(
      builder.input, .lstm,
      [
        RecurrentWeights(
          input: matrix(4 * hidden, inputs, "input"), hidden: matrix(4 * hidden, hidden, "hidden"),
          inputBias: zeros, hiddenBias: zeros)
      ], name: "lstm")
    let network = try builder.network(output: states)
    let x = Tensor(
      shape: [samples, steps, inputs],
      elements: Noise.uniform(samples * steps * inputs, key.child("x")).map { 2 * $0 - 1 })
    let device = try DeviceLibrary.load("hfo2-1t1r")
    let design = CrossbarDesign(
      device: device, tile: TileShape(rows: inputs + hidden, columns: 4 * hidden),
      input: InputConverter(coding: .pulseWidth, bits: 5, range: .fixed(1)), output: nil)
    let ramps = try GateRamps(
      bits: 5, device: device, writing: RampWriting(calibration: .onePoint, startCells: 5))
    let chip = MappedNetwork(network, design: design, gateRamps: ramps).chip(key: key)
    let digital = shortest { _ = try? network.evaluate(x, engine: DigitalEngine(network)) }
    let analog = shortest { _ = try? network.evaluate(x, engine: chip) }
    let torch = Peer(
      "torch", script: "recurrent_torch.py",
      runs: [[inputs, hidden, steps, samples].map { "\($0)" }])
    let name = "\(inputs)-\(hidden), \(steps) steps, \(samples) samples"
    printFigure(
      "recurrent", "\(name), digital", digital * 1e3, "ms", baseline: torch.baseline("pass"))
    printFigure(
      "recurrent", "\(name), tiles", analog * 1e3, "ms", baseline: ("own digital", digital * 1e3))
  }
}
