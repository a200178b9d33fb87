public import InputOutput

/// Samples and what a network should say to each.
public struct DataSet: Sendable {
  /// What belongs to each sample.
  public enum Targets: Sendable, Equatable {
    /// A class number from 0, one a sample; for sequences the same number of them for every sample,
    /// sample after sample.
    case classes([Int])
    /// Numbers to be reproduced, samples first.
    case values(Tensor)
  }

  /// The set's name, or the file it came from.
  public let name: String
  /// The samples: samples first, then the shape of one.
  public let samples: Tensor
  /// What belongs to each sample.
  public let targets: Targets
  /// The classes' names, one a class; empty where there are no classes.
  public let classNames: [String]
  /// For series of different lengths: how many frames of each sample are real, the rest being zeros
  /// behind them. `nil` where all samples are equally long.
  public let lengths: [Int]?
  /// Whether targets are complex: real parts, then as many imaginary parts.
  public let hasComplexTargets: Bool

  /// How many samples.
  public var count: Int { samples.sampleCount }
  /// The shape of one sample.
  public var sampleShape: [Int] { Array(samples.shape.dropFirst()) }
  /// How many classes; 0 where the targets are values.
  public var classCount: Int { classNames.count }
  /// The class numbers, or `nil` where the targets are values.
  public var labels: [Int]? {
    if case .classes(let labels) = targets { labels } else { nil }
  }
  /// How many class numbers belong to a sample: more than 1 for sequences.
  public var labelsPerSample: Int { max(1, (labels?.count ?? 0) / max(1, count)) }

  /// Samples with targets.
  /// - Precondition: as many targets and lengths as samples; every class number has a name.
  public init(
    name: String, samples: Tensor, targets: Targets, classNames: [String] = [],
    lengths: [Int]? = nil, hasComplexTargets: Bool = false
  ) {
    self.hasComplexTargets = hasComplexTargets
    switch targets {
    case .classes(let labels):
      precondition(
        samples.sampleCount == 0 ? labels.isEmpty : labels.count % samples.sampleCount == 0,
        "as many class numbers for every sample")
      precondition(labels.allSatisfy { classNames.indices.contains($0) }, "every class has a name")
    case .values(let values):
      precondition(values.sampleCount == samples.sampleCount, "one target a sample")
    }
    precondition(lengths == nil || lengths!.count == samples.sampleCount, "one length a sample")
    self.name = name
    self.samples = samples
    self.targets = targets
    self.classNames = classNames
    self.lengths = lengths
  }

  /// The samples of `range`.
  /// - Precondition: the range lies within the set.
  public func subset(_ range: Range<Int>) -> DataSet {
    let part: Targets =
      switch targets {
      case .classes(let labels):
        .classes(
          Array(labels[range.lowerBound * labelsPerSample..<range.upperBound * labelsPerSample]))
      case .values(let values): .values(values.samples(range))
      }
    return DataSet(
      name: name, samples: samples.samples(range), targets: part, classNames: classNames,
      lengths: lengths.map { Array($0[range]) }, hasComplexTargets: hasComplexTargets)
  }

  /// The same samples in the shape that a network reads: `1×28×28` pixels also serve as 784 numbers.
  /// - Throws: `InputError` where a sample has another number of elements, or other axes (a flat one may
  ///   take any shape, and axes of length 1 do not count).
  public func fitting(inputShape: [Int]) throws(InputError) -> DataSet {
    guard isSameLayout(sampleShape, inputShape) else {
      let isReordered = sampleShape.sorted() == inputShape.sorted()
      throw InputError(
        name,
        "a sample has the shape \(describe(shape: sampleShape)), the network reads "
          + describe(shape: inputShape)
          + (isReordered ? ": its axes are in another order, transpose the data" : ""))
    }
    return DataSet(
      name: name, samples: Tensor(shape: [count] + inputShape, elements: samples.elements),
      targets: targets, classNames: classNames, lengths: lengths,
      hasComplexTargets: hasComplexTargets)
  }

  /// Checks that a network with `outputs` outputs for each label can name every class.
  /// - Parameter isBinary: whether the only output tells two classes.
  /// - Throws: `InputError` with the first label that is out of range, its sample and the range.
  public func checkClasses(outputs: Int, isBinary: Bool = false) throws(InputError) {
    let classes = isBinary ? 2 : outputs
    guard let labels, let row = labels.firstIndex(where: { $0 >= classes }) else { return }
    let subject = outputs == 1 ? "one output represents" : "\(outputs) outputs represent"
    throw InputError(
      name, at: "sample \(row / labelsPerSample)",
      "the label \(labels[row]) is out of range, the network's \(subject) the classes 0…\(classes - 1)"
    )
  }
}
