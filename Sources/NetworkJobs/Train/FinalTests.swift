import ArrayFiles
import LinearAlgebra
import Networks
import NumericalMethods
import Randomness
import Reporting
import Training

/// Tests of a trained network: on several chips, and by every way to read it.
struct FinalTests {
  let data: TrainingData
  let key: StreamKey
  let report: any RunProgress

  /// Samples a pass through the network: fewer where they are sequences, which take more room.
  private static func chunk(_ part: TrainingData.Part) -> Int {
    part.labelsPerSample > 1 ? 32 : 500
  }

  /// Calibrates the rule, then tests it.
  func figures(_ rule: inout any TrainingRule) throws -> [RuleFigure] {
    var figures: [RuleFigure] = []
    if data.test.labelsPerSample > 1 {
      figures.append(RuleFigure("test bits per symbol", try bits(&rule), "bits"))
    }
    let names = rule.readouts
    for (k, name) in names.enumerated() {
      report.report("Testing \(names.count) ways to read", done: k, of: names.count)
      let right = try Self.right(data.test) { x, start in
        try rule.outputs(x, readout: k, key: key.child(name).child(start))
      }
      figures.append(RuleFigure("test accuracy by \(name)", percent(right), "%"))
    }
    if !names.isEmpty {
      report.report("Testing \(names.count) ways to read", done: names.count, of: names.count)
    }
    let chips = rule.chipCount
    guard chips > 0 else { return figures }
    var batch = TrainingBatch(x: Matrix(rowCount: 0, columnCount: 0), labels: [])
    data.train.gather(Array(0..<min(512, data.train.count))[...], into: &batch)
    try rule.calibrate(batch.x, key: key.child("calibration"))
    figures += try accuracies(chips, "test accuracy") { _ in rule }
    if rule.calibratesChips {
      figures += try accuracies(chips, "test accuracy, statistics of each chip") { chip in
        var own = rule
        try own.calibrate(batch.x, chip: chip, key: chip.child("statistics"))
        return own
      }
    }
    return figures
  }

  /// The most outputs that are written to a file: 256 MiB.
  private static let mostOutputs = 1 << 26

  /// What the network gives for the test samples: "outputs", samples × outputs (samples × places × outputs for sequences);
  /// "classes", the place of the largest of them, −1 where several are the largest; and the true "labels". None where
  /// there are too many outputs.
  func predictions(
    _ rule: inout any TrainingRule
  ) throws -> [(name: String, array: NumericArray)] {
    let labels = data.test.labels
    guard labels.count <= Self.mostOutputs / data.classCount else {
      report.note("predictions.npz is left out: the test samples have more than 2²⁶ outputs")
      return []
    }
    var outputs: [Float] = []
    _ = try Self.right(data.test) { x, start in
      let y = try rule.outputs(x, key: key.child("predictions").child(start))
      outputs += y.elements
      return y
    }
    let rows = Matrix(
      rowCount: labels.count, columnCount: outputs.count / labels.count, elements: outputs)
    let places = data.test.labelsPerSample
    let shape = [data.test.count] + (places > 1 ? [places] : [])
    return [
      ("outputs", NumericArray(shape: shape + [rows.columnCount], floats: outputs)),
      (
        "classes",
        NumericArray(
          shape: shape,
          integers: classes(of: rows).map { Int64($0 ?? -1) })
      ), ("labels", NumericArray(shape: shape, integers: labels.map { Int64($0) })),
    ]
  }

  /// The mean accuracy and its spread over chips; `rule` gives what is tested on the chip keyed so.
  private func accuracies(
    _ chips: Int, _ name: String, _ rule: (StreamKey) throws -> any TrainingRule
  ) throws -> [RuleFigure] {
    var accuracies: [Double] = []
    for chip in 0..<chips {
      report.report("Testing \(chips) chips", done: chip, of: chips)
      let chipKey = key.child("chip").child(chip)
      var rule = try rule(chipKey)
      let right = try Self.right(data.test) { x, start in
        try rule.outputs(x, chip: chipKey, key: chipKey.child("reads").child(start))
      }
      accuracies.append(percent(right))
    }
    report.report("Testing \(chips) chips", done: chips, of: chips)
    let spread = SampleStatistics(accuracies)
    let mean = RuleFigure("\(name), mean of \(chips) chips", spread.mean, "%")
    guard chips > 1 else { return [mean] }
    return [mean, RuleFigure("standard deviation of \(name)", spread.deviation, "%")]
  }

  private func percent(_ right: Int) -> Double {
    100 * Double(right) / Double(data.test.labels.count)
  }

  /// The mean of −log₂ of the probability of the right symbol.
  private func bits(_ rule: inout any TrainingRule) throws -> Double {
    var sum = 0.0
    _ = try Self.right(data.test) { x, start in
      let outputs = try rule.outputs(x, key: key.child("bits").child(start))
      let places = data.test.labelsPerSample
      let labels = data.test.labels[start * places..<(start + x.rowCount) * places]
      let rows = outputs.asRows(labels.count)
      sum +=
        Double(labels.count)
        * bitsPerSymbol(
          Tensor(shape: [rows.rowCount, rows.columnCount], elements: rows.elements),
          labels: labels.map(Int.init))
      return outputs
    }
    return sum / Double(data.test.labels.count)
  }

  /// How many samples of `part` have their largest output at their label.
  ///
  /// - Parameter outputs: the outputs for some samples and the number of the first.
  static func right(
    _ part: TrainingData.Part, _ outputs: (Matrix<Float>, Int) throws -> Matrix<Float>
  ) throws -> Int {
    var batch = TrainingBatch(x: Matrix(rowCount: 0, columnCount: 0), labels: [])
    let rows = Array(0..<part.count)
    var right = 0
    let chunk = chunk(part)
    for start in stride(from: 0, to: part.count, by: chunk) {
      part.gather(rows[start..<min(part.count, start + chunk)], into: &batch)
      let rows = try outputs(batch.x, start).asRows(batch.labels.count)
      right += Classification.correctCount(rows, labels: batch.labels[...])
    }
    return right
  }
}
