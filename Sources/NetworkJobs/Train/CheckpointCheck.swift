import ArrayFiles
import InputOutput
import LinearAlgebra
import Randomness
import Training

/// Holds the state in a checkpoint against what the rule itself would save at that point, entry by entry,
/// before any of it is used.
///
/// The names, types and shapes come from a second instance of the rule that makes one step and one test:
/// moments of the optimizer and calibrated ranges are there then. Arrays that a test adds, or that the
/// rule calls optional, may be missing.
struct CheckpointCheck {
  /// Counters of steps, reads and pulses stay far below the largest integer, so that none overflows.
  private static let largestCount: Int64 = 1 << 53

  private struct Entry {
    var shape: [Int]
    var type: ElementType
    var isOptional: Bool
  }

  private var expected: [String: Entry] = [:]

  /// - Parameters:
  ///   - rule: the rule at its first step.
  ///   - batch: any batch of the training data.
  init(_ rule: any TrainingRule, batch: TrainingBatch, key: StreamKey) throws {
    var rule = rule
    _ = try rule.step(batch)
    let optional = rule.optionalState
    for (name, array) in rule.state() where optional[name] == nil {
      expected[name] = Entry(shape: array.shape, type: array.elementType, isOptional: false)
    }
    _ = try rule.outputs(batch.x, key: key)
    for (name, array) in rule.state() where expected[name] == nil {
      expected[name] = Entry(shape: array.shape, type: array.elementType, isOptional: true)
    }
    for (name, shape) in optional {
      expected[name] = Entry(shape: shape, type: .float32, isOptional: true)
    }
  }

  /// - Throws: `InputError` that names the array that is missing, unexpected or unfit.
  func check(_ checkpoint: NamedArrays, progress: TrainingProgress) throws(InputError) {
    let own = Set(CheckpointSeal.names + progress.state().map(\.name))
    for (name, array) in checkpoint where !own.contains(name) {
      guard let wanted = expected[name] else {
        throw InputError(checkpoint.source, "holds an array '\(name)' that the rule does not have")
      }
      try check(array, name, like: wanted, progress, checkpoint.source)
    }
    for (name, entry) in expected where !entry.isOptional && checkpoint[name] == nil {
      throw InputError(checkpoint.source, "lacks the array '\(name)'")
    }
  }

  private func check(
    _ array: NumericArray, _ name: String, like wanted: Entry, _ progress: TrainingProgress,
    _ source: String
  ) throws(InputError) {
    func fault(_ problem: String) -> InputError {
      InputError(source, at: "array '\(name)'", problem)
    }
    guard array.shape == wanted.shape, array.elementType == wanted.type else {
      throw fault(
        "holds \(array.elementType) numbers of the shape \(array.shape), \(wanted.type) numbers of the "
          + "shape \(wanted.shape) are expected")
    }
    if let position = array.firstNotFinite() {
      throw fault("element \(position) is not finite")
    }
    if array.elementType == .int64, let counts = array.integers {
      guard counts.allSatisfy({ (0...Self.largestCount).contains($0) }) else {
        throw fault("holds a count outside 0…2^53")
      }
      guard name != "step" || counts == [Int64(progress.step)] else {
        throw fault("is \(counts[0]), the run is at step \(progress.step)")
      }
    }
  }
}
