import CircuitJobs
import DeviceModels
import Foundation
import InputOutput
import LinearAlgebra
import Reporting
import TestSupport
import Testing

@Suite(.enabled(if: Gnuplot.executable != nil, "gnuplot is not installed"))
struct DeviceJobTests {
  private func settings(_ pairs: KeyValuePairs<String, String>) -> [Setting] {
    pairs.map { Setting(option: $0, $1) }
  }

  private func run(
    _ job: String, _ pairs: KeyValuePairs<String, String>, to folder: String
  ) throws -> DeviceJob.Outcome {
    try DeviceJob(job, settings(pairs)).run(RunContext(output: folder))
  }

  private func file(_ name: String, _ folder: String) throws -> String {
    try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
  }

  @Test("the threshold switch of the documentation's example switches on and off")
  func thresholdSwitch() throws {
    let scratch = try ScratchFolder()
    let outcome = try run(
      "iv",
      [
        "device": "nbo2-threshold-switch", "resistor": "5 kOhm", "positive": "2.5 V",
        "negative": "-2.5 V",
      ], to: "\(scratch.path)/iv")
    let row = try #require(
      outcome.result.table.rows.first { $0[0] == .text("largest current") })
    guard case .number(let current) = row[1] else { return }
    // 31 µA where it stays off, at most 2.5 V/5 kOhm.
    #expect((1e-4...5e-4).contains(current))
  }

  @Test("retention names its temperature and rejects targets outside the window")
  func retention() throws {
    let scratch = try ScratchFolder()
    let outcome = try run(
      "retention", ["device": "rram-bake-a", "temperature": "473 K", "population": "20"],
      to: "\(scratch.path)/bake")
    #expect(outcome.result.caption.contains("473 K"))
    #expect {
      _ = try DeviceJob("retention", settings(["device": "pcm", "targets": "5 uS, 900 uS"]))
    } throws: {
      "\($0)".contains("900 uS") && "\($0)".contains("window")
    }
  }

  @Test(
    "each job writes its files, and run.yaml gives the same numbers again on other threads",
    arguments: [
      ("iv", ["device": "vteam-default", "population": "4", "points": "100"], "traces.csv"),
      ("pulse", ["device": "ecram", "population": "30", "pulses": "40"], "trains.csv"),
      ("switch", ["device": "ag-filament", "population": "200"], "metrics.csv"),
      ("noise", ["device": "rram-telegraph", "samples": "4096"], "trace.csv"),
      ("retention", ["device": "pcm", "population": "50"], "metrics.csv"),
      (
        "extract",
        [
          "device": "tio2-joglekar", "population": "6", "up": "1 V", "down": "-1 V",
          "width": "5 ms", "pulses": "30",
        ], "device.yaml"
      ),
    ] as [(String, [String: String], String)])
  func files(job: String, keys: [String: String], main: String) throws {
    let scratch = try ScratchFolder()
    let first = scratch.path + "/first"
    let given = keys.sorted { $0.key < $1.key }.map { Setting(option: $0.key, $0.value) }
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    Parallel.threadCount = 1
    let outcome = try DeviceJob(job, given).run(RunContext(output: first))
    #expect(outcome.text.contains("report.html") && !outcome.result.table.rows.isEmpty)
    let figures = try FileManager.default.contentsOfDirectory(atPath: first + "/figures")
    #expect(
      figures.count >= 4 && figures.allSatisfy { $0.hasSuffix(".svg") || $0.hasSuffix(".json") })
    Parallel.threadCount = 2
    let second = scratch.path + "/second"
    let again = try RunFile.settings(in: first + "/run.yaml", job: "device \(job)")
    _ = try DeviceJob(job, again).run(RunContext(output: second))
    #expect(try file(main, first) == file(main, second))
    #expect(try file("run.yaml", first) == file("run.yaml", second))
  }

  @Test("a value that is set replaces the file's; unknown ones are refused with the nearest")
  func set() throws {
    let scratch = try ScratchFolder()
    func peak(_ pairs: KeyValuePairs<String, String>) throws -> Double {
      let outcome = try run("iv", pairs, to: scratch.path + "/run")
      guard case .number(let x) = outcome.result.table.rows[0][1] else { return .nan }
      return x
    }
    // Far from any change of state the current is V/R.
    let small: KeyValuePairs<String, String> = [
      "device": "tio2-linear-ion-drift", "positive": "1 mV", "negative": "-1 mV",
      "device.resistance-off": "32 kOhm", "device.initial-state": "0",
    ]
    #expect(abs(try peak(small) / (1e-3 / 32e3) - 1) < 1e-3)
    let error = #expect(throws: InputErrors.self) {
      _ = try DeviceJob(
        "iv",
        settings([
          "device": "vteam-default", "device.resistanse-off": "1 kOhm", "device.thickness": "1 nm",
        ]))
    }
    #expect(error?.faults.count == 2 && error!.description.contains("resistance-off"))
    let unit = #expect(throws: InputErrors.self) {
      _ = try DeviceJob(
        "iv", settings(["device": "vteam-default", "device.threshold-off": "3 nm"]))
    }
    #expect(unit?.description.contains("a number in V is expected") == true)
  }

  @Test("a fit finds the law that made the train, with its parameters")
  func fit() throws {
    let scratch = try ScratchFolder()
    let model = try #require(try DeviceLibrary.load("ecram").pulses)
    let response = model.nominal
    let up = [-0.7] + response.train(.up, count: 300, from: -0.7)
    let down = [0.9] + response.train(.down, count: 300, from: 0.9)
    let csv =
      "up (uS),down (uS)\n"
      + zip(up, down).map { a, b in
        let g = [a, b].map { model.conductance(of: $0).value * 1e6 }
        return "\(g[0]),\(g[1])\n"
      }.joined()
    try csv.write(toFile: scratch.path + "/cell.csv", atomically: true, encoding: .utf8)
    let outcome = try run(
      "fit", ["data": scratch.path + "/cell.csv", "law": "linear-step"], to: scratch.path + "/run")
    for option in ["hold", "guess"] {
      let error = #expect(throws: InputErrors.self) {
        try DeviceJob(
          "fit",
          settings([
            "data": scratch.path + "/cell.csv", "law": "linear-step", option: "slope-upp=1",
          ])
        )
      }
      #expect(error?.description.contains("did you mean 'slope-up'?") == true)
    }
    // Of all laws those are tried that have the parameter which is held; none has parameters of two.
    let one = try run(
      "fit", ["data": scratch.path + "/cell.csv", "hold": "slope-up=0.5"], to: scratch.path + "/one"
    )
    #expect(one.result.title.hasPrefix("linear-step"))
    #expect(one.result.notes.contains { $0.contains("'slope-up'") && $0.contains("linear-step") })
    let both = #expect(throws: InputErrors.self) {
      try DeviceJob(
        "fit",
        settings(["data": scratch.path + "/cell.csv", "hold": "slope-up=0.5,exponent=1"]))
    }
    #expect(both?.description.contains("no law that is tried has all") == true)
    let figures = try FileManager.default.contentsOfDirectory(atPath: outcome.folder + "/figures")
    #expect(
      figures.filter { $0.hasSuffix(".svg") }.sorted()
        == ["correlations.svg", "fit.svg", "residuals.svg"])
    let fitted = try DeviceLibrary.load(scratch.path + "/run/device.yaml")
    let law = try #require(fitted.pulses)
    for g in [40e-6, 50e-6, 60e-6] {
      let wanted = response.up.step(from: model.state(of: .init(g))) * model.unit.value
      let got = law.nominal.up.step(from: law.state(of: .init(g))) * law.unit.value
      #expect(abs(got / wanted - 1) < 1e-3, "\(g) S: \(got) S, not \(wanted) S")
    }
  }

  @Test("the table law extracted from a device follows the device's own mean train")
  func extraction() throws {
    let scratch = try ScratchFolder()
    let outcome = try run(
      "extract",
      [
        "device": "tio2-joglekar", "device.dynamics.spread.mobility.deviation": "10 %",
        "population": "60", "up": "1 V", "down": "-1 V", "width": "5 ms", "pulses": "80",
        "nodes": "32",
      ], to: scratch.path + "/run")
    #expect(outcome.result.title.contains("joglekar"))
    let model = try #require(
      try DeviceLibrary.load(scratch.path + "/run/device.yaml").pulses)
    // Steps are in proportion to the mobility; ranges that grow with it too take up a part.
    #expect(model.lawName == "table" && (0.03...0.2).contains(model.step.spread))
    let own = try run(
      "pulse",
      ["device": "tio2-joglekar", "up": "1 V", "down": "-1 V", "width": "5 ms", "pulses": "80"],
      to: scratch.path + "/own")
    let trains = try Table(csv: try file("trains.csv", own.folder), source: "trains.csv")
    let measured = trains.rows.map { row -> Double in
      if case .number(let g) = row[2] { g } else { .nan }
    }
    let start = model.state(of: .init(measured[0]))
    let table = model.nominal.train(.up, count: 80, from: model.nominal.held(start))
    let range = (measured.max() ?? 1) - (measured.min() ?? 0)
    for k in [5, 20, 40, 80] {
      let g = model.conductance(of: table[k - 1]).value
      #expect(abs(g - measured[k]) < 0.06 * range, "pulse \(k): \(g) S, not \(measured[k]) S")
    }
  }

  @Test("measured points lie over the curve and their deviation is told")
  func compare() throws {
    let scratch = try ScratchFolder()
    try "time (s),conductance (uS)\n100,4.9\n1000,4.4\n".write(
      toFile: scratch.path + "/drift.csv", atomically: true, encoding: .utf8)
    let outcome = try run(
      "retention",
      ["device": "pcm", "targets": "5 uS", "compare": scratch.path + "/drift.csv"],
      to: scratch.path + "/run")
    #expect(outcome.result.notes.contains { $0.contains("root mean square deviation") })
    #expect(try file("figures/retention.svg", outcome.folder).contains("measured"))
  }

  @Test("cells programmed to several states are compared with the nearest target each")
  func compareByTarget() throws {
    let scratch = try ScratchFolder()
    try """
    time (s),conductance (uS),programmed (uS)
    100,4.9,5
    100,14.8,15
    1000,4.8,5
    1000,14.6,15

    """.write(toFile: scratch.path + "/drift.csv", atomically: true, encoding: .utf8)
    let outcome = try run(
      "retention",
      ["device": "pcm", "targets": "5 uS,15 uS", "compare": scratch.path + "/drift.csv"],
      to: scratch.path + "/run")
    let notes = outcome.result.notes.filter { $0.contains("root mean square deviation") }
    #expect(notes.count == 2)
    // The other state is 10 uS away.
    for note in notes {
      let text = try #require(note.split(separator: " ").suffix(2).first)
      let value = try #require(Double(text))
      #expect(note.contains("nearest") && (note.hasSuffix("nS") || value < 3), "\(note)")
    }
  }
}
