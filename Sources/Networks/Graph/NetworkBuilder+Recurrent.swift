public import InputOutput
public import LinearAlgebra

/// The weights of one direction of a recurrent layer, gates in ONNX's order: i, o, f, c for LSTM;
/// z, r, h for GRU; one block for a plain cell.
public struct RecurrentWeights: Sendable {
  /// (gates · hidden) × inputs.
  public var input: Matrix<Float>
  /// (gates · hidden) × state; the state has as many numbers as there are hidden units, or as the
  /// projection has rows.
  public var hidden: Matrix<Float>
  /// The bias that belongs to the inputs, one a gate and unit.
  public var inputBias: [Float]
  /// The bias that belongs to the hidden state, one a gate and unit.
  public var hiddenBias: [Float]
  /// Whether the direction runs from the last step to the first.
  public var isBackward: Bool
  /// What the results of an LSTM are multiplied by to become its state, state × hidden (Sak et al., arXiv
  /// 1402.1128); `nil`: they are the state.
  public var projection: Matrix<Float>?
  /// The functions f, g, h of ONNX's definition.
  package var activations: [Activation] = []
  /// The state before the first step.
  package var initialHidden: [Float]?
  package var initialCell: [Float]?

  /// One direction.
  public init(
    input: Matrix<Float>, hidden: Matrix<Float>, inputBias: [Float], hiddenBias: [Float],
    isBackward: Bool = false, projection: Matrix<Float>? = nil
  ) {
    self.input = input
    self.hidden = hidden
    self.inputBias = inputBias
    self.hiddenBias = hiddenBias
    self.isBackward = isBackward
    self.projection = projection
  }
}

/// The kinds of recurrent cells.
public enum RecurrentCell: Sendable, Hashable {
  /// h = f(W·x + R·h + b), with tanh unless said otherwise.
  case plain
  /// Long short-term memory (Hochreiter and Schmidhuber 1997, with forget gates).
  case lstm
  /// Gated recurrent unit; the reset gate acts after the candidate's matrix (as in PyTorch) or before
  /// it (as in Cho et al. 2014).
  case gru(resetsAfter: Bool)

  package var gateCount: Int {
    switch self {
    case .plain: 1
    case .lstm: 4
    case .gru: 3
    }
  }

  var name: String {
    switch self {
    case .plain: "rnn"
    case .lstm: "lstm"
    case .gru: "gru"
    }
  }
}

extension NetworkBuilder {
  /// A recurrent layer over a sequence of time × inputs.
  ///
  /// - Returns: (time + 2) × directions × state: the state after every step, then the last states, then
  ///   the last cells.
  public mutating func recurrent(
    _ x: Value, _ cell: RecurrentCell, _ directions: [RecurrentWeights], name: String
  ) throws(InputError) -> Value {
    let shape = shape(of: x)
    guard shape.count == 2, let first = directions.first else {
      throw fault(
        name, "a recurrent layer takes time × inputs, the value has \(describe(shape: shape))")
    }
    let (steps, inputs) = (shape[0], shape[1])
    let (state, rows) = (first.hidden.columnCount, first.hidden.rowCount)
    let hidden = rows / cell.gateCount
    for weights in directions {
      let projection = weights.projection
      guard weights.input.rowCount == rows, weights.input.columnCount == inputs,
        weights.hidden.rowCount == rows, weights.hidden.columnCount == state, hidden > 0, state > 0,
        rows == cell.gateCount * hidden, (projection == nil) == (first.projection == nil),
        projection == nil ? state == hidden : cell == .lstm,
        projection.map({ $0.rowCount == state && $0.columnCount == hidden }) ?? true,
        weights.inputBias.count == rows, weights.hiddenBias.count == rows,
        (weights.initialHidden?.count ?? state) == state,
        (weights.initialCell?.count ?? hidden) == hidden
      else {
        throw fault(
          name,
          "the weights \(weights.input.rowCount)×\(weights.input.columnCount) and "
            + "\(weights.hidden.rowCount)×\(weights.hidden.columnCount), the projection, the biases or "
            + "the first states do not fit \(inputs) inputs, \(hidden) hidden units and a state of "
            + "\(state) numbers")
      }
    }
    try budget.check(
      hidden + inputs, times: 16 * cell.gateCount * hidden, at: "layer '\(name)'",
      "the matrix of all gates")
    let start = sites.count
    for (k, weights) in directions.enumerated() {
      let suffix =
        directions.count == 1 ? "" : weights.isBackward ? " backward \(k)" : " forward \(k)"
      let matrices = joined(cell, weights, inputs: inputs, hidden: hidden, state: state)
      let functions = weights.activations.isEmpty ? usual(cell) : weights.activations
      let gates = cellOperation(cell).gates(functions, hidden: hidden)
      for (part, matrix) in matrices.enumerated() {
        guard elementCount(of: [matrix.weights.rowCount, matrix.weights.columnCount]) != nil else {
          throw fault(name, "the matrix of all gates is too large")
        }
        try append(
          SiteDraft(
            name: name + suffix + (part == 0 ? "" : " candidate"), kind: .recurrent,
            weights: matrix.weights, bias: matrix.bias, vectors: steps,
            zeroBlocks: matrix.zeroBlocks, gates: gates[part]))
      }
      if let projection = weights.projection {
        sites.append(
          SiteDraft(
            name: name + suffix + " projection", kind: .dense, weights: projection.transposed(),
            bias: nil, vectors: steps))
      }
    }
    let zeros = Array(repeating: Float(0), count: max(hidden, state))
    let operation = Recurrent(
      cell: cellOperation(cell),
      activations: directions.map { $0.activations.isEmpty ? usual(cell) : $0.activations },
      backwards: directions.map(\.isBackward), steps: steps, inputs: inputs, hidden: hidden,
      state: state,
      initialHidden: directions.flatMap { $0.initialHidden ?? Array(zeros.prefix(state)) },
      initialCell: directions.flatMap { $0.initialCell ?? Array(zeros.prefix(hidden)) },
      sites: Array(start..<sites.count))
    return try add(operation, [x], name: name)
  }

  private func cellOperation(_ cell: RecurrentCell) -> Recurrent.Cell {
    switch cell {
    case .plain: .plain
    case .lstm: .lstm
    case .gru(let resetsAfter): resetsAfter ? .gruResetAfter : .gruResetBefore
    }
  }

  private func usual(_ cell: RecurrentCell) -> [Activation] {
    switch cell {
    case .plain: [.tanh]
    case .lstm: [.sigmoid, .tanh, .tanh]
    case .gru: [.sigmoid, .tanh]
    }
  }

  /// A matrix of one direction with its bias.
  private struct JoinedMatrix {
    let weights: Matrix<Float>
    let bias: [Float]
    let zeroBlocks: [MatrixBlock]
  }

  /// The matrices of one direction: inputs and hidden state in the rows, gates in the columns.
  private func joined(
    _ cell: RecurrentCell, _ weights: RecurrentWeights, inputs: Int, hidden: Int, state: Int
  ) -> [JoinedMatrix] {
    // A block of columns: the gate it comes from and whether each half of the rows reads it.
    struct Block {
      let gate: Int
      var readsInput = true
      var readsHidden = true
    }
    func matrix(_ blocks: [Block]) -> JoinedMatrix {
      var result = Matrix<Float>(rowCount: inputs + state, columnCount: blocks.count * hidden)
      var bias = Array(repeating: Float(0), count: blocks.count * hidden)
      for (b, block) in blocks.enumerated() {
        for j in 0..<hidden {
          let gate = block.gate * hidden + j
          let column = b * hidden + j
          if block.readsInput {
            for i in 0..<inputs { result[i, column] = weights.input[gate, i] }
            bias[column] += weights.inputBias[gate]
          }
          if block.readsHidden {
            for i in 0..<state { result[inputs + i, column] = weights.hidden[gate, i] }
            bias[column] += weights.hiddenBias[gate]
          }
        }
      }
      let unread = blocks.enumerated().compactMap { b, block -> MatrixBlock? in
        let columns = b * hidden..<(b + 1) * hidden
        if !block.readsInput { return MatrixBlock(rows: 0..<inputs, columns: columns) }
        if !block.readsHidden {
          return MatrixBlock(rows: inputs..<inputs + state, columns: columns)
        }
        return nil
      }
      return JoinedMatrix(weights: result, bias: bias, zeroBlocks: unread)
    }
    switch cell {
    case .plain: return [matrix([Block(gate: 0)])]
    case .lstm: return [matrix((0..<4).map { Block(gate: $0) })]
    case .gru(resetsAfter: true):
      return [
        matrix([
          Block(gate: 0), Block(gate: 1), Block(gate: 2, readsHidden: false),
          Block(gate: 2, readsInput: false),
        ])
      ]
    case .gru(resetsAfter: false):
      return [matrix([Block(gate: 0), Block(gate: 1)]), matrix([Block(gate: 2)])]
    }
  }
}
