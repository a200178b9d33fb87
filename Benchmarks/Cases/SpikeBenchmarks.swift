import ArgumentParser
import LinearAlgebra
import Networks
import Randomness
import StrictYAML
import Training

/// Spiking networks beside snnTorch and Brian2: a liquid, its cost over the firing rate, and training with a surrogate
/// gradient.
struct SpikeBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spikes",
    abstract: "Liquids and training of spiking neurons beside snnTorch and Brian2.",
    discussion: """
      Benchmarks/peers/liquid_torch.py and liquid_brian.py run beside it if OHMWEAVE_PEER_PYTHON is the path of a Python \
      with snntorch and brian2.
      """)

  @Option(help: "The cases: liquid, rates, training; or all.") var cases = "all"
  @Option(help: "Threads of all programs.") var threads = [1]
  @Option(help: "Samples of the liquid.") var samples = 1000

  private func has(_ name: String) -> Bool {
    cases == "all" || cases.split(separator: ",").contains(Substring(name))
  }

  /// 256 inputs onto 1,000 neurons, 20 % of the links between these.
  private static let (inputs, units, steps, share) = (256, 1000, 250, 0.2)

  func run() throws {
    printFigureHead()
    for threads in threads {
      Parallel.threadCount = threads
      if has("liquid") { try liquid(threads) }
      if has("training") { try training(threads) }
    }
    Parallel.threadCount = 1
    if has("rates") { try rates() }
  }

  /// The liquid, its weights normal with the deviation `gain`; the result is the rate of each neuron.
  private static func network(gain: Float) throws -> Network {
    let key = StreamKey(seed: 1)
    var builder = try NetworkBuilder(
      source: "benchmark", name: "liquid", inputShape: [steps, inputs])
    let currents = try builder.dense(
      builder.input,
      weights: Matrix(
        rowCount: inputs, columnCount: units,
        elements: Noise.normal(inputs * units, key.child("inputs")).map { gain * $0 }),
      name: "inputs")
    let links = Noise.uniform(units * units, key.child("links"))
    let weights = zip(Noise.normal(units * units, key.child("weights")), links).map {
      Double($1) < share ? gain * $0 : 0
    }
    let spikes = try builder.integrateAndFire(
      currents, IntegrateAndFire(),
      recurrent: Matrix(rowCount: units, columnCount: units, elements: weights), name: "neurons")
    let rates = try builder.meanOverTime(spikes, name: "rates")
    return try builder.network(output: rates)
  }

  /// Spikes at the inputs, each step with the probability `rate`.
  private static func events(_ samples: Int, rate: Float) -> Tensor {
    let count = samples * steps * inputs
    return Tensor(
      shape: [samples, steps, inputs],
      elements: Noise.uniform(count, StreamKey(seed: 2)).map { $0 < rate ? 1 : 0 })
  }

  /// Seconds of a pass, and the mean number of spikes per neuron and step.
  private static func pass(_ x: Tensor, gain: Float) throws -> (time: Double, rate: Double) {
    let network = try network(gain: gain)
    let engine = DigitalEngine(network)
    let rates = try network.evaluate(x, engine: engine).elements
    let time = shortest(runs: 3) { _ = try? network.evaluate(x, engine: engine) }
    return (time, rates.reduce(0) { $0 + Double($1) } / Double(rates.count))
  }

  private func liquid(_ threads: Int) throws {
    let (gain, rate) = (Float(0.1), Float(0.01))
    let (time, fired) = try Self.pass(Self.events(samples, rate: rate), gain: gain)
    let sizes = [Self.inputs, Self.units, Self.steps]
    let ends = ["\(Self.share)", "\(gain)", "\(rate)"]
    let torch = Peer(
      "snntorch", script: "liquid_torch.py",
      runs: [["\(threads)", "liquid"] + (sizes + [samples]).map { "\($0)" } + ends])
    // The other program runs one sample at a time, so that a few are enough for the time per sample.
    let brian = Peer(
      "brian2", script: "liquid_brian.py", runs: [(sizes + [5]).map { "\($0)" } + ends])
    let name = "liquid of \(Self.units) neurons \(Self.steps) steps threads \(threads)"
    for (peer, baseline) in [
      ("snntorch", torch.baseline("pass").map { ($0.name, $0.value / Double(samples)) }),
      ("brian2", brian.baseline("time per sample")),
    ] {
      printFigure(
        "spikes", "\(name) beside \(peer)", time * 1e3 / Double(samples), "ms per sample",
        baseline: baseline)
    }
    printFigure(
      "spikes", "mean rate of the liquid", fired, "1/step", baseline: torch.baseline("rate"))
  }

  /// Time per sample over the firing rate.
  private func rates() throws {
    for rate in [Float(0), 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08] {
      let count = 64
      let (time, fired) = try Self.pass(Self.events(count, rate: rate), gain: 0.1)
      let name = "input rate \(rate)"
      printFigure("spikes", "\(name) mean rate", fired, "1/step")
      printFigure("spikes", "\(name) time per sample", 1e6 * time / Double(count), "us")
    }
  }

  /// A step of training: 256 inputs, 200 recurrent neurons, 10 classes, 100 steps, batch 64.
  private func training(_ threads: Int) throws {
    let (inputs, units, classes, steps, batch) = (256, 200, 10, 100, 64)
    let file = try StrictFile(
      text: """
        rule: backpropagation
        network: {layers: [
          {type: dense, outputs: \(units), each-step: true},
          {type: integrate-and-fire, recurrent: true, surrogate: arctangent, surrogate-width: 0.5},
          {type: mean-over-time}, {type: dense, outputs: \(classes)}]}
        optimizer: {name: sgd, rate: 0.01}
        """, source: "benchmark")
    var rule = try BackpropagationRule(
      TrainingSetup(
        root: file.root, inputShape: [steps, inputs], classCount: classes, batch: batch,
        stepsPerEpoch: 1, epochs: 1, key: StreamKey(seed: 1)))
    let count = batch * steps * inputs
    let data = TrainingBatch(
      x: Matrix(
        rowCount: batch, columnCount: steps * inputs,
        elements: Noise.uniform(count, StreamKey(seed: 2)).map { $0 < 0.05 ? 1 : 0 }),
      labels: (0..<batch).map { Int32($0 % classes) })
    let time = shortest { _ = try? rule.step(data) }
    let torch = Peer(
      "snntorch", script: "liquid_torch.py",
      runs: [
        ["\(threads)", "training"] + [inputs, units, classes, steps, batch].map { "\($0)" }
      ])
    let name = "training of \(units) neurons \(steps) steps batch \(batch) threads \(threads)"
    printFigure(
      "spikes", name, time * 1e3, "ms", baseline: torch.baseline("step"))
  }
}
