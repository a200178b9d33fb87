import InputOutput
import LinearAlgebra
import Networks
import Randomness
import Training

/// The samples that a run trains on and those that it is tested on, flat and in single precision.
struct TrainingData: Sendable {
  var name: String
  var sampleShape: [Int]
  var classCount: Int
  var train: Part
  var test: Part

  /// Samples with their classes.
  struct Part: Sendable {
    /// Samples × features.
    var samples: Matrix<Float>
    /// The same number of labels for every sample, sample after sample.
    var labels: [Int32]
    var count: Int { samples.rowCount }
    var labelsPerSample: Int { max(1, labels.count / max(1, count)) }

    /// Copies the samples of `rows` into `batch`.
    func gather(_ rows: ArraySlice<Int>, into batch: inout TrainingBatch) {
      let width = samples.columnCount
      if batch.x.rowCount != rows.count || batch.x.columnCount != width {
        batch.x = Matrix(rowCount: rows.count, columnCount: width)
        batch.labels = Array(repeating: 0, count: rows.count * labelsPerSample)
      }
      samples.elements.withUnsafeBufferPointer { from in
        batch.x.elements.withUnsafeMutableBufferPointer { to in
          for (k, row) in rows.enumerated() {
            let source = UnsafeBufferPointer(rebasing: from[row * width..<(row + 1) * width])
            _ = UnsafeMutableBufferPointer(rebasing: to[k * width..<(k + 1) * width])
              .update(fromContentsOf: source)
          }
        }
      }
      let places = labelsPerSample
      for (k, row) in rows.enumerated() {
        for p in 0..<places { batch.labels[k * places + p] = labels[row * places + p] }
      }
    }
  }

  /// Loads what `request` names; held-out samples are drawn by `key`.
  ///
  /// - Throws: `InputError` where it is missing, holds no classes or too few samples.
  init(_ request: TrainingFile.Data, key: StreamKey) throws(InputError) {
    let folder = DataFolder(option: request.folder)
    let all = try DataSet.load(
      request.name, split: .train, from: folder, window: request.window)
    name = all.name
    sampleShape = all.sampleShape
    let whole = try Self.part(all)
    var count = all.classCount
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
      let other = try DataSet.load(
        request.name, split: .test, from: folder, window: request.window)
      guard other.sampleShape == sampleShape else {
        throw InputError(request.name, "training and test samples have different shapes")
      }
      count = max(count, other.classCount)
      train = whole
      test = try Self.part(other)
    }
    classCount = count
    if let limit = request.trainSamples, limit < train.count {
      train = Self.rows(Array(0..<limit)[...], of: train)
    }
    if let limit = request.testSamples, limit < test.count {
      test = Self.rows(Array(0..<limit)[...], of: test)
    }
    guard train.count > 0, test.count > 0, classCount > 1 else {
      throw InputError(request.name, "holds no samples, or only one class")
    }
  }

  private static func part(_ set: DataSet) throws(InputError) -> Part {
    guard let labels = set.labels else {
      throw InputError(set.name, "holds no classes, a set with class numbers is expected")
    }
    return Part(
      samples: Matrix(
        rowCount: set.count, columnCount: set.samples.sampleSize, elements: set.samples.elements),
      labels: labels.map { Int32($0) })
  }

  private static func rows(_ rows: ArraySlice<Int>, of part: Part) -> Part {
    var batch = TrainingBatch(x: Matrix(rowCount: 0, columnCount: 0), labels: [])
    part.gather(rows, into: &batch)
    return Part(samples: batch.x, labels: batch.labels)
  }
}
