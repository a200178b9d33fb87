import ArgumentParser
import Circuits
import DeviceModels
import Foundation
import LinearAlgebra
import Networks
import PhysicalUnits
import Randomness
import Training

/// An epoch of 6,000 MNIST-shaped samples through 784-256-128-10 by plain gradient descent.
struct TrainingBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "training", abstract: "Epochs of training.",
    discussion: """
      The baselines: Benchmarks/peers/training_torch.py and hardware_aware_aihwkit.py, which run where
      OHMWEAVE_PEER_PYTHON names a Python that has them.
      """)

  /// The chips that an epoch goes through; `nil` is digital. Those of a device have 8-bit converters.
  private static func chips() throws -> [(name: String, settings: HardwareSettings?)] {
    var additive = HardwareSettings()
    additive.additive = 0.03
    var converters = additive
    converters.inputBits = 8
    converters.outputBits = 8
    var phaseChange = converters
    phaseChange.additive = 0
    phaseChange.device = try DeviceLibrary.load("pcm")
    var read = phaseChange
    read.writeErrors = false
    var factors = wired(read)
    factors.wireModel = .separable
    factors.exactEvery = 3000
    // The baseline's preset has tiles of 512 inputs.
    factors.rows = 512
    factors.columns = 512
    var oxide = converters
    oxide.device = try DeviceLibrary.load("hfo2-1t1r")
    return [
      ("digital", nil), ("additive noise", additive),
      ("additive noise and 8-bit converters", converters),
      ("pcm written and read", phaseChange),
      ("pcm written and read behind 1 ohm wires", wired(phaseChange)),
      ("pcm read", read),
      ("pcm read behind 1 ohm wires as factors", factors),
      ("hfo2 and additive noise", oxide),
      ("hfo2 and additive noise behind 1 ohm wires", wired(oxide)),
    ]
  }

  static func wired(_ settings: HardwareSettings, ohms: Double = 1) -> HardwareSettings {
    var settings = settings
    let wire = Ohms(ohms)
    settings.wires = UniformWires(wordSegment: wire, bitSegment: wire, source: wire, sense: wire)
    return settings
  }

  /// The other programs' figures, measured beside ours.
  private func peers() -> [Peer] {
    var all: [Peer] = []
    if matches("digital") {
      all.append(Peer("torch", script: "training_torch.py", runs: [["1"], ["2"]]))
    }
    // What the other program calls the same case.
    let words = ["additive noise", "standard preset"]
    let wanted = ((try? Self.chips()) ?? []).map(\.name).filter(matches)
    for (ours, theirs) in zip(["additive noise", "pcm"], words)
    where wanted.contains(where: { $0.hasPrefix(ours) }) {
      all.append(
        Peer(
          "aihwkit", script: "hardware_aware_aihwkit.py", runs: [["1", theirs], ["2", theirs]]))
    }
    return all
  }

  /// The quantities of other programs that stand beside a case.
  private static func baselines(_ name: String, _ end: String) -> [String] {
    if name == "digital" { return ["digital epoch \(end)"] }
    if name == "additive noise" {
      return [
        "additive noise by the C++ tile epoch \(end)",
        "additive noise by the torch tile epoch \(end)",
      ]
    }
    return name.hasPrefix("pcm") ? ["standard preset with IR drop epoch \(end)"] : []
  }

  /// Whether a case is to run: the one that is called `only`, else those whose name contains it.
  private func matches(_ name: String) -> Bool {
    let isOne = ((try? Self.chips()) ?? []).contains { $0.name == only }
    return only.isEmpty || (isOne ? name == only : name.contains(only))
  }

  @Option(help: "Only the case of this name, or those whose name contains it.") var only = ""
  @Option(help: "Only this batch size and number of threads, as 64,1.") var at = ""
  @Flag(help: "Only the error of approximated wires.") var wireErrors = false

  func run() throws {
    printFigureHead()
    if wireErrors { return try Self.printWireErrors() }
    let count = 6000
    let x = Matrix(
      rowCount: count, columnCount: 784, elements: Noise.uniform(count * 784, StreamKey(seed: 1)))
    let labels = (0..<count).map { Int32($0 % 10) }
    let peers = peers()
    var known: [String: Double] = [:]
    for batch in [8, 64] {
      let blocks = stride(from: 0, to: count - batch + 1, by: batch).map {
        (x.block(rows: $0..<$0 + batch, columns: 0..<784), labels[$0..<$0 + batch])
      }
      for (name, settings) in try Self.chips() where name == "digital" || matches(name) {
        for threads in [1, 2] where at.isEmpty || at == "\(batch),\(threads)" {
          Parallel.threadCount = threads
          let sizes = [784, 256, 128, 10]
          var network = try Backpropagation(
            TrainingNetwork(sizes: sizes, key: StreamKey(seed: 2)), hardware: settings)
          var step = 0
          let time = shortest(runs: 3) {
            for (x, labels) in blocks {
              let pass = TrainingPass(
                key: StreamKey(seed: 3).child(step), isTraining: true,
                renewal: settings?.renewal(at: step) ?? .none)
              _ = network.train(x, labels: labels, rate: 0.01, pass: pass)
              step += 1
            }
          }
          let end = "batch \(batch) threads \(threads)"
          known["\(name) \(end)"] = time * 1e3
          var baselines = Self.baselines(name, end).compactMap { quantity in
            peers.lazy.compactMap { $0.baseline(quantity) }.first
          }
          if name == "additive noise" {
            baselines.append(("ours without noise", known["digital \(end)"]!))
          }
          if let behind = name.range(of: " behind ") {
            known["\(name[..<behind.lowerBound]) \(end)"].map {
              baselines.append(("ours without wires", $0))
            }
          }
          for baseline in baselines.isEmpty ? [nil] : baselines.map(Optional.some) {
            printFigure("training", "\(name) epoch \(end)", time * 1e3, "ms", baseline: baseline)
          }
        }
      }
    }
    let memory = Double(peakMemory()) / 1048576
    let largest = peers.compactMap { $0.baseline("peak memory") }.max { $0.value < $1.value }
    printFigure("training", "peak memory", memory, "MiB", baseline: largest)
  }
}
