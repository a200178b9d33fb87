import ArrayFiles
import DeviceModels
import LinearAlgebra
import Networks
import Randomness
import Training

extension TrainingBenchmarks {
  /// How far the outputs of 784-256-128-10 behind wires that were found exactly some steps ago are from
  /// the outputs behind the exact ones: over 500 of MNIST's test images, as parts of their own size.
  static func printWireErrors() throws {
    let set = try DataSet.load("mnist", split: .test)
    let samples = Matrix(
      rowCount: set.count, columnCount: 784, elements: set.samples.elements)
    let labels = (set.labels ?? []).map { Int32($0) }
    let sizes = [784, 256, 128, 10]
    func network(_ settings: HardwareSettings?) throws -> Backpropagation {
      try Backpropagation(
        TrainingNetwork(sizes: sizes, key: StreamKey(seed: 2)), optimizer: .sgd(momentum: 0.9),
        hardware: settings)
    }
    func steps(
      _ network: inout Backpropagation, _ range: Range<Int>, renews: TrainingPass.Renewal = .none
    ) {
      for k in range {
        let first = 64 * k % (set.count - 64)
        _ = network.train(
          samples.block(rows: first..<first + 64, columns: 0..<784),
          labels: labels[first..<first + 64], rate: 0.1,
          pass: TrainingPass(
            key: StreamKey(seed: 3).child(k), isTraining: true, renewal: renews))
      }
    }
    var digital = try network(nil)
    steps(&digital, 0..<300)
    let start = NamedArrays(source: "digital", digital.state())
    let probe = samples.block(rows: set.count - 500..<set.count, columns: 0..<784)
    for (ohms, model) in [1.0, 5].flatMap({ ohms in
      HardwareSettings.WireModel.allCases.map { (ohms, $0) }
    }) {
      var settings = HardwareSettings()
      settings.wireModel = model
      settings.device = try DeviceLibrary.load("hfo2-1t1r")
      settings.readNoise = false
      for behind in [0, 1, 10, 100, 300] {
        var trained = try network(wired(settings, ohms: ohms))
        try trained.start(from: start)
        steps(&trained, 300..<301, renews: .exact)
        steps(&trained, 301..<301 + behind)
        let key = StreamKey(seed: 9)
        func outputs(_ isTraining: Bool) -> Matrix<Float> {
          guard isTraining else { return trained.outputs(probe, key: key) }
          _ = trained.gradients(
            probe, labels: labels[(set.count - 500)...],
            pass: TrainingPass(key: key, isTraining: true, renewal: .none))
          return trained.output
        }
        let (found, exact) = (outputs(true), outputs(false))
        var ideal = try network(settings)
        // Without wires and converters the layers are not cut into tiles with ranges of their own.
        let weights = trained.state().filter { !$0.name.contains("range") }
        try ideal.start(from: NamedArrays(source: "trained", weights))
        let without = ideal.outputs(probe, key: key)
        for (name, other) in [("approximated", found), ("left out", without)] {
          let (rms, worst) = deviation(other, exact)
          let quantity = "wires of \(ohms) ohm as \(model) \(name), \(behind) steps behind"
          printFigure("training", "\(quantity), RMS error of the outputs", 100 * rms, "%")
          printFigure("training", "\(quantity), largest", 100 * worst, "%")
        }
      }
    }
  }

  /// The root of the mean square difference over that of the values, and the largest over the largest.
  private static func deviation(_ a: Matrix<Float>, _ b: Matrix<Float>) -> (Double, Double) {
    var (squares, norm, worst, largest) = (0.0, 0.0, 0.0, 0.0)
    for (x, y) in zip(a.elements, b.elements) {
      let d = Double(x - y)
      squares += d * d
      norm += Double(y * y)
      worst = max(worst, abs(d))
      largest = max(largest, Double(abs(y)))
    }
    return ((squares / norm).squareRoot(), worst / largest)
  }
}
