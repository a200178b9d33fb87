/// A length that may depend on the batch: `fixed + perSample · samples`.
///
/// Exporters write shape arithmetic into their graphs; with lengths of this form it is carried out
/// while the file is read, whatever the batch will be.
struct SymbolicLength: Hashable, Sendable {
  var fixed: Int
  var perSample = 0

  init(_ fixed: Int, perSample: Int = 0) {
    self.fixed = fixed
    self.perSample = perSample
  }

  /// The number of samples.
  static let batch = SymbolicLength(0, perSample: 1)

  /// The length, where it does not depend on the batch.
  var known: Int? { perSample == 0 ? fixed : nil }
}

/// What a name in an ONNX graph stands for while the graph is read.
enum ONNXValue: Sendable {
  /// Integers that are known, up to the size of the batch: shapes, axes, indices.
  case integers(shape: [Int], [SymbolicLength])
  /// Numbers that are the same for every sample. With a batch axis the tensor is one sample of it.
  case constant(Tensor, batchAxis: Int?)
  /// What a layer gives. The batch stands at `batchAxis` in the graph; a sample has the other axes.
  case computed(NetworkBuilder.Value, batchAxis: Int)
  /// What a layer gives, where one axis of the graph holds the batch times an axis of a sample, as a reshape
  /// to (samples · steps) × inputs makes it.
  case joined(NetworkBuilder.Value, JoinedAxis)

  /// Where the batch stands, if the value has one.
  var batchAxis: Int? {
    switch self {
    case .integers: nil
    case .constant(_, let axis): axis
    case .computed(_, let axis): axis
    case .joined(_, let axis): axis.place
    }
  }
}

/// An axis of a graph that holds the batch times an axis of a sample.
struct JoinedAxis: Hashable, Sendable {
  /// The place of the axis, in the graph and in a sample.
  var place: Int
  /// Whether all places of one sample stand together; else all samples of one place do.
  var isBatchFirst: Bool

  /// Where the batch stands once both are apart.
  var batchAxis: Int { isBatchFirst ? place : place + 1 }
}
