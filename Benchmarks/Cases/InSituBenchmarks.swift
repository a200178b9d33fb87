import ArgumentParser
import DeviceModels
import Foundation
import LinearAlgebra
import Randomness
import Training

/// In-situ training beside aihwkit: `Benchmarks/peers/insitu_aihwkit.py` runs the same cases there and
/// prints the same columns.
struct InSituBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "insitu", abstract: "Training on arrays of pulsed devices, beside aihwkit.")

  @Option(help: "Which case: epoch, trains, transfer, memory or all.") var only = "all"
  @Option(help: "Threads; 0 runs one and two.") var threads = 0

  func run() throws {
    printFigureHead()
    let counts = threads == 0 ? [1, 2] : [threads]
    for count in counts {
      Parallel.threadCount = count
      if only == "all" || only == "epoch" { try epochs(count) }
      if only == "all" || only == "trains" { try trains(count) }
      if only == "all" || only == "transfer" { try transfers(count) }
    }
    if only == "all" || only == "memory" { report("peak memory", Self.peakMegabytes(), "MB") }
  }

  private func report(_ quantity: String, _ value: Double, _ unit: String) {
    printFigure("insitu", quantity, (value * 1000).rounded() / 1000, unit)
  }

  /// 6,000 MNIST-shaped samples through 784-256-128-10: an epoch in seconds.
  private func epochs(_ threads: Int) throws {
    let count = 6000
    let x = Matrix(
      rowCount: count, columnCount: 784, elements: Noise.uniform(count * 784, StreamKey(seed: 1)))
    let labels = (0..<count).map { Int32($0 % 10) }
    for (name, design) in [
      ("constant step", InSituDesign(device: try Self.constantStep())),
      ("reram-sb", InSituDesign(device: try Self.preset("reram-sb"))),
    ] {
      for batch in [8, 64] {
        let blocks = stride(from: 0, to: count - batch + 1, by: batch).map {
          (x.block(rows: $0..<$0 + batch, columns: 0..<784), labels[$0..<$0 + batch])
        }
        let key = StreamKey(seed: 2)
        var network = try Backpropagation(
          TrainingNetwork(
            sizes: [784, 256, 128, 10], initial: .uniform(spread: 1), key: key.child("start"))
        ) {
          PulsedSite(
            $0, design: design, rule: PulsedDescent(),
            key: key.child("layer").child($0.index + 1))
        }
        var best = Double.infinity
        var loss = 0.0
        for _ in 0..<3 {
          loss = 0
          let time = ContinuousClock().measure {
            for (x, labels) in blocks { loss += network.train(x, labels: labels, rate: 0.1) }
          }
          best = min(best, time / .seconds(1))
        }
        report("\(name) epoch batch \(batch) threads \(threads)", best, "s")
        // Like work: both sides must stand at about the same loss.
        report("\(name) loss batch \(batch)", loss / Double(blocks.count), "")
      }
    }
  }

  /// Long saturated trains: 31 coincidences in every cell of a 512² tile, batch 64.
  private func trains(_ threads: Int) throws {
    for (name, device) in [
      ("constant step", try Self.constantStep()), ("reram-sb", try Self.preset("reram-sb")),
    ] {
      var design = InSituDesign(device: device)
      design.scheme = .stochastic(
        StochasticTrains(longest: 31, managesLength: false, managesScale: false))
      let time = try step(PulsedDescent(), design, saturated: true)
      report("\(name) saturated trains threads \(threads)", 64 / time, "samples/s")
    }
  }

  /// Forward, backward and update of one 512² tile at batch 64.
  private func transfers(_ threads: Int) throws {
    let design = InSituDesign(device: try Self.preset("reram-sb"))
    report(
      "tiki-taka-v2 threads \(threads)", 64 / (try step(TikiTakaV2(), design)), "samples/s")
    report("agad threads \(threads)", 64 / (try step(AGAD(), design)), "samples/s")
  }

  private func step(
    _ rule: any InSituRuleSettings, _ design: InSituDesign, saturated: Bool = false
  ) throws -> Double {
    let size = 512
    let start = Noise.uniform(size * size, StreamKey(seed: 3)).map { 0.1 * (2 * $0 - 1) }
    var layer = rule.layer(
      design, rowCount: size, columnCount: size, weights: start, key: StreamKey(seed: 4))
    let noise = Noise.uniform(2 * 64 * size, StreamKey(seed: 5)).map { 2 * $0 - 1 }
    let x = saturated ? noise[..<(64 * size)].map { $0 < 0 ? -1 : 1 } : Array(noise[..<(64 * size)])
    let g = saturated ? noise[(64 * size)...].map { $0 < 0 ? -1 : 1 } : Array(noise[(64 * size)...])
    var y = [Float](repeating: 0, count: 64 * size)
    var dx = y
    // The saturated case asks for more than 31 steps in every cell.
    let rate: Float = saturated ? 10 : 0.01
    return shortest(runs: 5) {
      layer.forward(x, samples: 64, into: &y, key: nil)
      layer.backward(g, samples: 64, into: &dx)
      layer.update(x: x, g: g, samples: 64, rate: rate)
    }
  }

  /// aihwkit's default constant-step device.
  static func constantStep() throws -> PulseModel {
    try PulseModel(
      text: """
        pulses:
          law: constant-step
          conductance: {zero: 50 uS, unit: 25 uS}
          bounds: {minimum: -0.6, maximum: 0.6, minimum-spread: 30 %, maximum-spread: 30 %}
          step: {size: 0.001, spread: 30 %, asymmetry-spread: 0.01}
          noise: {cycle: 0.3}
          check-points: []
        """, source: "constant step")
  }

  static func preset(_ name: String) throws -> PulseModel {
    guard let model = try DeviceLibrary.load(name).pulses else {
      throw ValidationError("'\(name)' has no pulses")
    }
    return model
  }

  /// The most memory the process has held, in megabytes, as Linux counts it.
  static func peakMegabytes() -> Double {
    guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else {
      return .nan
    }
    for line in text.split(separator: "\n") where line.hasPrefix("VmHWM:") {
      let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      return (Double(fields[1]) ?? .nan) / 1024
    }
    return .nan
  }
}
