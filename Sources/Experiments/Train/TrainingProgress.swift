import ArrayFiles
import InputOutput

/// Where a run stands: all of it goes into a checkpoint.
struct TrainingProgress: Equatable {
  /// One finished epoch.
  struct Epoch: Equatable {
    var loss: Double
    var trainAccuracy: Double
    var testAccuracy: Double
  }

  /// Steps made in the whole run.
  var step = 0
  /// Of the epoch that is under way: the sum of the losses, and how many samples were classified rightly
  /// of how many.
  var lossSum = 0.0
  var right = 0
  var counted = 0
  /// The share classified rightly so far.
  var trainAccuracy: Double { Double(right) / Double(max(1, counted)) }
  /// The mean loss of the first step, which tells divergence.
  var firstLoss = 0.0
  /// The finished epochs.
  var epochs: [Epoch] = []

  /// The arrays of a checkpoint; names begin with `run.`.
  func state() -> [(name: String, array: NumericArray)] {
    let flat = epochs.flatMap { [$0.loss, $0.trainAccuracy, $0.testAccuracy] }
    return [
      ("run.step", NumericArray(shape: [3], integers: [step, right, counted].map(Int64.init))),
      ("run.sums", NumericArray(shape: [2], doubles: [lossSum, firstLoss])),
      ("run.epochs", NumericArray(shape: [epochs.count, 3], doubles: flat)),
    ]
  }

  init() {}

  /// - Throws: `InputError` where an array is missing or has another shape.
  init(_ state: NamedArrays) throws(InputError) {
    let counts = try state.array("run.step")
    let sums = try state.array("run.sums")
    let flat = try state.array("run.epochs")
    guard let numbers = counts.integers, numbers.count == 3, numbers.allSatisfy({ $0 >= 0 }),
      sums.count == 2, flat.count % 3 == 0
    else { throw InputError(state.source, "is no checkpoint of a training run") }
    step = Int(numbers[0])
    right = Int(numbers[1])
    counted = Int(numbers[2])
    lossSum = sums.doubles[0]
    firstLoss = sums.doubles[1]
    let values = flat.doubles
    epochs = stride(from: 0, to: values.count, by: 3).map {
      Epoch(loss: values[$0], trainAccuracy: values[$0 + 1], testAccuracy: values[$0 + 2])
    }
  }

  /// `metrics.csv`: nothing in it depends on the clock.
  var table: Table {
    var table = Table(columns: ["epoch", "loss", "train accuracy", "test accuracy"])
    for (k, epoch) in epochs.enumerated() {
      table.append([
        .whole(k + 1), .number(epoch.loss), .number(epoch.trainAccuracy),
        .number(epoch.testAccuracy),
      ])
    }
    return table
  }
}
