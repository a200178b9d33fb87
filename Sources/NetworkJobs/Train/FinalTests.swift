import ArrayFiles
import InputOutput
import LinearAlgebra
import Networks
import NumericalMethods
import Randomness
import Reporting
import Training

/// Tests of a trained network: on several chips, and by every way to read it.
struct FinalTests {
  let data: TrainingData
  /// Above which an output stands for a target of 1.
  let threshold: Float
  let key: StreamKey
  let report: any RunProgress

  private var measure: TrainingMeasure { TrainingMeasure(data.kind) }

  /// Samples a pass through the network: fewer where they are sequences, which take more room.
  private static func chunk(_ part: TrainingData.Part) -> Int {
    part.labelsPerSample > 1 ? 32 : 500
  }

  /// Calibrates the rule, then tests it.
  func figures(_ rule: inout any TrainingRule) throws -> [RuleFigure] {
    var figures: [RuleFigure] = []
    if data.test.labelsPerSample > 1 {
      figures.append(RuleFigure(data.tested("bits per symbol"), try bits(&rule), "bits"))
    }
    let names = rule.readouts
    for (k, name) in names.enumerated() {
      report.report("Testing \(names.count) ways to read", done: k, of: names.count)
      let score = try score { x, start in
        try rule.outputs(x, readout: k, key: key.child(name).child(start))
      }
      figures.append(figure(data.tested("\(measure.name) by \(name)"), score))
    }
    if !names.isEmpty {
      report.report("Testing \(names.count) ways to read", done: names.count, of: names.count)
    }
    if data.kind == .numbers {
      let score = try score { x, start in
        try rule.outputs(x, key: key.child("determination").child(start))
      }
      // Targets that do not differ, as those of a single sample, have none.
      if score.determination.isFinite {
        figures.append(RuleFigure(data.tested("R²"), score.determination))
      }
    }
    let chips = rule.chipCount
    guard chips > 0 else { return figures }
    var batch = TrainingBatch(x: Matrix(rowCount: 0, columnCount: 0), labels: [])
    data.train.gather(Array(0..<min(512, data.train.count))[...], into: &batch)
    try rule.calibrate(batch.x, key: key.child("calibration"))
    figures += try values(chips, data.tested(measure.name)) { _ in rule }
    if rule.calibratesChips {
      figures += try values(chips, data.tested(measure.name) + ", statistics of each chip") {
        chip in
        var own = rule
        try own.calibrate(batch.x, chip: chip, key: chip.child("statistics"))
        return own
      }
    }
    return figures
  }

  /// What test samples take, spread evenly over all of them: the mean and the standard deviation, and a table with one sample
  /// per row.
  func measured(_ rule: any TrainingRule) throws -> (figures: [RuleFigure], table: Table) {
    let count = min(rule.measuredCount, data.test.count)
    guard count > 0 else { return ([], Table(columns: [])) }
    let rows = (0..<count).map { $0 * data.test.count / count }
    var batch = TrainingBatch(x: Matrix(rowCount: 0, columnCount: 0), labels: [])
    data.test.gather(rows[...], into: &batch)
    report.report("Measuring \(counted(count, "sample"))", done: 0, of: 1)
    let found = try rule.measure(batch)
    report.report("Measuring \(counted(count, "sample"))", done: 1, of: 1)
    var figures: [RuleFigure] = []
    for quantity in found {
      let spread = SampleStatistics(quantity.values)
      let name = "\(quantity.name), mean of \(counted(count, "sample"))"
      figures.append(RuleFigure(name, spread.mean, quantity.unit))
      if count > 1 {
        figures.append(
          RuleFigure(
            "standard deviation of the \(quantity.name)", spread.deviation, quantity.unit))
      }
    }
    var table = Table(
      columns: ["sample"] + found.map { $0.unit.isEmpty ? $0.name : "\($0.name) (\($0.unit))" })
    for (k, row) in rows.enumerated() {
      table.append([.whole(data.test.places[row])] + found.map { .number($0.values[k]) })
    }
    return (figures, table)
  }

  /// The most outputs that are written to a file: 256 MiB.
  private static let mostOutputs = 1 << 26

  /// What the network gives for the test samples: "outputs", samples × outputs (samples × places × outputs for sequences);
  /// "classes", the place of the largest of them, −1 where several are the largest (for one output of two classes, whether
  /// it is above the threshold), and the true "labels", or "targets" where they are numbers; and "indices", the places of
  /// the samples in the data set. None where there are too many outputs.
  func predictions(_ rule: inout any TrainingRule) throws -> [(name: String, array: NumericArray)] {
    let labels = data.test.labels
    guard max(labels.count, data.test.count) <= Self.mostOutputs / data.classCount else {
      report.note("predictions.npz is left out: the test samples have more than 2²⁶ outputs")
      return []
    }
    var outputs: [Float] = []
    // Of rules with chips those of the first one tested.
    let chip = key.child("chip").child(0)
    let hasChips = rule.chipCount > 0
    _ = try score { x, start in
      let y =
        hasChips
        ? try rule.outputs(x, chip: chip, key: chip.child("reads").child(start))
        : try rule.outputs(x, key: key.child("predictions").child(start))
      outputs += y.elements
      return y
    }
    let indices = (
      name: "indices",
      array: NumericArray(shape: [data.test.count], integers: data.test.places.map(Int64.init))
    )
    if let targets = data.test.targets {
      let shape = [data.test.count, targets.columnCount]
      var arrays = [
        (name: "outputs", array: NumericArray(shape: shape, floats: outputs)),
        (name: "targets", array: NumericArray(shape: shape, floats: targets.elements)), indices,
      ]
      if data.kind == .probabilities {
        let classes = outputs.map { Int64($0 > threshold ? 1 : 0) }
        arrays.insert(("classes", NumericArray(shape: shape, integers: classes)), at: 1)
      }
      return arrays
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
      ), ("labels", NumericArray(shape: shape, integers: labels.map { Int64($0) })), indices,
    ]
  }

  /// The mean of the measure and its spread over chips; `rule` gives what is tested on the chip keyed so.
  private func values(
    _ chips: Int, _ name: String, _ rule: (StreamKey) throws -> any TrainingRule
  ) throws -> [RuleFigure] {
    var values: [Double] = []
    for chip in 0..<chips {
      report.report("Testing \(counted(chips, "chip"))", done: chip, of: chips)
      let chipKey = key.child("chip").child(chip)
      var rule = try rule(chipKey)
      let score = try score { x, start in
        try rule.outputs(x, chip: chipKey, key: chipKey.child("reads").child(start))
      }
      values.append(measure.factor * score.value(measure))
    }
    report.report("Testing \(counted(chips, "chip"))", done: chips, of: chips)
    let spread = SampleStatistics(values)
    guard chips > 1 else { return [RuleFigure("\(name), one chip", spread.mean, measure.unit)] }
    return [
      RuleFigure("\(name), mean of \(chips) chips", spread.mean, measure.unit),
      RuleFigure("standard deviation of \(name)", spread.deviation, measure.unit),
    ]
  }

  private func figure(_ name: String, _ score: TrainingScore) -> RuleFigure {
    RuleFigure(name, measure.factor * score.value(measure), measure.unit)
  }

  /// The mean of −log₂ of the probability of the right symbol.
  private func bits(_ rule: inout any TrainingRule) throws -> Double {
    var sum = 0.0
    _ = try score { x, start in
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

  private func score(
    _ outputs: (Matrix<Float>, Int) throws -> Matrix<Float>
  ) throws -> TrainingScore {
    try Self.score(data.test, threshold: threshold, outputs)
  }

  /// How well outputs meet the targets of `part`.
  ///
  /// - Parameters:
  ///   - threshold: above which an output stands for a target of 1.
  ///   - outputs: the outputs for some samples and the number of the first.
  static func score(
    _ part: TrainingData.Part, threshold: Float,
    _ outputs: (Matrix<Float>, Int) throws -> Matrix<Float>
  ) throws -> TrainingScore {
    var batch = TrainingBatch(x: Matrix(rowCount: 0, columnCount: 0), labels: [])
    let rows = Array(0..<part.count)
    var score = TrainingScore()
    let chunk = chunk(part)
    for start in stride(from: 0, to: part.count, by: chunk) {
      part.gather(rows[start..<min(part.count, start + chunk)], into: &batch)
      score.add(try outputs(batch.x, start), batch, threshold: threshold)
    }
    return score
  }
}
