import Foundation
import InputOutput
import Jobs
import NetworkJobs
import Reporting
import StrictYAML
import Studies
import TestSupport
import Testing

/// The jobs that a study can run, by the library.
@Suite struct StudyJobTests {
  /// The metrics of the first repeat of each point.
  static func metrics(_ text: String) throws -> [[String: Metric]] {
    let plan = try Plan(try Study(text: "study: t\n" + text, path: "s.yaml", jobs: StudyJobs.all))
    try plan.check()
    let setups = SetupCache()
    return try (0..<plan.pointCount).map { point in
      let settings = try plan.settings(row: point * plan.study.repeats)
      let all = try plan.study.job.init(settings).metrics(setups)
      return Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
    }
  }

  static func setting(_ key: String, _ text: String) -> Setting {
    Setting(key: key, text: text, source: "test")
  }

  @Test("a converter's errors grow with the programming error, for every function")
  func converters() throws {
    let found = try Self.metrics(
      """
      job: adc
      settings: {device: hfo2-1t1r-gaussian, chips: 50}
      parameters:
        function: {values: [sigmoid, tanh]}
        write-error: {key: device.write-error.deviation, values: [0 uS, 2 uS, 8 uS]}
      """)
    for function in 0..<2 {
      let rows = found[function * 3..<function * 3 + 3]
      let errors = rows.map { $0["mean |INL| at the output"]?.value ?? .nan }
      #expect(errors[0] < 1e-5 && errors[0] < errors[1] && errors[1] < errors[2], "\(errors)")
      let bits = rows.map { $0["effective number of bits"]?.value ?? .nan }
      #expect(bits[0] > bits[1] && bits[1] > bits[2], "\(bits)")
      #expect(rows.allSatisfy { $0["missing codes"] != nil })
    }
  }

  @Test("the voltage drop of an array grows with its wires, and every solve reaches its tolerance")
  func arrays() throws {
    let found = try Self.metrics(
      """
      job: solve
      settings: {rows: 16, columns: 16}
      parameters:
        wire-resistance: {values: [0.1 Ohm, 1 Ohm, 10 Ohm]}
        law: {values: [ohmic, sinh]}
      """)
    for law in 0..<2 {
      let drops = [0, 2, 4].map {
        found[$0 + law]["largest relative voltage drop, vector 0"]?.value ?? .nan
      }
      #expect(drops[0] > 0 && drops[0] < drops[1] && drops[1] < drops[2], "\(drops)")
    }
    #expect(found.allSatisfy { ($0["residual"]?.value ?? 1) <= 1e-9 })
    #expect(found[0]["power of the cells, vector 0"]?.unit == "W")
  }

  @Test("devices answer to drive and to any number of their file")
  func devices() throws {
    let pulses = try Self.metrics(
      """
      job: device pulse
      settings: {device: reram-es, pulses: 200, noise: false}
      parameters: {step: {key: device.step.size, values: [0.0005, 0.001]}}
      """)
    let steps = pulses.map { $0["first step up"]?.value ?? .nan }
    #expect(steps[0] > 0 && steps[0] < steps[1])
    #expect(pulses[0]["after the pulses up"]?.unit == "S")
    let loops = try Self.metrics(
      """
      job: device iv
      settings: {device: tio2-linear-ion-drift, points: 100}
      parameters: {height: {keys: [positive], values: [0.8 V, 1.2 V]}}
      """)
    let currents = loops.map { $0["largest current"]?.value ?? .nan }
    #expect(currents[0] > 0 && currents[0] < currents[1])
    let kept = try Self.metrics(
      """
      job: device retention
      settings: {device: pcm-joshi2020, population: 50, targets: 10 uS}
      parameters: {time: {key: times, values: [100 s, 10000 s]}}
      """)
    let names = kept.map { $0.keys.filter { $0.contains("median") } }
    #expect(names[0].count == 1 && names[1].count == 1 && names[0] != names[1], "\(names)")
  }

  @Test("a row of a study of training is what the command gives with the same values")
  func training() throws {
    let scratch = try ScratchFolder()
    let file = scratch.path + "/run.yaml"
    let data = try #require(SharedFiles.folder("Examples")) + "/digits/digits-test.npz"
    try AtomicFile.write(
      """
      job: train
      rule: backpropagation
      data: {name: \(data)}
      network: {hidden: [8]}
      optimizer: {name: sgd, rate: 0.1}
      batch: 8
      epochs: 1

      """, to: file)
    let found = try Self.metrics(
      """
      job: train
      settings: {run-file: \(file), epochs: 2}
      parameters: {optimizer.rate: {values: [0.05, 0.2]}}
      """)
    let plan = try Plan(
      try Study(
        text: """
          study: t
          job: train
          settings: {run-file: \(file), epochs: 2}
          parameters: {optimizer.rate: {values: [0.05, 0.2]}}
          """, path: "s.yaml", jobs: StudyJobs.all))
    let outcome = try TrainJob(
      runFile: file,
      overrides: [
        StrictOverride(path: ["epochs"], text: "2"),
        StrictOverride(path: ["optimizer", "rate"], text: "0.2"),
        StrictOverride(path: ["seed"], text: "\(plan.seed(row: 1))"),
      ]
    ).run(RunContext(output: scratch.path + "/run"), resumes: false)
    for name in ["loss", "train accuracy", "test accuracy"] {
      let row = try #require(outcome.table.rows.first { $0[0] == .text(name) })
      guard case .number(let printed) = row[1] else { continue }
      // The table is in per cent, metrics are fractions.
      let share = row[2] == .text("%") ? printed / 100 : printed
      #expect(found[1][name]?.value == share, "\(name)")
    }
    #expect(found[0]["loss"] != found[1]["loss"])
  }

  @Test("a row of a study of maps is what the command gives with the same settings")
  func maps() throws {
    let model = try #require(SharedFiles.folder("circuits")) + "/networks/digits-mlp.yaml"
    let data = try #require(SharedFiles.folder("Examples")) + "/digits/digits-test.npz"
    let scratch = try ScratchFolder()
    let text = """
      study: t
      job: map
      settings: {model: \(model), data: \(data), samples: 100, adc-bits: 4}
      parameters: {calibration-samples: {values: [10, 100]}}
      """
    let plan = try Plan(try Study(text: text, path: "s.yaml", jobs: StudyJobs.all))
    let found = try Self.metrics(String(text.dropFirst(9)))
    for point in 0..<2 {
      let outcome = try MapJob(try plan.settings(row: point)).run(
        RunContext(output: "\(scratch.path)/\(point)"))
      let metrics = try String(contentsOfFile: outcome.folder + "/metrics.csv", encoding: .utf8)
      let accuracy = try #require(found[point]["accuracy"]?.value)
      #expect(metrics.contains(",\(accuracy),"), "\(accuracy) is in \(metrics)")
    }
  }

  @Test(
    "a parameter that a job does not have is told before anything runs",
    arguments: [
      (
        "job: adc\nsettings: {function: sigmoid}\nparameters: {bit: {values: [4]}}",
        "unknown key 'bit'"
      ),
      ("job: solve\nparameters: {row: {key: rwos, values: [4]}}", "'row' has a meaning of its own"),
      ("job: solve\nparameters: {n: {key: rwos, values: [4]}}", "unknown key 'rwos'"),
      (
        "job: device pulse\nsettings: {device: ecram}\nparameters: {puls: {values: [4]}}",
        "unknown key 'puls'"
      ),
      (
        "job: device iv\nsettings: {device: ecram}\nrepeats: 2",
        "has no section 'dynamics'"
      ),
      ("job: solve\nsettings: {netlist: a.cir}\nrepeats: 2", "'netlist' has no meaning in a study"),
      ("job: train\nsettings: {run-file: no.yaml}\nrepeats: 2", "no such file"),
      ("job: map\nsettings: {model: no.onnx, data: mnist}\nrepeats: 2", "no such file"),
    ])
  func unknown(text: String, problem: String) {
    do {
      _ = try Self.metrics(text)
      Issue.record("no fault found")
    } catch {
      #expect("\(error)".contains(problem), "\(error)")
    }
  }
}
