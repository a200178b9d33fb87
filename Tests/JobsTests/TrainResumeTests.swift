import Foundation
import InputOutput
import NetworkJobs
import Reporting
import StrictYAML
import Testing

@Suite(.serialized, .timeLimit(.minutes(5))) struct TrainResumeTests {
  /// The keys of a small run by each rule; a new rule adds its line here.
  static let rules =
    [
      "rule: backpropagation\nnetwork: {hidden: [12]}\noptimizer: {name: adam, rate: 0.01}",
      """
      rule: {name: hardware-aware, weights: {additive: 0.03, drop-connect: 0.02}, chips: 0}
      network: {hidden: [12]}
      device: hfo2-1t1r
      converters: {dac-bits: 6, adc-bits: 6, input-range: learned}
      optimizer: {name: sgd, rate: 0.1, momentum: 0.9}
      """,
      "rule: forward-forward\nnetwork: {hidden: [20, 20]}\ndevice: hfo2-1t1r\nconverters: {dac-bits: 8, adc-bits: 8}",
      """
      rule: {name: forward-forward, updates: mixed-precision}
      network: {hidden: [20, 20]}
      device: gokmen-vlasov
      array: {fill: 0.5}
      """,
      "rule: {name: stochastic, estimator: reinforce}\nnetwork: {hidden: [16]}",
      """
      rule: {name: hardware-aware, chips: 0}
      network: {layers: [
        {type: reshape, shape: [8, 8]}, {type: lstm, hidden: 6, output: sequence, name: first},
        {type: gru, hidden: 6}, {type: dense, outputs: 10}]}
      device: hfo2-1t1r
      array: {rows: 16, columns: 32, wires: 1 Ohm, exact-every: 7}
      converters: {dac-bits: 6, adc-bits: 6}
      """,
      "rule: physical-local\nnetwork: {width: 12}",
      "rule: physical-backpropagation\nnetwork: {width: 12}",
      """
      rule: {name: physical-local, label: replace}
      network: {width: 64, skip: true}
      array: {physics: network, output-noise: 0.1,
        file: "\(SharedFiles.folder("circuits") ?? "")/networks/digits-mlp.yaml"}
      """,
      """
      rule: {name: equilibrium-propagation, estimator: random-sign, nudging: 0.1}
      network: {hidden: [20, 14]}
      optimizer: {name: sgd, rate: 0.002}
      """,
      """
      rule: {name: equilibrium-propagation, model: energy, step: 0.5}
      network: {hidden: [20]}
      optimizer: {name: sgd, rate: 0.05}
      """,
      """
      rule: {name: equilibrium-propagation, model: energy, sweeps: 3, persistent: true}
      network: {hidden: [20]}
      optimizer: {name: sgd, rate: 0.05}
      """,
      """
      rule: {name: equilibrium-propagation, input-gain: 30, nudging: 0.005, conductance-unit: 1 mS,
        window: {minimum: 1 uS, maximum: 150 uS}, write-error: 3 %, read-noise: 1 mV,
        diodes: {saturation-current: 10 nA, emission-voltage: 0.05 V}}
      network: {hidden: [8]}
      optimizer: {name: sgd, rate: 0.002}
      """,
      """
      rule: {name: equilibrium-propagation, input-gain: 30, nudging: 0.05, conductance-unit: 500 uS,
        updates: {name: tiki-taka-v2}, drift: {law: power, origin: 1 s, exponent: 0.01, exponent-deviation: 0.01, delay: 1 s}}
      device: reram-sb
      network: {hidden: [8]}
      optimizer: {name: sgd, rate: 0.002}
      """,
      """
      rule: readout
      network: {layers: [
        {type: reshape, shape: [8, 8]},
        {type: dense, outputs: 20, each-step: true, random: {gain: 0.3, read-noise: 0.02}},
        {type: leaky-rate, recurrent: true, random: {spectral-radius: 0.9, connection-probability: 0.3}},
        {type: dense, outputs: 10}]}
      """,
      """
      rule: {name: readout, inhibition: {rates: [0.01]}}
      network: {layers: [
        {type: reshape, shape: [8, 8]},
        {type: dense, outputs: 20, each-step: true, random: {gain: 0.3}},
        {type: leaky-rate, function: sigmoid, recurrent: true, random: {mean: 1, deviation: 0.2, excitatory: 0.7}},
        {type: dense, outputs: 10}]}
      """,
      """
      rule: {name: readout, fit: softmax}
      network: {hidden: [30]}
      optimizer: {name: adam, rate: 0.01}
      """,
      """
      rule: {name: contrastive, gallery: 10}
      network: {layers: [
        {type: rate-coding, steps: 6}, {type: dense, outputs: 20, each-step: true, random: {gain: 0.3, read-noise: 0.02}},
        {type: integrate-and-fire, recurrent: true, random: {gain: 0.1}}, {type: mean-over-time}, {type: dense, outputs: 8}]}
      partner:
        data: {name: DIGITS}
        shuffled: true
        held-out-pairs: 3
        network: {layers: [{type: dense, outputs: 12, activation: tanh}, {type: dense, outputs: 8}]}
      optimizer: {name: adam, rate: 0.01}
      """,
      """
      rule: {name: direct-feedback, scale: 0.7}
      network: {hidden: [16, 16], activation: tanh}
      optimizer: {name: adam, rate: 0.01}
      """,
      plastic("law: symmetric, potentiation: 0.01, scaling: {sum: 10}"),
      plastic(
        "law: pair, potentiation: 0.01, depression: 0.005",
        maps: "maps: {device: reram-sb, updates: {name: in-situ, rate: 1}}"),
      plastic(
        "law: rectangular, potentiation: 0.01, depression: 0.005",
        maps: "maps: {device: ecram, updates: {name: mixed-precision, rate: 1}}"),
      plastic(
        "law: overlap, amplitude: 0.01, tail: 3",
        maps: "maps: {device: gokmen-vlasov, updates: {name: in-situ, rate: 1}}"),
      """
      rule: {name: stdp, law: pair, potentiation: 0.02, depression: 0.01, limits: [0, 3], astrocyte: {weight: 0.1, time: 20}}
      network: {layers: [
        {type: rate-coding, steps: 10}, {type: dense, outputs: 24, each-step: true, random: {gain: 0.5}},
        {type: integrate-and-fire, recurrent: true, random: {learns: true, law: uniform, minimum: 1, maximum: 1,
          excitatory: 0.8, inhibitory-gain: 0.25, lattice: {size: [2, 3, 4], range: 2}}},
        {type: mean-over-time}, {type: dense, outputs: 10}]}
      """,
      """
      rule: {name: stdp, law: three-factor}
      network: {layers: [
        {type: reshape, shape: [8, 8]}, {type: dense, outputs: 16, each-step: true},
        {type: integrate-and-fire, surrogate: arctangent, recurrent: true}, {type: mean-over-time},
        {type: dense, outputs: 10}]}
      maps: {device: reram-sb, array: {fill: 0.5}, updates: {name: mixed-precision, rate: 0.1}}
      optimizer: {name: adam, rate: 0.01}
      """,
    ]
    + inSitu.map {
      """
      rule: \($0)
      network: {layers: [
        {type: reshape, shape: [1, 8, 8]},
        {type: convolution, channels: 4, kernel: [3, 3], activation: relu}, {type: dense, outputs: 10}]}
      device: gokmen-vlasov
      array: {fill: 0.5}
      """
    }

  /// Competing neurons that learn by `law` in front of taught ones, on what `maps` says.
  private static func plastic(_ law: String, maps: String = "") -> String {
    """
    rule: {name: stdp, \(law), first-weights: [0, 0.3], limits: [0, 1], thresholds: {step: 0.05, softening: 5},
      supervision: {rate: 0.3, scaling: {sum: 4, of: outputs}}}
    network: {layers: [
      {type: rate-coding, steps: 15, gain: 0.3}, {type: dense, outputs: 20, each-step: true},
      {type: integrate-and-fire, inhibition: 1, single-winner: true, own-thresholds: true},
      {type: dense, outputs: 10, each-step: true}, {type: integrate-and-fire, reset: subtract},
      {type: mean-over-time}]}
    \(maps)
    """
  }

  static let inSitu = [
    "in-situ", "sign-step", "mixed-precision", "tiki-taka", "tiki-taka-v2", "chopped-tiki-taka",
    "agad", "write-verify",
  ]

  static func digits() throws -> String {
    try #require(SharedFiles.folder("Examples")) + "/digits/digits-test.npz"
  }

  static func runFile(_ rule: String, in folder: String, extra: String = "") throws -> String {
    let path = "\(folder)/small.yaml"
    try AtomicFile.write(
      """
      job: train
      \(rule.replacing("DIGITS", with: try digits()))
      data: {name: \(try digits())}
      batch: 16
      epochs: 3
      checkpoints: {steps: 2}
      \(extra)
      """, to: path)
    return path
  }

  static func folder() throws -> String {
    let path = NSTemporaryDirectory() + "ohmweave-train-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  static func bytes(_ folder: String) throws -> [Data] {
    try ["network.safetensors", "network.yaml", "metrics.csv", "checkpoint.safetensors"].map {
      try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0)"))
    }
  }

  /// The command beside the tests.
  static var command: URL? {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    for _ in 0..<4 {
      let candidate = folder.appending(path: "ohmweave")
      if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
      folder.deleteLastPathComponent()
    }
    return nil
  }

  static func start(_ arguments: [String]) throws -> Process {
    let process = Process()
    let executable: URL = try #require(
      command, "the command 'ohmweave' is built beside the tests")
    process.executableURL = executable
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  @Test(
    "killed at random moments and resumed, a run ends with the same bits", arguments: rules.indices)
  func killed(which: Int) throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = try Self.runFile(Self.rules[which], in: folder)
    let whole = ["train", file, "--output", "\(folder)/whole", "--threads", "1"]
    let clock = ContinuousClock()
    let began = clock.now
    let through = try Self.start(whole)
    through.waitUntilExit()
    #expect(through.terminationStatus == 0)
    let time = (clock.now - began) / .seconds(1)
    let expected = try Self.bytes("\(folder)/whole")
    // Kills are spread over the length of the run.
    for kill in 0..<(which < 6 ? 6 : 3) {
      let process = try Self.start([
        "train", file, "--output", "\(folder)/killed", "--threads", "2", "--resume",
      ])
      usleep(UInt32(1e6 * time * (0.1 + 0.8 * Double((kill * 5 + which) % 6) / 6)))
      Foundation.kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      if kill % 3 == 2 {
        let last = try Self.start([
          "train", file, "--output", "\(folder)/killed", "--resume",
        ])
        last.waitUntilExit()
        #expect(last.terminationStatus == 0)
        #expect(try Self.bytes("\(folder)/killed") == expected, "after kill \(kill)")
        try FileManager.default.removeItem(atPath: "\(folder)/killed")
      }
    }
  }

  @Test(
    "an interrupt, an end asked by the system and a closed terminal save, and the run can go on",
    arguments: [SIGINT, SIGTERM, SIGHUP])
  func interrupted(signal: Int32) throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = try Self.runFile(
      Self.rules[0], in: folder, extra: "provenance: {note: long}")
    let arguments = [
      "train", file, "--output", "\(folder)/run", "--set", "epochs=100000", "--set",
      "checkpoints.steps=1000000",
    ]
    let process = try Self.start(arguments)
    let limit = ContinuousClock().now + .seconds(30)
    while !FileManager.default.fileExists(atPath: "\(folder)/run/metrics.csv"),
      ContinuousClock().now < limit
    {
      usleep(10_000)
    }
    Foundation.kill(process.processIdentifier, signal)
    process.waitUntilExit()
    #expect(process.terminationStatus == 1)
    #expect(FileManager.default.fileExists(atPath: "\(folder)/run/checkpoint.safetensors"))
  }

  @Test("a run that diverges ends with a sentence that names the step")
  func diverges() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = try Self.runFile(
      "rule: backpropagation\nnetwork: {hidden: [12]}\noptimizer: {name: sgd, rate: 900}\nloss: mean-squared-error",
      in: folder)
    let error = try #require(throws: RunError.self) {
      _ = try TrainJob(runFile: file, overrides: []).run(
        RunContext(output: "\(folder)/run"), resumes: false)
    }
    #expect(error.message.contains("in step "))
    #expect(error.message.contains("epoch 1"))
  }

  @Test("unknown keys are refused with the nearest, and another run is not resumed")
  func refusals() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = try Self.runFile(Self.rules[0], in: folder)
    let context = RunContext(output: "\(folder)/run")
    func run(_ assignments: String..., resumes: Bool = false) throws {
      _ = try TrainJob(
        runFile: file, overrides: try assignments.map { try StrictOverride($0, option: "--set") }
      ).run(context, resumes: resumes)
    }
    let misspelt = try #require(throws: InputErrors.self) { try run("optimizer.rte=1") }
    #expect(misspelt.description.contains("did you mean 'rate'?"))
    let rule = try #require(throws: InputErrors.self) { try run("rule=backpropagatoin") }
    #expect(rule.description.contains("did you mean 'backpropagation'?"))
    try run("epochs=1")
    let other = try #require(throws: InputError.self) { try run("epochs=2", resumes: true) }
    #expect(other.description.contains("another run"))
  }
}
