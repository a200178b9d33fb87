import ArrayFiles
import DeviceModels
import Foundation
import InputOutput
import LinearAlgebra
import Networks
import Randomness
import Reporting
import StrictYAML
import Training

/// The training job: data, rule, epochs, checkpoints, results.
public struct TrainJob {
  private let file: TrainingFile
  private let path: String

  /// - Throws: `InputErrors` with every fault of the run file but those of the rule's own keys, which
  ///   need the data.
  public init(runFile path: String, overrides: [StrictOverride]) throws {
    self.path = path
    file = try TrainingFile(path: path, overrides: overrides)
  }

  /// Runs the job.
  ///
  /// The weights after any number of steps depend on the run file alone: a run that was killed and is
  /// resumed ends with the same bits.
  /// - Parameter resumes: whether the checkpoint in the folder is taken up.
  /// - Throws: `InputError` or `InputErrors` where something given is wrong; `RunError` where the loss
  ///   grows without limit, the run is interrupted, or a file cannot be written.
  public func run(_ context: RunContext, resumes: Bool) throws -> TrainOutcome {
    var made = try prepared()
    for notice in file.file.notices { context.progress.note(notice) }
    if !made.data.heldOutPairs.isEmpty {
      context.progress.note("held-out pairs: \(made.data.heldOutPairs.joined(separator: ", "))")
    }
    if file.data.loss == nil, made.data.hasBinaryTargets {
      context.progress.note(
        "the targets of \(made.data.name) are 0 and 1, reproduced as numbers: 'loss: binary-cross-entropy' trains them as labels"
      )
    }
    if let device = file.file.root.child("device").deviceModel() {
      for line in [device.extraction].compactMap({ $0 }) + device.readNotices() {
        context.progress.note(line)
      }
    }
    let name = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
    let resolved = ResolvedRunFile(file, setup: made.setup, rule: made.rule).text
    let folder = try TrainingFolder(
      at: context.output ?? "runs/\(name == "run" ? "train" : name)", runFile: resolved,
      resumes: resumes, overwrites: context.overwrites, reads: inputFiles + checkedFiles)
    Gnuplot.announce(to: context.progress)
    var progress = TrainingProgress(TrainingMeasure(made.data.kind))
    let seal = CheckpointSeal(
      file: file, settings: resolved, data: made.data, inputs: checkedFiles)
    if resumes, let checkpoint = try folder.checkpoint() {
      try seal.check(checkpoint)
      progress = try self.progress(in: checkpoint, made)
      try made.rule.restore(checkpoint)
      try folder.acceptCheckpoint()
      context.progress.note("Going on after step \(progress.step)")
    }
    let outcome = try train(&made, &progress, folder: (folder, seal), context)
    try outcome.write(to: folder, figures: context.figures, progress: context.progress)
    return outcome
  }

  /// The files that the run file names, as far as they are plain files.
  var inputFiles: [String] {
    [file.data, file.partner?.data].flatMap { [$0?.name, $0?.targets] }.compactMap(\.self).filter {
      name in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: name, isDirectory: &isFolder)
        && !isFolder.boolValue
    }
      + Self.devicePaths(file.file.root) + Self.systemPaths(file.file.root)
  }

  /// The files of measured systems that the run file names: of the physics, and of layers.
  private static func systemPaths(_ root: StrictNode) -> [String] {
    let layers = root.child("network").child("layers")
    return ([root.child("array")] + (layers.exists ? layers.elements() : []))
      .compactMap { $0.unaskedText("file") }.flatMap(NetworkDescription.files(of:))
  }

  /// The paths of the devices that the run file names: of the arrays, of the maps of a local rule, of a rule's fast
  /// array, of the ramps of recurrent layers and of random matrices.
  private static func devicePaths(_ root: StrictNode) -> [String] {
    let rule = root.child("rule")
    var nodes = [root.child("device"), root.child("maps").child("device")]
    if !rule.keys.isEmpty { nodes.append(rule.child("fast-device")) }
    for network in [root.child("network"), root.child("partner").child("network")] {
      let layers = network.child("layers")
      guard layers.exists else { continue }
      nodes += layers.elements().flatMap { layer in
        ["ramp", "random"].map { layer.child($0).child("device") }
      }
    }
    return nodes.compactMap { node in
      guard node.exists, node.keys.isEmpty || node.has("name") else { return nil }
      let name = node.keys.isEmpty ? node.text() : node.child("name").text()
      return name.flatMap { try? DeviceLibrary.path(of: $0) }
    }
  }

  /// The files whose content decides the run, beside the data.
  private var checkedFiles: [String] {
    let root = file.file.root
    let start = root.has("start") ? root.child("start").text() : nil
    return Self.devicePaths(root) + Self.systemPaths(root)
      + [start.map { AtomicFile.isFolder($0) ? "\($0)/checkpoint.safetensors" : $0 }]
      .compactMap(\.self)
  }

  /// The progress in `checkpoint`, all of which is found to fit the run.
  ///
  /// - Throws: `InputError` that names what does not fit.
  private func progress(
    in checkpoint: NamedArrays, _ made: Prepared
  ) throws -> TrainingProgress {
    let train = made.data.train
    let labels = file.batch * (train.targets?.columnCount ?? train.labelsPerSample)
    let progress = try TrainingProgress(
      checkpoint, measure: TrainingMeasure(made.data.kind), epochs: file.epochs,
      stepsPerEpoch: made.stepsPerEpoch, labels: labels)
    var batch = TrainingBatch(x: Matrix(rowCount: 0, columnCount: 0), labels: [])
    made.data.train.gather(Array(0..<file.batch)[...], into: &batch)
    let key = StreamKey(seed: file.seed).child("checkpoint")
    try CheckpointCheck(try file.rule.init(made.setup), batch: batch, key: key)
      .check(checkpoint, progress: progress)
    return progress
  }

  /// Data and rule before the first step.
  struct Prepared {
    let data: TrainingData
    let stepsPerEpoch: Int
    let setup: TrainingSetup
    var rule: any TrainingRule
  }

  /// Loads the data, which `setups` keeps for further runs, and makes the rule.
  ///
  /// - Throws: `InputError` or `InputErrors` where the data or a key of the rule are wrong.
  func prepared(_ setups: SetupCache? = nil) throws -> Prepared {
    let root = StreamKey(seed: file.seed)
    func loaded(_ request: TrainingFile.Data, _ key: StreamKey) throws -> TrainingData {
      func load() throws -> TrainingData { try TrainingData(request, key: key) }
      guard let setups, request.heldOut == 0 else { return try load() }
      return try setups.value("train data \(request)", make: load)
    }
    var data = try loaded(file.data, root.child("held-out"))
    if let partner = file.partner {
      let key = root.child("partner")
      let other = try loaded(partner.data, key.child("held-out"))
      data = try data.paired(with: other, partner, key: key)
      try file.file.throwFaults()
    }
    let steps = data.train.count / file.batch
    guard steps > 0 else {
      throw InputError(
        path, at: "batch",
        "\(file.batch) samples per batch are set, the training part of \(data.name) has \(data.train.count)"
      )
    }
    let places = data.train.labelsPerSample
    guard places == 1 || file.rule.readsSequences else {
      throw InputError(
        path, at: "rule",
        "'\(file.rule.name)' reads one label per sample, \(data.name) has \(places)"
      )
    }
    guard data.kind == .classes || file.rule.readsNumbers else {
      throw InputError(
        path, at: "rule",
        "'\(file.rule.name)' classifies, the targets of \(data.name) are numbers: use a rule of backpropagation"
      )
    }
    let setup = TrainingSetup(
      root: file.file.root, inputShape: data.sampleShape, classCount: data.classCount,
      labelsPerSample: places, targets: data.kind, batch: file.batch, stepsPerEpoch: steps,
      epochs: file.epochs, sampleCount: data.train.count, pairs: data.pairs,
      key: root.child("rule"))
    let rule = try file.rule.init(setup)
    try file.file.finish()
    return Prepared(data: data, stepsPerEpoch: steps, setup: setup, rule: rule)
  }

  /// Trains and tests without a folder: nothing is written, and signals do not stop the run.
  func trained(_ setups: SetupCache) throws -> TrainOutcome {
    var made = try prepared(setups)
    var progress = TrainingProgress(TrainingMeasure(made.data.kind))
    return try train(&made, &progress, folder: nil, RunContext())
  }

  private func train(
    _ made: inout Prepared, _ progress: inout TrainingProgress,
    folder: (place: TrainingFolder, seal: CheckpointSeal)?, _ context: RunContext
  ) throws -> TrainOutcome {
    let root = StreamKey(seed: file.seed)
    progress.testsOnTraining = made.data.testsOnTraining
    // The digital network says where outputs are probabilities; its weights do not matter.
    let threshold =
      made.data.kind == .probabilities
      ? try made.rule.exported().network(source: path).decisionThreshold : 0
    var loop = TrainingLoop(
      file: file, data: made.data, stepsPerEpoch: made.stepsPerEpoch, threshold: threshold,
      folder: folder, key: root, report: context.progress)
    loop.figures = context.figures
    try loop.run(&made.rule, &progress)
    let tests = FinalTests(
      data: made.data, threshold: threshold, key: root.child("final"), report: context.progress)
    let figures = try tests.figures(&made.rule) + made.rule.report()
    let measured = try tests.measured(made.rule)
    let predictions = folder == nil ? [] : try tests.predictions(&made.rule)
    // Behind the tests, which calibrate the ranges that the network carries.
    let network = made.rule.exported()
    return TrainOutcome(
      rule: file.rule.name, data: made.data.name, folder: folder?.place.path ?? "",
      progress: progress,
      figures: figures + measured.figures, network: network, predictions: predictions,
      samples: measured.table)
  }
}
