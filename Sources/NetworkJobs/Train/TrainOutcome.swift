import ArrayFiles
import Foundation
import InputOutput
import Networks
import Reporting
import Training

/// What a training run ended with.
public struct TrainOutcome: Sendable {
  let rule: String
  let data: String
  /// The folder of the run.
  public let folder: String
  let progress: TrainingProgress
  package let figures: [RuleFigure]
  let network: NetworkDescription
  /// The arrays of predictions.npz; empty where there is none.
  let predictions: [(name: String, array: NumericArray)]
  /// What single test samples take, one per row; without rows where nothing was measured.
  let samples: Table

  /// The results as a table.
  public var table: Table {
    var table = Table.quantities
    table.add("rule", .text(rule))
    table.add("data", .text(data))
    table.add("epochs", .whole(progress.epochs.count))
    table.add("steps", .whole(progress.step))
    if let last = progress.epochs.last {
      table.add("loss", .number(last.loss))
      let measure = progress.measure
      for (label, value) in [
        ("train \(measure.name)", last.train), (progress.testLabel, last.test),
      ] {
        table.add(label, .number(value * measure.factor), measure.unit)
      }
    }
    for figure in figures {
      table.add(figure.name, .number(figure.value), figure.unit)
    }
    return table
  }

  /// What the terminal shows at the end.
  public var text: String {
    "\n" + table.plainText
      + "\nThe network: \(folder)/network.yaml\nThe report: \(folder)/report.html\n"
  }

  /// The results as JSON.
  public func json() throws -> String { try table.json() }

  /// Writes the network in every format, the figures and the page.
  func write(
    to folder: TrainingFolder, figures: FigureOptions, progress report: any RunProgress
  ) throws {
    let arrays = network.arrays.entries
    try folder.write(Safetensors.bytes(arrays), to: "network.safetensors")
    try folder.write(network.text(weights: "network.safetensors"), to: "network.yaml")
    try folder.write(try NPZ.bytes(arrays), to: "network.npz")
    if ONNXWriter.canWrite(network) {
      try folder.write(try ONNXWriter.bytes(of: network), to: "network.onnx")
    }
    if !predictions.isEmpty {
      try folder.write(try NPZ.bytes(predictions), to: "predictions.npz")
    }
    if !samples.rows.isEmpty { try folder.write(samples.csv, to: "samples.csv") }
    try folder.write(progress.table.csv, to: "metrics.csv")
    let drawn = DrawnFigures(TrainFigures.all(progress), figures, progress: report)
    try drawn.write(with: folder.write)
    var page = HTMLReport(
      title: "Training by \(rule) on \(data)",
      summary: "\(progress.epochs.count) epochs, \(progress.step) steps.")
    if let last = progress.epochs.last {
      page.keyFigures([
        (value: progress.measure.shown(last.test), name: progress.testLabel),
        (value: progress.measure.shown(last.train), name: "train \(progress.measure.name)"),
        (value: String(format: "%.4g", last.loss), name: "loss"),
      ])
    }
    page.heading("Course")
    page.figures(drawn.drawings)
    page.failures(of: drawn)
    page.heading("Results")
    page.table(table, caption: "results")
    page.table(progress.table, caption: "metrics.csv")
    page.heading("Run file")
    page.listing(try InputFile.text(of: "\(folder.path)/run.yaml", limit: 1 << 24))
    try folder.write(page.html, to: "report.html")
    try folder.finish()
  }
}
