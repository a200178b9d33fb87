import ArgumentParser
import Circuits
import Crossbar
import DeviceModels
import Networks
import Randomness

/// The demo network on simulated chips beside its digital evaluation.
struct MapBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "map", abstract: "Chips programmed and evaluated, beside the digital network.")

  @Option(help: "How often each case runs; the fastest counts.") var repeats = 5
  @Option(help: "The network.") var model = "Examples/mnist/mnist-mlp.onnx"

  func run() throws {
    let network = try ONNXReader.network(at: model)
    let set = try DataSet.load("mnist", split: .test).fitting(inputShape: network.inputShape)
    let design = CrossbarDesign(
      device: try DeviceLibrary.load("hfo2-1t1r"), input: InputConverter(bits: 8),
      output: OutputConverter(bits: 8))
    var mapped = MappedNetwork(network, design: design)
    try mapped.calibrate(on: set.samples.samples(0..<256))
    let root = StreamKey(seed: 1).child("chip")
    let clock = ContinuousClock()
    func fastest(_ work: () throws -> Void) rethrows -> Double {
      var best = Double.infinity
      for _ in 0..<repeats {
        let time = try clock.measure(work)
        best = min(best, time / .seconds(1))
      }
      return best
    }
    let digital = try fastest {
      _ = try network.evaluate(set.samples, engine: DigitalEngine(network))
    }
    let programming = fastest { _ = mapped.chip(key: root.child(0)) }
    let chip = try fastest {
      let engine = mapped.chip(key: root.child(0))
      _ = try network.evaluate(set.samples, engine: engine)
    }
    let cells = mapped.matrices.reduce(0) { $0 + $1.usedCells }
    print("case,quantity,value,unit,baseline,times")
    print("map,digital evaluation of \(set.count) samples,\(digital * 1e3),ms,,")
    print("map,programming of \(cells) cells,\(programming * 1e3),ms,,")
    print(
      "map,chip programmed and evaluated on \(set.count) samples,\(chip * 1e3),ms,digital,"
        + "\(chip / digital)")
  }
}
