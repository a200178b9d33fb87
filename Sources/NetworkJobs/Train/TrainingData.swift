import InputOutput
import LinearAlgebra
import Networks
import Randomness
import Training

/// The samples that a run trains on and those that it is tested on, flat and in single precision.
struct TrainingData: Sendable {
  var name: String
  var sampleShape: [Int]
  /// How many classes; where the targets are numbers, how many a sample has.
  var classCount: Int
  /// The names of the classes; empty where the targets are numbers.
  private(set) var classNames: [String]
  /// What the targets are.
  var kind: TargetKind
  var train: Part
  var test: Part
  /// Both kinds of samples, where classes are paired with those of a partner.
  var pairs: PairedSamples?
  /// The pairs that no step is made on: "7–left".
  var heldOutPairs: [String] = []
  /// Whether the set has no test samples of its own and none were held out: then `test` holds the training
  /// samples.
  private(set) var testsOnTraining = false

  /// Whether the targets are numbers and all of them 0 or 1, as several labels per sample are stored.
  var hasBinaryTargets: Bool {
    kind == .numbers && train.targets?.elements.allSatisfy { $0 == 0 || $0 == 1 } == true
  }

  /// "test accuracy", or "accuracy on the training samples" where there are no others.
  func tested(_ name: String) -> String {
    testsOnTraining ? "\(name) on the training samples" : "test \(name)"
  }

  /// Samples with their targets.
  struct Part: Sendable {
    /// Samples × features.
    var samples: Matrix<Float>
    /// The same number of labels for every sample, sample after sample; none where targets are numbers.
    var labels: [Int32]
    /// The numbers to be reproduced, samples × numbers; `nil` where targets are classes.
    var targets: Matrix<Float>?
    /// The place of each sample in its file or set.
    var places: [Int]
    var count: Int { samples.rowCount }
    var labelsPerSample: Int { max(1, labels.count / max(1, count)) }

    /// Copies the samples of `rows`, and which they are, into `batch`.
    func gather(_ rows: ArraySlice<Int>, into batch: inout TrainingBatch) {
      batch.samples = Array(rows)
      Self.gather(rows, of: samples, into: &batch.x)
      let places = labels.isEmpty ? 0 : labelsPerSample
      if batch.labels.count != rows.count * places {
        batch.labels = Array(repeating: 0, count: rows.count * places)
      }
      for (k, row) in rows.enumerated() {
        for p in 0..<places { batch.labels[k * places + p] = labels[row * places + p] }
      }
      guard let targets else { return }
      var values = batch.targets ?? Matrix(rowCount: 0, columnCount: 0)
      batch.targets = nil
      Self.gather(rows, of: targets, into: &values)
      batch.targets = values
    }

    private static func gather(
      _ rows: ArraySlice<Int>, of all: Matrix<Float>, into part: inout Matrix<Float>
    ) {
      let width = all.columnCount
      if part.rowCount != rows.count || part.columnCount != width {
        part = Matrix(rowCount: rows.count, columnCount: width)
      }
      all.elements.withUnsafeBufferPointer { from in
        part.elements.withUnsafeMutableBufferPointer { to in
          for (k, row) in rows.enumerated() {
            let source = UnsafeBufferPointer(rebasing: from[row * width..<(row + 1) * width])
            _ = UnsafeMutableBufferPointer(rebasing: to[k * width..<(k + 1) * width])
              .update(fromContentsOf: source)
          }
        }
      }
    }
  }

  /// Loads what `request` names; held-out samples are drawn by `key`.
  ///
  /// - Throws: `InputError` where it is missing, its targets do not go with the loss, or it has too few
  ///   samples.
  init(_ request: TrainingFile.Data, key: StreamKey) throws(InputError) {
    let folder = DataFolder(option: request.folder)
    func load(_ split: DataSplit) throws(InputError) -> DataSet {
      try DataSet.load(
        request.name, split: split, from: folder, label: request.label, targets: request.targets,
        window: request.window, series: request.series, events: request.events)
    }
    let all = try Self.prepared(try load(.train), for: request.loss)
    name = all.name
    sampleShape = all.sampleShape
    kind = Self.kind(of: all, request.loss)
    let whole = try Self.part(all, kind)
    var count = all.classCount
    classNames = all.classNames
    if request.heldOut > 0 {
      var stream = RandomStream(key)
      let order = stream.permutation(whole.count)
      let kept = Int((Double(whole.count) * request.heldOut).rounded())
      guard kept > 0, kept < whole.count else {
        throw InputError(
          request.name,
          "has \(whole.count) samples, a share of \(request.heldOut) held out for "
            + "testing leaves nothing on one side")
      }
      test = Self.rows(order[..<kept], of: whole)
      train = Self.rows(order[kept...], of: whole)
    } else {
      let other = try Self.prepared(try load(.test), for: request.loss)
      guard other.sampleShape == sampleShape else {
        throw InputError(request.name, "training and test samples have different shapes")
      }
      count = max(count, other.classCount)
      if other.classCount > classNames.count { classNames = other.classNames }
      train = whole
      test = try Self.part(other, kind)
      guard test.targets?.columnCount == train.targets?.columnCount else {
        throw InputError(request.name, "training and test samples have different targets")
      }
    }
    testsOnTraining =
      request.heldOut == 0 && test.samples == whole.samples && test.labels == whole.labels
      && test.targets == whole.targets
    classCount = whole.targets?.columnCount ?? count
    if let limit = request.trainSamples, limit < train.count {
      train = Self.rows(Array(0..<limit)[...], of: train)
    }
    if let limit = request.testSamples, limit < test.count {
      test = Self.rows(Array(0..<limit)[...], of: test)
    }
    guard train.count > 0, test.count > 0, kind != .classes || classCount > 1 else {
      throw InputError(request.name, "holds no samples, or only one class")
    }
  }

  /// The set with the targets that `loss` compares with: stored numbers become classes unless a loss of
  /// numbers is named or they are no class numbers.
  private static func prepared(_ set: DataSet, for loss: Loss?) throws(InputError) -> DataSet {
    switch loss {
    case .meanSquaredError: return set
    case .binaryCrossEntropy:
      if case .values(let values) = set.targets {
        guard values.elements.allSatisfy({ (0...1).contains($0) }) else {
          throw InputError(
            set.name, "has targets outside 0…1, which the loss 'binary-cross-entropy' takes")
        }
      } else if set.classCount > 2 || set.labelsPerSample > 1 {
        throw InputError(
          set.name,
          "has \(set.classCount) classes, the loss 'binary-cross-entropy' takes two: use 'cross-entropy'"
        )
      }
      return set
    case .crossEntropy, nil:
      if let classes = set.asClasses { return classes }
      guard loss == nil else {
        throw InputError(
          set.name,
          "has targets that are not class numbers: use the loss 'mean-squared-error' to reproduce numbers"
        )
      }
      return set
    }
  }

  private static func kind(of set: DataSet, _ loss: Loss?) -> TargetKind {
    if loss == .binaryCrossEntropy { return .probabilities }
    return set.labels == nil ? .numbers : .classes
  }

  private static func part(_ set: DataSet, _ kind: TargetKind) throws(InputError) -> Part {
    var part = Part(
      samples: Matrix(
        rowCount: set.count, columnCount: set.samples.sampleSize, elements: set.samples.elements),
      labels: [], places: Array(0..<set.count))
    switch set.targets {
    case .classes(let labels) where kind == .classes: part.labels = labels.map { Int32($0) }
    case .classes(let labels):
      part.targets = Matrix(
        rowCount: set.count, columnCount: 1, elements: labels.map { Float($0) })
    case .values(let values):
      guard kind != .classes else {
        throw InputError(
          set.name, "has targets that are not class numbers, unlike its training part")
      }
      part.targets = Matrix(
        rowCount: set.count, columnCount: values.sampleSize, elements: values.elements)
    }
    return part
  }

  /// Some samples of a part.
  static func rows(_ rows: ArraySlice<Int>, of part: Part) -> Part {
    var batch = TrainingBatch(x: Matrix(rowCount: 0, columnCount: 0), labels: [])
    part.gather(rows, into: &batch)
    return Part(
      samples: batch.x, labels: batch.labels, targets: batch.targets,
      places: rows.map { part.places[$0] })
  }
}
