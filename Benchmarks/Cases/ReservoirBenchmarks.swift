import ArgumentParser
import Foundation
import LinearAlgebra
import Networks
import Randomness
import StrictYAML
import Training

/// Echo state networks beside ReservoirPy: error and time of NARMA-10 and Mackey–Glass, both programs on the same series.
struct ReservoirBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reservoirs",
    abstract: "Echo state networks beside ReservoirPy.",
    discussion: """
      Benchmarks/peers/reservoir_reservoirpy.py runs beside it if OHMWEAVE_PEER_PYTHON is the path of a Python with \
      reservoirpy.
      """)

  @Option(help: "How many series and networks are drawn.") var seeds = 5

  /// A task with the numbers of its network: those of Examples/reservoirs.
  private struct Case {
    let kind: SeriesTask.Kind
    let inputGain: Double
    let leak: Double
  }

  private static let cases = [
    Case(kind: .narma, inputGain: 0.3, leak: 1),
    Case(kind: .mackeyGlass, inputGain: 0.5, leak: 0.5),
  ]

  /// Error, time in seconds and regularization of a run.
  private struct Outcome {
    var (error, time, penalty) = (0.0, 0.0, 0.0)
  }

  func run() throws {
    printFigureHead()
    Parallel.threadCount = 1
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "ohmweave-reservoirs-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for task in Self.cases {
      var (errors, times, others, otherTimes) = ([Double](), [Double](), [Double](), [Double]())
      for seed in 1...max(1, seeds) {
        var series = SeriesTask(task.kind)
        (series.length, series.seed) = (4000, UInt64(seed))
        let parts = try [DataSplit.train, .test].map { try Self.batch(series.series($0)) }
        let own = try outcome(task, series, parts, seed: seed)
        errors.append(own.error)
        times.append(own.time)
        let name = "\(task.kind.rawValue)-\(seed)"
        let file = folder.appendingPathComponent(name)
        try parts.flatMap { $0.x.elements + ($0.targets?.elements ?? []) }.map { "\($0)" }
          .joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
        let peer = Peer(
          "reservoirpy", script: "reservoir_reservoirpy.py",
          runs: [
            [
              file.path, "\(series.length)", "\(series.washOut)", "\(task.leak)",
              "\(task.inputGain)", "\(own.penalty)", "\(seed)",
            ]
          ])
        peer.baseline("\(name) NRMSE").map { others.append($0.value) }
        peer.baseline("\(name) time").map { otherTimes.append($0.value) }
      }
      show(task, errors, times, others, otherTimes)
    }
  }

  private func show(
    _ task: Case, _ errors: [Double], _ times: [Double], _ others: [Double], _ otherTimes: [Double]
  ) {
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    func deviation(_ values: [Double]) -> Double {
      let center = mean(values)
      return (values.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(values.count - 1))
        .squareRoot()
    }
    let name = task.kind.rawValue
    let isBeside = !others.isEmpty
    printFigure(
      "reservoirs", "\(name) NRMSE", mean(errors), "",
      baseline: isBeside ? ("reservoirpy", mean(others)) : nil)
    printFigure(
      "reservoirs", "\(name) deviation of the NRMSE", deviation(errors), "",
      baseline: isBeside ? ("reservoirpy", deviation(others)) : nil)
    printFigure(
      "reservoirs", "\(name) training and test", 1e3 * mean(times), "ms",
      baseline: isBeside ? ("reservoirpy", mean(otherTimes)) : nil)
  }

  private static func batch(_ set: DataSet) -> TrainingBatch {
    func row(_ numbers: [Float]) -> Matrix<Float> {
      Matrix(rowCount: 1, columnCount: numbers.count, elements: numbers)
    }
    guard case .values(let targets) = set.targets else {
      preconditionFailure("series have numbers as targets")
    }
    return TrainingBatch(
      x: row(set.samples.elements), labels: [], targets: row(targets.elements))
  }

  private func outcome(
    _ task: Case, _ series: SeriesTask, _ parts: [TrainingBatch], seed: Int
  ) throws -> Outcome {
    let file = try StrictFile(
      text: """
        rule: {name: readout, regularization: [1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3]}
        network: {layers: [
          {type: dense, outputs: 300, each-step: true, random: {law: uniform, gain: \(task.inputGain)}},
          {type: leaky-rate, leak: \(task.leak), recurrent: true,
           random: {spectral-radius: 0.95, connection-probability: 0.1}},
          {type: last-steps, steps: \(series.length)}, {type: dense, outputs: 1, each-step: true}]}
        """, source: "benchmark")
    let setup = TrainingSetup(
      root: file.root, inputShape: [series.washOut + series.length, 1], classCount: series.length,
      targets: .numbers, batch: 1, stepsPerEpoch: 1, epochs: 1, key: StreamKey(seed: UInt64(seed)))
    let fresh = try ReadoutRule(setup)
    var (rule, outputs) = (fresh, Matrix<Float>(rowCount: 0, columnCount: 0))
    let time = shortest(runs: 3) {
      rule = fresh
      _ = try? rule.step(parts[0])
      outputs = rule.outputs(parts[1].x, key: StreamKey(seed: 3))
    }
    let targets = parts[1].targets!.elements.map(Double.init)
    let values = outputs.elements.map(Double.init)
    let center = targets.reduce(0, +) / Double(targets.count)
    let spread = targets.reduce(0) { $0 + ($1 - center) * ($1 - center) }
    let squares = zip(values, targets).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return Outcome(
      error: (squares / spread).squareRoot(), time: time,
      penalty: rule.report().first { $0.name == "regularization" }?.value ?? 0)
  }
}
