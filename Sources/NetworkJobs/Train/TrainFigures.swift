import Reporting

/// The figures of a training run.
enum TrainFigures {
  /// Loss and accuracy by epoch.
  static func all(_ progress: TrainingProgress) -> [Figure] {
    let x = progress.epochs.indices.map { Double($0 + 1) }
    return [
      Figure(
        name: "loss",
        plot: Plot(
          x: .init("epoch", step: 1), y: .init("mean loss of a batch"),
          series: [PlotSeries("", .linePoints, x: x, y: progress.epochs.map(\.loss))]),
        caption: "Mean loss of the batches of each epoch, before their steps."),
      error(progress, x),
    ]
  }

  /// The error by epoch: the share of wrong classes, or the root mean square error.
  private static func error(_ progress: TrainingProgress, _ x: [Double]) -> Figure {
    let isShare = progress.measure == .accuracy
    let error = { (value: Double) in isShare ? max(1e-3, 100 * (1 - value)) : max(1e-12, value) }
    let (train, test) = (progress.epochs.map(\.train), progress.epochs.map(\.test))
    return Figure(
      name: "error",
      plot: Plot(
        x: .init("epoch", step: 1),
        y: .init(isShare ? "error (%)" : "root mean square error", isLogarithmic: true),
        series: [
          PlotSeries("training batches", .linePoints, x: x, y: train.map(error)),
          PlotSeries(
            progress.testsOnTraining ? "training samples" : "test", .linePoints, x: x,
            y: test.map(error)),
        ]),
      caption: (isShare ? "Share of samples classified wrongly" : "Root mean square error")
        + ": in the batches while they were trained on, and in the "
        + (progress.testsOnTraining ? "training" : "test") + " samples after each epoch.")
  }
}
