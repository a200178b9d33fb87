import ArrayFiles
import InputOutput
import Reporting

/// How far a run is; all of it goes into a checkpoint.
struct TrainingProgress: Equatable {
  /// What is reported beside the loss.
  let measure: TrainingMeasure
  /// Whether the test samples are the training samples, because there are no others.
  var testsOnTraining = false
  /// "test accuracy", or "accuracy on the training samples".
  var testLabel: String {
    testsOnTraining ? "\(measure.name) on the training samples" : "test \(measure.name)"
  }
  /// One finished epoch.
  struct Epoch: Equatable {
    var loss: Double
    /// The measure of the batches while they were trained on.
    var train: Double
    /// The measure of the test samples.
    var test: Double
  }

  /// Steps made in the whole run.
  var step = 0
  /// Of the epoch that is under way: the sum of the losses, and how many samples were classified
  /// correctly, of how many.
  var lossSum = 0.0
  var right = 0
  var counted = 0
  /// The measure of the batches of this epoch, of which there were `steps`: the share that is correct, or
  /// √(2·loss/outputs), because the loss is ½·Σ(output − target)².
  func train(steps: Int, outputs: Int) -> Double {
    switch measure {
    case .accuracy: Double(right) / Double(max(1, counted))
    case .rootMeanSquareError:
      (2 * lossSum / Double(max(1, steps)) / Double(max(1, outputs))).squareRoot()
    }
  }
  /// The mean loss of the first step, by which divergence is recognized.
  var firstLoss = 0.0
  /// The finished epochs.
  var epochs: [Epoch] = []

  /// The arrays of a checkpoint; names begin with `run.`.
  func state() -> [(name: String, array: NumericArray)] {
    let flat = epochs.flatMap { [$0.loss, $0.train, $0.test] }
    return [
      ("run.step", NumericArray(shape: [3], integers: [step, right, counted].map(Int64.init))),
      ("run.sums", NumericArray(shape: [2], doubles: [lossSum, firstLoss])),
      ("run.epochs", NumericArray(shape: [epochs.count, 3], doubles: flat)),
    ]
  }

  init(_ measure: TrainingMeasure) { self.measure = measure }

  /// Reads the progress of a run of `epochs` epochs of `stepsPerEpoch` steps, each on at most `labels`
  /// labels.
  ///
  /// - Throws: `InputError` where an array is missing or has another shape, or a number is outside what
  ///   such a run comes through.
  init(
    _ state: NamedArrays, measure: TrainingMeasure, epochs: Int, stepsPerEpoch: Int, labels: Int
  ) throws(InputError) {
    self.measure = measure
    let counts = try state.array("run.step")
    let sums = try state.finite("run.sums")
    let flat = try state.finite("run.epochs")
    guard let numbers = counts.integers, counts.shape == [3], sums.shape == [2],
      sums.elementType == .float64, flat.shape.count == 2, flat.shape[1] == 3,
      flat.elementType == .float64
    else { throw InputError(state.source, "is not a checkpoint of a training run") }
    let done = flat.shape[0]
    let (start, end) = (Int64(done * stepsPerEpoch), Int64((done + 1) * stepsPerEpoch))
    guard done <= epochs, numbers[0] > 0, numbers[0] >= start,
      numbers[0] <= (done == epochs ? start : end)
    else {
      throw InputError(
        state.source, at: "array 'run.step'",
        "step \(numbers[0]) after \(done) epochs is outside a run of \(epochs) epochs of "
          + "\(stepsPerEpoch) steps")
    }
    let limit = (numbers[0] - start) * Int64(labels)
    guard (0...limit).contains(numbers[2]), (0...numbers[2]).contains(numbers[1]) else {
      throw InputError(
        state.source, at: "array 'run.step'",
        "\(numbers[1]) of \(numbers[2]) samples classified correctly in "
          + "\(numbers[0] - start) steps of \(labels) labels")
    }
    step = Int(numbers[0])
    right = Int(numbers[1])
    counted = Int(numbers[2])
    lossSum = sums.doubles[0]
    firstLoss = sums.doubles[1]
    let values = flat.doubles
    self.epochs = stride(from: 0, to: values.count, by: 3).map {
      Epoch(loss: values[$0], train: values[$0 + 1], test: values[$0 + 2])
    }
    guard
      self.epochs.allSatisfy({
        let range = 0...(measure == .accuracy ? 1 : Double.infinity)
        return range.contains($0.train) && range.contains($0.test)
      })
    else {
      throw InputError(
        state.source, at: "array 'run.epochs'",
        "an \(measure.name) is \(measure == .accuracy ? "outside 0…1" : "negative")")
    }
  }

  /// `metrics.csv`: nothing in it depends on the clock.
  var table: Table {
    var table = Table(columns: [
      "epoch", "loss", "train \(measure.name)", testLabel,
    ])
    for (k, epoch) in epochs.enumerated() {
      table.append([
        .whole(k + 1), .number(epoch.loss), .number(epoch.train), .number(epoch.test),
      ])
    }
    return table
  }
}
