import Foundation
public import LinearAlgebra

/// The place of the largest of some numbers; `nil` where another one equals it: equal outputs name no class.
///
/// The one home of how outputs name a class, in training, tests, `map` and its confusion matrix.
package func placeOfLargest(_ values: UnsafeBufferPointer<Float>) -> Int? {
  var (best, isUnique) = (0, !values.isEmpty)
  for k in values.indices.dropFirst() {
    if values[k] > values[best] {
      (best, isUnique) = (k, true)
    } else if !(values[k] < values[best]) {
      isUnique = false
    }
  }
  return isUnique ? best : nil
}

/// The class of each sample: the number of its largest output, `nil` where several are the largest.
/// - Parameter outputs: samples × classes.
public func classes(of outputs: Tensor) -> [Int?] {
  classes(of: outputs.elements, rows: outputs.sampleCount)
}

/// The class of each sample: the number of its largest output, `nil` where several are the largest.
/// - Parameter outputs: samples × classes.
public func classes(of outputs: Matrix<Float>) -> [Int?] {
  classes(of: outputs.elements, rows: outputs.rowCount)
}

private func classes(of values: [Float], rows: Int) -> [Int?] {
  let size = rows > 0 ? values.count / rows : 0
  return values.withUnsafeBufferPointer { values in
    (0..<rows).map {
      placeOfLargest(UnsafeBufferPointer(rebasing: values[$0 * size..<($0 + 1) * size]))
    }
  }
}

/// The classes of samples that one output each tells apart: 1 where it is above `threshold`, 0 below, and `nil`
/// where it equals `threshold`.
/// - Parameter outputs: samples × 1.
public func classes(of outputs: Tensor, threshold: Float) -> [Int?] {
  precondition(outputs.sampleSize == 1, "one output per sample")
  return outputs.elements.map { $0 == threshold ? nil : $0 > threshold ? 1 : 0 }
}

extension Network {
  /// The output above which a network of one output gives class 1: ½ behind a function of values from 0 to
  /// 1, such as the sigmoid, else 0.
  public var decisionThreshold: Float {
    var value = output
    // Layers that only move numbers change no value.
    while value > 0, layers[value - 1].operation.storage == .sameAsInput {
      value = layers[value - 1].inputs[0]
    }
    guard value > 0, let last = layers[value - 1].operation as? ActivationLayer else { return 0 }
    switch last.activation {
    case .sigmoid, .hardSigmoid: return 0.5
    case .clip(let low, let high): return low == 0 && high == 1 ? 0.5 : 0
    default: return 0
    }
  }
}

/// The mean of −log₂ softmax(outputs) at the label of each row: bits per character of a model of language.
///
/// - Parameters:
///   - outputs: rows × classes.
///   - labels: a class a row.
public func bitsPerSymbol(_ outputs: Tensor, labels: [Int]) -> Double {
  precondition(labels.count == outputs.sampleCount && outputs.sampleSize > 0, "a label a row")
  let size = outputs.sampleSize
  var sum = 0.0
  outputs.elements.withUnsafeBufferPointer { y in
    for (row, label) in labels.enumerated() {
      precondition((0..<size).contains(label), "a label is a class")
      var top = y[row * size]
      for k in 1..<size { top = max(top, y[row * size + k]) }
      var parts: Float = 0
      for k in 0..<size { parts += expf(y[row * size + k] - top) }
      sum += Double(logf(parts) + top - y[row * size + label])
    }
  }
  return sum / (Double(labels.count) * log(2))
}

extension Tensor {
  /// The same numbers as `rows` samples of one axis.
  /// - Precondition: they divide into as many rows.
  package func rows(_ rows: Int) -> Tensor {
    precondition(rows > 0 && elements.count % rows == 0, "whole rows")
    return Tensor(shape: [rows, elements.count / rows], elements: elements)
  }
}

/// How often each true class was taken for each class.
public struct ConfusionMatrix: Sendable, Equatable {
  /// Samples by true class (row) and by class given (column).
  public private(set) var counts: Matrix<Int>
  /// Samples by true class whose outputs name no class, because several are the largest.
  public private(set) var undecided: [Int]

  /// The counts of `labels` against the classes `given`.
  /// - Precondition: both have the same count and only numbers from 0 to `classCount` - 1.
  public init(labels: [Int], given: [Int?], classCount: Int) {
    precondition(labels.count == given.count, "one class per label")
    counts = Matrix(rowCount: classCount, columnCount: classCount)
    undecided = Array(repeating: 0, count: classCount)
    for (label, found) in zip(labels, given) {
      precondition(
        (0..<classCount).contains(label) && (0..<classCount).contains(found ?? 0),
        "class out of range")
      if let found { counts[label, found] += 1 } else { undecided[label] += 1 }
    }
  }

  /// How many samples were counted.
  public var total: Int { counts.elements.reduce(0, +) + undecided.reduce(0, +) }
  /// How many samples got their own class.
  public var correct: Int { (0..<counts.rowCount).reduce(0) { $0 + counts[$1, $1] } }
  /// The share of samples that got their own class, 0 … 1; 0 where there are none.
  public var accuracy: Double { total == 0 ? 0 : Double(correct) / Double(total) }
}

/// The share of `given` that equals `labels`, 0 … 1; 0 where there are none.
/// - Precondition: both have the same count.
public func accuracy(of given: [Int?], labels: [Int]) -> Double {
  precondition(labels.count == given.count, "one class per label")
  guard !labels.isEmpty else { return 0 }
  let correct = zip(given, labels).reduce(0) { $0 + ($1.0 == $1.1 ? 1 : 0) }
  return Double(correct) / Double(labels.count)
}
