public import LinearAlgebra

/// One weight matrix of a network: what goes onto a crossbar.
///
/// The product is y = x·W + b with x a row vector: the rows of `weights` are the word lines (inputs),
/// its columns the bit lines (outputs).
public struct ProductSite: Sendable {
  /// What layer the matrix belongs to.
  public enum Kind: Sendable, Hashable {
    /// A fully connected layer.
    case dense
    /// A convolution unrolled by im2col. A row is one (input channel, kernel place), channel major; a
    /// column is one output channel. `kernel` holds the kernel's length per axis.
    case convolution(kernel: [Int])
    /// One direction of a recurrent layer: the rows are the inputs, then the hidden units; the columns
    /// are the gates, one block of hidden size each.
    case recurrent
  }

  /// The site's number: its place in `Network.sites`.
  public let index: Int
  /// The layer's name in the file it came from.
  public let name: String
  /// What layer it belongs to.
  public let kind: Kind
  /// Inputs × outputs. With groups the matrix is block-diagonal, and these are its blocks one below the other:
  /// inputs × outputs of one group.
  public let weights: Matrix<Float>
  /// What is added to every output, or `nil` where the layer has no bias.
  public let bias: [Float]?
  /// How many blocks stand on the diagonal: 1, or the groups of a grouped or depthwise convolution.
  /// Block g holds rows g·inputs/groups … and columns g·outputs/groups ….
  public let groups: Int
  /// How many input vectors one inference sends through the matrix: the positions of a convolution,
  /// the time steps of a recurrent layer, 1 for a dense layer on a plain vector.
  public let vectorsPerInference: Int
  /// The function that is applied to the outputs directly and to nothing else, if there is one. A
  /// converter that computes it may take it over: see `ProductEngine.appliesActivation(site:)`.
  public let activation: Activation?
  /// The converters that training found for the matrix.
  public let converters: TrainedConverters?

  /// Blocks of the matrix that connect nothing: their weights are 0 and stay 0 in training.
  public let zeroBlocks: [MatrixBlock]
  /// The functions that a recurrent layer applies to the outputs, and to its cell states.
  public let gates: [GateFunction]
  /// How the weights are read that no training changes; `nil` for weights that learn.
  public let fixed: FixedWeights?

  /// How many inputs the matrix has: its rows, the word lines.
  public var inputs: Int { weights.rowCount }
  /// How many outputs the matrix has: its columns, the bit lines.
  public var outputs: Int { weights.columnCount * groups }
  /// How many weights are stored: those inside the blocks.
  public var weightCount: Int { weights.elements.count }

  /// The rows and columns of block `group` on the diagonal.
  /// - Precondition: `0 <= group < groups`.
  public func block(_ group: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    precondition(group >= 0 && group < groups, "no such group")
    let height = inputs / groups
    let width = outputs / groups
    return (group * height..<(group + 1) * height, group * width..<(group + 1) * width)
  }

  /// One matrix and what belongs to it.
  /// - Parameter weights: inputs × outputs per group.
  /// - Precondition: `groups` divides the rows; the bias has one number per output.
  public init(
    index: Int, name: String, kind: Kind = .dense, weights: Matrix<Float>, bias: [Float]?,
    groups: Int = 1, vectorsPerInference: Int = 1, activation: Activation? = nil,
    converters: TrainedConverters? = nil, zeroBlocks: [MatrixBlock] = [],
    gates: [GateFunction] = [], fixed: FixedWeights? = nil
  ) {
    precondition(
      groups > 0 && weights.rowCount % groups == 0, "the groups divide a matrix evenly")
    precondition(bias == nil || bias!.count == weights.columnCount * groups, "one bias an output")
    self.index = index
    self.name = name
    self.kind = kind
    self.weights = weights
    self.bias = bias
    self.groups = groups
    self.vectorsPerInference = vectorsPerInference
    self.activation = activation
    self.converters = converters
    self.zeroBlocks = zeroBlocks
    self.gates = gates
    self.fixed = fixed
  }

  /// The same site with other weights and another bias.
  /// - Parameters:
  ///   - weights: of the same shape.
  ///   - converters: those that belong to the weights.
  public func replacing(
    weights: Matrix<Float>, bias: [Float]?, converters: TrainedConverters? = nil
  ) -> ProductSite {
    precondition(
      weights.rowCount == inputs && weights.columnCount == self.weights.columnCount,
      "weights of the same shape")
    return ProductSite(
      index: index, name: name, kind: kind, weights: weights, bias: bias, groups: groups,
      vectorsPerInference: vectorsPerInference, activation: activation, converters: converters,
      zeroBlocks: zeroBlocks, gates: gates, fixed: fixed)
  }
}

/// Some rows and columns of a matrix.
public struct MatrixBlock: Sendable, Hashable {
  /// The rows.
  public let rows: Range<Int>
  /// The columns.
  public let columns: Range<Int>

  /// A block of a matrix.
  public init(rows: Range<Int>, columns: Range<Int>) {
    self.rows = rows
    self.columns = columns
  }
}

/// A function that a recurrent layer applies to columns of its matrix.
public struct GateFunction: Sendable, Hashable {
  /// The function.
  public let function: Activation
  /// The columns whose sums it is applied to; for cell states of LSTMs, those of the gate that multiplies the result.
  public let columns: Range<Int>
  /// Whether it is applied to cell states: after the functions of the gates.
  public let isState: Bool
}
