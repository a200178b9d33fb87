import Reporting

/// The figures of a training run.
enum TrainFigures {
  /// Loss and accuracy by epoch.
  static func all(_ progress: TrainingProgress) -> [Figure] {
    let x = progress.epochs.indices.map { Double($0 + 1) }
    let error = { (accuracy: Double) in max(1e-3, 100 * (1 - accuracy)) }
    let span = 0...Double(max(2, x.count))
    return [
      Figure(
        name: "loss",
        plot: Plot(
          x: .init("epoch", range: span), y: .init("mean loss of a batch"),
          series: [PlotSeries("", .linePoints, x: x, y: progress.epochs.map(\.loss))],
          legend: .none),
        caption: "Mean loss of the batches of each epoch, before their steps."),
      Figure(
        name: "error",
        plot: Plot(
          x: .init("epoch", range: span), y: .init("error (%)", isLogarithmic: true),
          series: [
            PlotSeries(
              "training batches", .linePoints, x: x,
              y: progress.epochs.map { error($0.trainAccuracy) }),
            PlotSeries(
              "test", .linePoints, x: x, y: progress.epochs.map { error($0.testAccuracy) }),
          ]),
        caption: "Share of samples classified wrongly: in the batches while they were trained on, "
          + "and in the test samples after each epoch."),
    ]
  }
}
