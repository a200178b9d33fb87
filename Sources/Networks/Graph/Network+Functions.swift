extension Network {
  /// How many nonlinear functions one inference evaluates, one number per site: those of the layers
  /// from the one that reads the site's matrix to the next that reads another. Layers before the first
  /// site count to it; those inside a recurrent layer count to the matrix that they follow.
  public var functionEvaluations: [Int] {
    guard !sites.isEmpty else { return [] }
    var counts = [Int](repeating: 0, count: sites.count)
    var site = 0
    for layer in layers {
      if let first = (layer.operation as? any SiteReading)?.sites.first { site = first }
      counts[site] += layer.operation.functionEvaluations
    }
    for (index, work) in recurrentWork {
      counts[index] += sites[index].vectorsPerInference * (work.gates + work.states)
    }
    return counts
  }

  /// What recurrent layers compute beside the products of their matrices, by the number of the site. A
  /// projection is among them, with nothing but its product.
  public var recurrentWork: [Int: RecurrentWork] {
    var work: [Int: RecurrentWork] = [:]
    for case let layer as Recurrent in layers.map(\.operation) {
      let perDirection = layer.sites.count / layer.backwards.count
      for (k, site) in layer.sites.enumerated() {
        work[site] = layer.work(matrix: k % perDirection)
      }
    }
    return work
  }
}

/// What one time step of a recurrent layer computes with the outputs of one of its matrices.
public struct RecurrentWork: Sendable, Hashable {
  /// Functions of the matrix's outputs themselves: the gates.
  public var gates: Int
  /// Functions of what element-wise operations make of them: cell states, candidates behind a reset gate.
  public var states: Int
  /// Multiplications and additions of single numbers.
  public var elementwise: Int

  /// Work of one step; see the members.
  public init(gates: Int, states: Int = 0, elementwise: Int = 0) {
    self.gates = gates
    self.states = states
    self.elementwise = elementwise
  }
}

extension Recurrent {
  /// What a step computes with the outputs of matrix `k` of a direction.
  ///
  /// Element-wise per unit: f·C + i·g and o·h(C) of an LSTM are 4 operations; n + z·(h − n) of a GRU 3, with
  /// r·m + n behind the matrix 5; r·h before it 1.
  func work(matrix k: Int) -> RecurrentWork {
    switch cell {
    case .plain: RecurrentWork(gates: hidden)
    case .lstm where k > 0: RecurrentWork(gates: 0)
    case .lstm: RecurrentWork(gates: 4 * hidden, states: hidden, elementwise: 4 * hidden)
    case .gruResetAfter:
      RecurrentWork(gates: 2 * hidden, states: hidden, elementwise: 5 * hidden)
    case .gruResetBefore where k > 0: RecurrentWork(gates: hidden, elementwise: 3 * hidden)
    case .gruResetBefore: RecurrentWork(gates: 2 * hidden, elementwise: hidden)
    }
  }
}
