import Foundation
import InputOutput
import LinearAlgebra
import Randomness
import Reporting
import Training

/// The epochs of a training run: shuffles, steps, tests, checkpoints and live files.
struct TrainingLoop {
  let file: TrainingFile
  let data: TrainingData
  let stepsPerEpoch: Int
  /// Above which an output stands for a target of 1.
  let threshold: Float
  /// Where files are written; `nil` for a run that leaves none, which no signal interrupts.
  let folder: TrainingFolder?
  private let seal: CheckpointSeal?
  let key: StreamKey
  let report: any RunProgress

  // The monotonic clock: setting the computer's clock neither stops nor hurries checkpoints.
  /// How figures are written while the run lasts.
  var figures = FigureOptions()
  private let began = ContinuousClock.now
  private var saved = ContinuousClock.now
  private var drawn: ContinuousClock.Instant?
  private var figuresFail = false
  private var times = Table(columns: ["epoch", "seconds since the start of this process"])

  init(
    file: TrainingFile, data: TrainingData, stepsPerEpoch: Int, threshold: Float,
    folder: (place: TrainingFolder, seal: CheckpointSeal)?, key: StreamKey, report: any RunProgress
  ) {
    self.file = file
    self.data = data
    self.stepsPerEpoch = stepsPerEpoch
    self.threshold = threshold
    self.folder = folder?.place
    seal = folder?.seal
    self.key = key
    self.report = report
  }

  /// Goes on from `progress` to the last epoch.
  ///
  /// - Throws: `RunError` where the loss grows without limit or the run is interrupted (it is saved then).
  mutating func run(_ rule: inout any TrainingRule, _ progress: inout TrainingProgress) throws {
    let total = stepsPerEpoch * file.epochs
    var batch = TrainingBatch(x: Matrix(rowCount: 0, columnCount: 0), labels: [])
    while progress.epochs.count < file.epochs {
      let epoch = progress.epochs.count
      var stream = RandomStream(key.child("order").child(epoch))
      let order = stream.permutation(data.train.count)
      for index in (progress.step - epoch * stepsPerEpoch)..<stepsPerEpoch {
        let samples = order[index * file.batch..<(index + 1) * file.batch]
        data.train.gather(samples, into: &batch)
        batch.step = progress.step
        batch.epoch = epoch
        batch.gain = Float(
          file.schedule.factor(
            step: progress.step, stepsPerEpoch: stepsPerEpoch, epochs: file.epochs))
        let result = try rule.step(batch)
        try check(result.loss, index: index, &progress)
        progress.step += 1
        progress.lossSum += result.loss
        progress.right += result.right
        progress.counted += result.counted ?? batch.labels.count
        report.report(
          "Training", done: progress.step, of: total, reached: reached(progress, index: index))
        try saveIfDue(rule, progress)
      }
      try finish(&rule, &progress)
    }
    try save(rule, progress)
  }

  /// Ends an epoch: test, metrics, live figure.
  private mutating func finish(
    _ rule: inout any TrainingRule, _ progress: inout TrainingProgress
  ) throws {
    let epoch = progress.epochs.count
    let testKey = key.child("test").child(epoch)
    let score = try FinalTests.score(data.test, threshold: threshold) { x, start in
      try rule.outputs(x, key: testKey.child(start))
    }
    progress.epochs.append(
      .init(
        loss: progress.lossSum / Double(stepsPerEpoch),
        train: progress.train(steps: stepsPerEpoch, outputs: data.classCount),
        test: score.value(progress.measure)))
    progress.lossSum = 0
    progress.right = 0
    progress.counted = 0
    times.append([.whole(epoch + 1), .number(Self.seconds(since: began))])
    guard let folder else { return }
    try folder.write(progress.table.csv, to: "metrics.csv")
    try folder.write(times.csv, to: "timing.csv")
    let last = progress.epochs[epoch]
    let measure = progress.measure
    report.note(
      String(format: "epoch %d/%d  loss %.4g", epoch + 1, file.epochs, last.loss)
        + "  train \(measure.shown(last.train))  "
        + (data.testsOnTraining ? "on the training samples" : "test")
        + " \(measure.shown(last.test))")
    // Figures while the run lasts are a courtesy: after one that fails there are none before the end,
    // where the reason is reported.
    if !figuresFail, drawn.map({ Self.seconds(since: $0) > 5 }) ?? true, Gnuplot.executable != nil {
      drawn = ContinuousClock.now
      let drawings = DrawnFigures(TrainFigures.all(progress), figures, progress: SilentProgress())
      try drawings.write(with: folder.write)
      figuresFail = !drawings.failures.isEmpty
    }
  }

  private func check(
    _ loss: Double, index: Int, _ progress: inout TrainingProgress
  ) throws(RunError) {
    if progress.step == 0 { progress.firstLoss = loss }
    guard loss.isFinite, abs(loss) <= 1e4 * max(1, abs(progress.firstLoss)) else {
      let what = loss.isFinite ? "grew to \(loss)" : "is not a number (NaN)"
      throw RunError(
        "the loss \(what) in step \(progress.step + 1) (epoch \(progress.epochs.count + 1), batch "
          + "\(index + 1)): the training diverges, a smaller learning rate may help")
    }
  }

  private mutating func saveIfDue(_ rule: any TrainingRule, _ progress: TrainingProgress) throws {
    guard folder != nil else { return }
    if Interruption.isAsked {
      try save(rule, progress)
      throw RunError(
        "interrupted after step \(progress.step); the same command with --resume goes on")
    }
    let isCounted = file.checkpoints.steps.map { progress.step % $0 == 0 } ?? false
    if isCounted || Self.seconds(since: saved) >= file.checkpoints.seconds {
      try save(rule, progress)
    }
  }

  private mutating func save(_ rule: any TrainingRule, _ progress: TrainingProgress) throws {
    guard let folder, let seal else { return }
    try folder.save(try seal.sealed(progress.state() + rule.state()))
    saved = ContinuousClock.now
  }

  private static func seconds(since instant: ContinuousClock.Instant) -> Double {
    (ContinuousClock.now - instant) / .seconds(1)
  }

  private func reached(_ progress: TrainingProgress, index: Int) -> String {
    let measure = progress.measure
    let train = progress.train(steps: index + 1, outputs: data.classCount)
    let name = data.testsOnTraining ? "on the training samples" : "test"
    let test = progress.epochs.last.map { " \(name) \(measure.shown($0.test))" }
    return String(
      format: "epoch %d/%d loss %.3g", progress.epochs.count + 1, file.epochs,
      progress.lossSum / Double(index + 1))
      + " \(measure == .accuracy ? "acc" : measure.name) \(measure.shown(train))" + (test ?? "")
  }
}
