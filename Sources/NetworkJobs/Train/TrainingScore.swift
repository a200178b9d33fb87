import Foundation
import LinearAlgebra
import Training

/// What a run reports of its outputs beside the loss.
enum TrainingMeasure: Sendable {
  /// The share of samples (places, outputs) whose class is correct.
  case accuracy
  /// √(mean (output − target)²) of numbers.
  case rootMeanSquareError

  init(_ kind: TargetKind) { self = kind == .numbers ? .rootMeanSquareError : .accuracy }

  /// "accuracy", "RMSE".
  var name: String { self == .accuracy ? "accuracy" : "RMSE" }
  /// "%" for shares, else empty.
  var unit: String { self == .accuracy ? "%" : "" }
  /// What values are multiplied with in `unit`.
  var factor: Double { self == .accuracy ? 100 : 1 }
  /// "97.91 %", "0.0312".
  func shown(_ value: Double) -> String {
    self == .accuracy
      ? String(format: "%.2f %%", 100 * value) : String(format: "%.4g", value)
  }
}

/// How well outputs meet their targets.
struct TrainingScore {
  /// How many of `counted` are correct.
  private(set) var right = 0
  /// How many classes, or outputs with a target of 0 or 1, there are.
  private(set) var counted = 0
  private var squares = 0.0
  // Of the targets: count, sum and sum of squares by output.
  private var numbers = 0
  private var sums: [Double] = []
  private var powers: [Double] = []

  /// The value of `measure`.
  func value(_ measure: TrainingMeasure) -> Double {
    switch measure {
    case .accuracy: Double(right) / Double(max(1, counted))
    case .rootMeanSquareError: (squares / Double(max(1, numbers))).squareRoot()
    }
  }

  /// R² = 1 − Σ(y − t)²/Σ(t − t̄)², with the mean t̄ of each output's own targets.
  var determination: Double {
    let samples = Double(numbers / max(1, sums.count))
    let spread = zip(sums, powers).reduce(0.0) { $0 + $1.1 - $1.0 * $1.0 / max(1, samples) }
    return spread > 0 ? 1 - squares / spread : .nan
  }

  /// Counts the outputs of a batch.
  /// - Parameter threshold: above which an output stands for a target of 1.
  mutating func add(_ outputs: Matrix<Float>, _ batch: TrainingBatch, threshold: Float) {
    guard let targets = batch.targets else {
      right += Classification.correctCount(
        outputs.asRows(batch.labels.count), labels: batch.labels[...])
      counted += batch.labels.count
      return
    }
    right += Classification.correctCount(outputs, targets: targets, threshold: threshold)
    counted += targets.elements.count
    numbers += targets.elements.count
    if sums.isEmpty {
      sums = Array(repeating: 0, count: targets.columnCount)
      powers = sums
    }
    for (k, target) in targets.elements.enumerated() {
      let (y, t) = (Double(outputs.elements[k]), Double(target))
      squares += (y - t) * (y - t)
      sums[k % sums.count] += t
      powers[k % sums.count] += t * t
    }
  }
}
