import InputOutput
import Networks
import Randomness
import StrictYAML
import Training

/// The run file of `ohmweave train`, read strictly. Rules read their own sections from it.
struct TrainingFile {
  /// The data set and what of it is used.
  struct Data {
    var name: String
    var folder: String?
    var trainSamples: Int?
    var testSamples: Int?
    /// The share of the training samples that is kept for testing.
    var heldOut: Double
    /// How a text becomes samples.
    var window: TextWindow?
    /// The task, where the data are a computed series.
    var series: SeriesTask?
    /// How recordings of event cameras become samples.
    var events: EventFrames?
    /// The column of the label in a CSV file; the last one where `nil`.
    var label: String?
    /// A file with the targets, in the place of those of the set.
    var targets: String?
    /// The loss that the file names: it says whether targets are classes or numbers.
    var loss: Loss?
  }

  /// When checkpoints are written.
  struct Checkpoints {
    var seconds: Double
    var steps: Int?
  }

  let file: StrictFile
  var data: Data
  /// The second kind of samples, for rules that pair classes.
  var partner: PartnerRequest?
  var rule: any TrainingRule.Type
  var schedule: LearningRate
  var epochs: Int
  var batch: Int
  var seed: UInt64
  var checkpoints: Checkpoints

  /// - Throws: `InputErrors` where the file is not a run file of `train`, or names no known rule.
  init(path: String, overrides: [StrictOverride]) throws(InputErrors) {
    let given = try StrictFile(path: path, overrides: overrides)
    // The file that the run leaves behind repeats it from any folder.
    let paths = given.overrides { keys, text in
      Self.mayBePath(keys) ? GivenPath.absolute(text) : text
    }
    try self.init(
      paths.isEmpty ? given : StrictFile(path: path, overrides: overrides + paths))
  }

  /// Whether the value under `keys` may be the path of a file that the run reads.
  private static func mayBePath(_ keys: [String]) -> Bool {
    switch keys.first {
    case "data": ["name", "folder", "targets"].contains(keys.last)
    case "partner" where keys.dropFirst().first == "data": mayBePath(Array(keys.dropFirst()))
    case "start", "device": true
    default: keys.last == "file" || keys.contains { $0 == "device" || $0 == "fast-device" }
    }
  }

  /// - Throws: `InputErrors`; see `init(path:overrides:)`.
  init(_ file: StrictFile) throws(InputErrors) {
    self.file = file
    let root = file.root
    if root.text("job") != "train" {
      root.child("job").fault("this is not a run file of 'train'")
    }
    root.child("provenance").acceptAll()
    data = Self.data(root.mapping("data"))
    data.loss = root.unaskedText("loss").flatMap(Loss.init(rawValue:))
    let ruleNode = root.child("rule")
    let name = ruleNode.keys.isEmpty ? root.text("rule") : ruleNode.text("name")
    let place = ruleNode.keys.isEmpty ? ruleNode : ruleNode.child("name")
    if let rule = TrainingRules.rule(named: name) {
      self.rule = rule
    } else {
      place.fault(unknownName("rule", name, known: TrainingRules.names))
      try file.throwFaults()
      rule = BackpropagationRule.self
    }
    if rule.readsPairs { partner = PartnerRequest(reading: root.mapping("partner")) }
    schedule = Self.schedule(root.child("schedule"))
    epochs = root.integer("epochs", in: 1...1_000_000)
    batch = root.integer("batch", in: 1...1 << 20, default: 64)
    seed = UInt64(root.integer("seed", in: 0...Int.max, default: 1))
    let saving = root.mapping("checkpoints", required: false)
    checkpoints = Checkpoints(
      seconds: saving.quantity("time", unit: "s", in: 0...1e7, default: 30),
      steps: saving.has("steps") ? saving.integer("steps", in: 1...Int.max) : nil)
    try file.throwFaults()
  }

  /// The data set under `data`.
  static func data(_ node: StrictNode) -> Data {
    let name = node.text("name")
    let isText = DataSet.isText(name)
    let isFile = !isText && !node.has("events") && (name.contains("/") || name.contains("."))
    var window: TextWindow?
    if isText {
      let length = node.integer("window", in: 2...1 << 16)
      window = TextWindow(
        length: max(2, length),
        counted: node.integer("counted", in: 1...max(2, length), default: max(2, length)))
    }
    var data = Data(
      name: name, folder: node.has("folder") ? node.text("folder") : nil,
      trainSamples: node.has("train-samples")
        ? node.integer("train-samples", in: 1...Int.max) : nil,
      testSamples: node.has("test-samples") ? node.integer("test-samples", in: 1...Int.max) : nil,
      heldOut: node.number("held-out", in: 0...0.9, default: isFile ? 0.2 : 0), window: window,
      label: node.has("label") ? node.text("label") : nil,
      targets: node.has("targets") ? node.text("targets") : nil)
    data.series = series(name, node)
    data.events = node.has("events") ? EventFrames(reading: node.mapping("events")) : nil
    return data
  }

  /// The computed series called `name`, with the keys that it takes.
  private static func series(_ name: String, _ node: StrictNode) -> SeriesTask? {
    guard var task = SeriesTask(named: name) else { return nil }
    task.length = node.integer("length", in: 2...1 << 20, default: task.length)
    task.washOut = node.integer("wash-out", in: 0...1 << 20, default: task.washOut)
    task.seed = UInt64(node.integer("seed", in: 0...Int.max, default: 1))
    switch task.kind {
    case .memory: task.delays = node.integer("delays", in: 1...1024, default: task.delays)
    case .mackeyGlass:
      task.horizon = node.integer("horizon", in: 1...1 << 16, default: task.horizon)
    case .narma: break
    }
    return task
  }

  private static func schedule(_ node: StrictNode) -> LearningRate {
    let names = ["constant", "stepwise", "cosine", "half-linear", "one-cycle"]
    guard node.exists else { return .constant }
    switch node.choice("name", of: names) {
    case "stepwise":
      return .stepwise(
        every: node.integer("every", in: 1...1_000_000),
        factor: node.number("factor", in: 0...1, default: 0.1))
    case "cosine": return .cosine(floor: node.number("floor", in: 0...1, default: 0))
    case "half-linear": return .halfLinear
    case "one-cycle": return .oneCycle(rise: node.number("rise", in: 0.001...0.999, default: 0.3))
    default: return .constant
    }
  }
}
