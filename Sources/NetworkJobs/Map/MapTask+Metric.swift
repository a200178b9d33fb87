import InputOutput
import Networks

extension MapTask {
  /// How outputs are compared with stored numbers.
  enum Metric: String, Sendable, CaseIterable {
    /// By what the numbers and the last layer are.
    case auto
    /// The share of correct classes, or of outputs on the side of their target of 0 or 1.
    case accuracy
    /// The root mean square error.
    case error
  }

  /// The task of stored numbers where the metric, or the numbers and the last layer, name it; `nil` for classes, and
  /// for one class number per sample.
  ///
  /// - Throws: `InputError` where the targets do not go with the metric.
  static func named(
    _ metric: Metric, _ data: DataSet, _ network: Network, outputs: Int
  ) throws(InputError) -> MapTask? {
    guard case .values(let values) = data.targets else {
      guard metric != .error else {
        throw InputError(
          data.name, "has classes, whose metric is 'accuracy'; 'error' compares stored numbers")
      }
      return nil
    }
    guard values.sampleSize == outputs else {
      guard metric == .accuracy, data.asClasses == nil else { return nil }
      throw InputError(
        data.name,
        "has targets that are neither class numbers nor a 0 or 1 per output, which 'accuracy' takes"
      )
    }
    let isBinary = values.elements.allSatisfy { $0 == 0 || $0 == 1 }
    let threshold = network.decisionThreshold
    switch metric {
    case .error: return .values(values, isComplex: data.hasComplexTargets)
    case .auto:
      return isBinary && threshold == 0.5 && outputs > 1
        ? .probabilities(values, threshold: threshold) : nil
    case .accuracy:
      guard values.elements.allSatisfy({ (0...1).contains($0) }) else {
        throw InputError(data.name, "has targets outside 0…1, which 'accuracy' takes")
      }
      return .probabilities(values, threshold: threshold)
    }
  }
}
