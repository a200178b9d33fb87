import ArrayFiles
import Foundation
import InputOutput
import LinearAlgebra
import Networks
import Randomness
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
    let root = StreamKey(seed: file.seed)
    let data = try TrainingData(file.data, key: root.child("held-out"))
    let steps = data.train.count / file.batch
    guard steps > 0 else {
      throw InputError(
        path, at: "batch",
        "\(file.batch) samples a batch, the training part of \(data.name) has \(data.train.count)")
    }
    let places = data.train.labelsPerSample
    guard places == 1 || file.rule.readsSequences else {
      throw InputError(
        path, at: "rule", "'\(file.rule.name)' reads one label a sample, \(data.name) has \(places)"
      )
    }
    let setup = TrainingSetup(
      root: file.file.root, inputShape: data.sampleShape, classCount: data.classCount,
      labelsPerSample: places, batch: file.batch, stepsPerEpoch: steps, epochs: file.epochs,
      key: root.child("rule"))
    var rule = try file.rule.init(setup)
    try file.file.finish()
    let name = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
    let folder = try TrainingFolder(
      at: context.output ?? "runs/\(name == "run" ? "train" : name)", runFile: file.file.text,
      resumes: resumes)
    var progress = TrainingProgress()
    if resumes, let checkpoint = try folder.checkpoint() {
      progress = try TrainingProgress(checkpoint)
      try rule.restore(checkpoint)
      context.progress.note("Going on after step \(progress.step)")
    }
    var loop = TrainingLoop(
      file: file, data: data, stepsPerEpoch: steps, folder: folder, key: root,
      report: context.progress)
    try loop.run(&rule, &progress)
    let network = rule.exported()
    let figures =
      try FinalTests(data: data, key: root.child("final"), report: context.progress)
      .figures(&rule) + rule.report()
    let outcome = TrainOutcome(
      rule: file.rule.name, data: data.name, folder: folder.path, progress: progress,
      figures: figures, network: network)
    try outcome.write(to: folder)
    return outcome
  }
}
