import ArgumentParser
import DeviceModels
import LinearAlgebra
import Randomness

/// 100,000 devices through 1,000 pulses up of each law and preset, noise on, in nanoseconds a pulse.
///
/// The baseline is aihwkit, measured by `Benchmarks/peers/pulses_aihwkit.py` on one thread.
struct PulseBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pulses", abstract: "Pulse trains on populations, beside aihwkit.")

  @Option(help: "Devices.") var devices = 100_000
  @Option(help: "Pulses.") var pulses = 1000
  @Option(help: "How often each case runs; the fastest counts.") var repeats = 3
  @Option(help: "Threads.") var threads = 1

  private static let laws: [(name: String, section: String)] = [
    ("constant-step", "step: {size: 0.0005, spread: 30 %}"),
    (
      "linear-step",
      "step: {size: 0.0005, spread: 30 %}\n  parameters: {slope-up: 0.3, slope-down: 0.5}"
    ),
    ("soft-bounds", "step: {size: 0.001, spread: 30 %}"),
    (
      "exponential-step",
      "step: {size: 0.001, spread: 30 %}\n  parameters: {factor-up: 0.00081, factor-down: 0.36833, "
        + "rate-up: 12.44625, rate-down: 12.78785, scale: 0.244, shift: 0.2425}"
    ),
    ("power-step", "step: {size: 0.001, spread: 30 %}\n  parameters: {exponent: 1.5}"),
    (
      "alpha-beta",
      "parameters: {alpha-up: 0.01, alpha-down: 0.01, beta-up: 3, beta-down: 3}"
    ),
    (
      "nonlinearity-label",
      "parameters: {label-up: 2.4, label-down: -4.88, pulses-up: 970, pulses-down: 1000}"
    ),
    (
      "piecewise-step",
      "step: {size: 0.001, spread: 30 %}\n  nodes-up: [1, 0.8, 0.5, 0.1]\n"
        + "  nodes-down: [0.1, 0.5, 0.8, 1]"
    ),
    (
      "table",
      "nodes-up: [0.001, 0.0008, 0.0001]\n  nodes-down: [0.001, 0.0008, 0.0001]\n"
        + "  deviation-up: [0.001, 0.001, 0.001]\n  deviation-down: [0.001, 0.001, 0.001]"
    ),
  ]
  private static let presets = ["ecram", "pcm-preset", "reram-sb", "reram-es"]

  func run() throws {
    Parallel.threadCount = threads
    printFigureHead()
    let peer = Peer("aihwkit", script: "pulses_aihwkit.py", runs: [[]])
    for (name, section) in Self.laws {
      let model = try PulseModel(
        text: """
          pulses:
            law: \(name)
            conductance: {zero: 50 uS, unit: 25 uS}
            bounds: {minimum: -1, maximum: 1, minimum-spread: 20 %, maximum-spread: 20 %}
            \(section)
            noise: {cycle: 0.3}
          """, source: name)
      report(name, model, peer)
    }
    for name in Self.presets {
      if let model = try DeviceLibrary.load(name).pulses { report(name, model, peer) }
    }
  }

  private func report(_ name: String, _ model: PulseModel, _ peer: Peer) {
    var population = PulsedDevices(model, count: devices, key: StreamKey(seed: 1))
    var best = Double.infinity
    for _ in 0..<repeats {
      population.setStates([Float](repeating: 0, count: devices))
      let elapsed = ContinuousClock().measure { population.apply(pulses) }
      best = min(best, elapsed / .nanoseconds(1) / Double(devices) / Double(pulses))
    }
    printFigure("pulses", "pulse \(name)", best, "ns", baseline: peer.baseline("pulse \(name)"))
  }
}
