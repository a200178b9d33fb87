import DeviceModels
import LinearAlgebra
import NumericalMethods

/// Arrays that share floating bit lines: the terminals of bit line j of all arrays are connected, and nothing
/// holds them.
///
/// Such is the floating read of a matrix that is divided over several arrays. Without wire resistance a bit
/// line of linear cells is at Σ G·V / Σ G over the cells of all arrays.
public struct FloatingColumns: Sendable {
  /// The arrays; all have the same number of bit lines.
  public let arrays: [ArrayCircuit]

  /// - Precondition: at least one array, and as many bit lines in each.
  public init(_ arrays: [ArrayCircuit]) {
    precondition(
      !arrays.isEmpty
        && arrays.allSatisfy {
          $0.bitTerminalCount == arrays[0].bitTerminalCount && $0.law == arrays[0].law
        }, "arrays of the same cells that share their bit lines")
    self.arrays = arrays
  }

  /// Volts at the bit lines' terminals.
  ///
  /// - Parameters:
  ///   - inputs: volts at the driven lines, one list per array.
  ///   - tolerance: the largest Kirchhoff mismatch over the largest cell current.
  /// - Throws: `NumericalFailure` where the tolerance is not met.
  public func voltages(
    _ inputs: [[Double]], tolerance: Double = 1e-9
  ) throws(NumericalFailure) -> [Double] {
    let joined = joined(inputs)
    let found = try NetworkSolver(joined.network).solve(tolerance: tolerance)
    return joined.bits.map { found.voltages[$0] }
  }

  /// Volts at each bit line per volt at each driven line, all others at 0 V: one matrix per array, driven lines
  /// × bit lines. One factorization and one solve per bit line, by reciprocity: it is the current through the driven
  /// line's terminal per ampere that is fed into the bit line.
  ///
  /// - Throws: `NumericalFailure` where the factorization fails.
  /// - Precondition: linear cells, crossing lines.
  public func transfer() throws(NumericalFailure) -> [Matrix<Double>] {
    precondition(
      arrays.allSatisfy { $0.law.isLinear && $0.arrangement == .crossing },
      "linear cells between crossing lines")
    let joined = joined(arrays.map { Array(repeating: 0, count: $0.wordTerminalCount) })
    let solver = try NetworkSolver(joined.network)
    _ = try solver.solve()
    var result = arrays.map {
      Matrix<Double>(rowCount: $0.wordTerminalCount, columnCount: $0.bitTerminalCount)
    }
    for (j, bit) in joined.bits.enumerated() {
      var fed = [Double](repeating: 0, count: joined.network.nodeCount)
      fed[bit] = 1
      let currents = solver.response(toCurrents: fed).currents
      for (k, array) in arrays.enumerated() {
        let p = array.places
        for i in 0..<p.words {
          var into = currents[joined.firstBranches[k] + p.cells + i * p.columns]
          if case .connected = array.wordFarEnd {
            into += currents[joined.firstBranches[k] + p.wordFar + i]
          }
          result[k][i, j] = -into
        }
      }
    }
    return result
  }

  private struct Joined {
    let network: ResistiveNetwork
    /// The nodes of the bit lines' terminals.
    let bits: [Int]
    let firstBranches: [Int]
  }

  private func joined(_ inputs: [[Double]]) -> Joined {
    precondition(inputs.count == arrays.count, "a list of inputs per array")
    var branches: [ResistiveNetwork.Branch] = []
    var held: [Int: Double] = [:]
    var (bits, firstBranches): ([Int], [Int]) = ([], [])
    var first = 0
    for (array, inputs) in zip(arrays, inputs) {
      let network = array.network(.floatingRead(inputs, columns: array.bitTerminalCount))
      firstBranches.append(branches.count)
      branches += network.branches.map {
        .init(from: first + $0.from, to: first + $0.to, element: $0.element)
      }
      for (node, volts) in network.held { held[first + node] = volts }
      let terminals = (0..<array.bitTerminalCount).map { first + array.places.bitTerminal($0) }
      if bits.isEmpty {
        bits = terminals
      } else {
        for (a, b) in zip(bits, terminals) {
          branches.append(.init(from: a, to: b, element: .resistor(0)))
        }
      }
      first += network.nodeCount
    }
    return Joined(
      network: ResistiveNetwork(
        nodeCount: first, branches: branches, held: held, laws: [arrays[0].law]), bits: bits,
      firstBranches: firstBranches)
  }
}
