import ArgumentParser
import DeviceModels
import Foundation
import InputOutput
import TestSupport

/// One dynamic device: nanoseconds an accepted step, and a 10,000-point loop beside ngspice.
struct DynamicsBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dynamics", abstract: "Integration of one device, beside ngspice.")

  @Option(help: "How often each case runs; the fastest counts.") var repeats = 15

  func run() throws {
    // MemTorch 1.1.6 on one core of 2.5 GHz, one device, nanoseconds a step of simulate(): measured
    // once, not in this session, and printed as such.
    let memTorch = ["linear-ion-drift": 118_000.0, "vteam": 77_000, "stanford-rram": 297_000]
    print("case,quantity,value,unit,baseline,times")
    for (name, device, amplitude, frequency) in try Self.devices() {
      let simulation = DeviceSimulation(device)
      let waveform = Waveform.sine(amplitude: amplitude, frequency: frequency, periods: 20)
      var best = Double.infinity
      var steps = 0
      for _ in 0..<repeats {
        let clock = ContinuousClock()
        var trace: DeviceTrace?
        let elapsed = try clock.measure {
          trace = try simulation.trace(waveform, at: [waveform.duration])
        }
        steps = trace!.acceptedSteps
        best = min(best, elapsed / .nanoseconds(1) / Double(steps))
      }
      let baselineStep =
        memTorch[name].map {
          "\($0) (MemTorch 1.1.6 earlier),\(($0 / best).rounded())"
        } ?? "no baseline,"
      print("\(name),accepted step,\(best.rounded()),ns,\(baselineStep)")

      let loop = Waveform.sine(amplitude: amplitude, frequency: frequency)
      let times = loop.times(10_000)
      var bestLoop = Double.infinity
      for _ in 0..<repeats {
        let elapsed = try ContinuousClock().measure { _ = try simulation.trace(loop, at: times) }
        bestLoop = min(bestLoop, elapsed / .milliseconds(1))
      }
      var baseline = "not installed,"
      if let spice = device as? any SpiceDescribable,
        let seconds = try Self.ngspiceSeconds(
          spice, amplitude: amplitude, frequency: frequency, repeats: min(repeats, 5))
      {
        baseline = "\(seconds * 1000),\((seconds * 1000 / bestLoop).rounded())"
      } else if !(device is any SpiceDescribable) {
        baseline = "no netlist,"
      }
      print("\(name),loop of 10000 points,\((bestLoop * 1000).rounded() / 1000),ms,\(baseline)")
    }
  }

  static func devices() throws -> [(String, any DynamicDevice, Double, Double)] {
    [
      (
        "linear-ion-drift",
        LinearIonDrift(
          ParameterSet(
            [
              "resistance-on": 100, "resistance-off": 16e3, "thickness": 10e-9, "mobility": 1e-14,
              "initial-state": 0.1, "window-exponent": 2, "window-height": 1,
            ], choices: ["window": "joglekar"])), 1, 1
      ),
      (
        "vteam",
        VTEAM(
          ParameterSet([
            "resistance-on": 50, "resistance-off": 1000, "state-on": 0, "state-off": 3e-9,
            "rate-on": -10, "rate-off": 5e-4, "threshold-on": -0.2, "threshold-off": 0.02,
            "exponent-on": 3, "exponent-off": 1, "initial-state": 1e-9, "window-on": 0,
            "window-off": 0, "window-width": 1e-10,
          ])), 0.25, 1e5
      ),
      (
        "yakopcic",
        Yakopcic(
          ParameterSet([
            "current-positive": 0.17, "current-negative": 0.17, "current-slope": 0.05,
            "threshold-positive": 0.16, "threshold-negative": 0.15, "rate-positive": 4000,
            "rate-negative": 4000, "slowing-positive": 0.3, "slowing-negative": 0.5,
            "decay-positive": 1, "decay-negative": 5, "initial-state": 0.11, "direction": 1,
          ])), 0.45, 100
      ),
      (
        "stanford-rram",
        StanfordRRAM(
          ParameterSet([
            "current-scale": 1e-3, "gap-scale": 0.25e-9, "voltage-scale": 0.25, "velocity": 10,
            "activation-energy": 0.6, "field-enhancement": 16, "enhancement-slope": 0.8,
            "enhancement-exponent": 3, "hopping-distance": 0.25e-9, "thickness": 12e-9,
            "thermal-resistance": 2.1e3, "temperature": 298, "gap-minimum": 0.2e-9,
            "gap-maximum": 1.7e-9, "initial-state": 1.5e-9, "gap-noise": 0,
            "noise-interval": 1e-9, "noise-temperature": 450, "noise-smoothing": 500,
          ])), 1.5, 1e3
      ),
    ]
  }

  /// The least "Total analysis time" of ngspice over the same loop; `nil` where it is not installed.
  static func ngspiceSeconds(
    _ device: any SpiceDescribable, amplitude: Double, frequency: Double, repeats: Int
  ) throws -> Double? {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "ohmweave-bench-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let netlist = folder.appending(path: "loop.cir")
    try device.spiceSineNetlist(
      amplitude: amplitude, frequency: frequency, periods: 1, points: 10_000,
      output: folder.appending(path: "loop.txt").path
    ).write(to: netlist, atomically: true, encoding: .utf8)
    var best: Double?
    for _ in 0..<repeats {
      guard let ngspice = ChildProcess.path(of: "ngspice") else { return nil }
      let outcome = try ChildProcess(ngspice, ["-b", netlist.path], timeLimit: .seconds(600)).run()
      for line in outcome.text.split(separator: "\n") where line.hasPrefix("Total analysis time") {
        if let value = Double(line.split(separator: "=").last!.trimmingCharacters(in: .whitespaces))
        {
          best = min(best ?? value, value)
        }
      }
    }
    return best
  }
}
