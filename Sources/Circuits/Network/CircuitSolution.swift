import LinearAlgebra
import NumericalMethods
import PhysicalUnits

/// The state of an array in its surroundings.
public struct CircuitSolution: Sendable {
  /// Volts of each cell's node on its driven line, M × N.
  public let wordLineVoltages: Matrix<Double>
  /// Volts of each cell's node on its bit line, M × N.
  public let bitLineVoltages: Matrix<Double>
  /// Amperes through each cell from driven line to bit line, M × N.
  public let cellCurrents: Matrix<Double>
  /// Amperes that each driven line's terminal feeds into the array, both ends together.
  public let wordTerminalCurrents: [Double]
  /// Amperes that the array feeds into each bit line's terminal, both ends together.
  public let bitTerminalCurrents: [Double]
  /// Volts at the terminals of bit lines: those given, or what floating ones come to.
  public let bitTerminalVoltages: [Double]
  /// Watts dissipated in the cells, M × N.
  public let cellPowers: Matrix<Double>
  /// Watts dissipated in each driven line with its terminals' resistances.
  public let wordLinePowers: [Double]
  /// Watts dissipated in each bit line with its terminals' resistances.
  public let bitLinePowers: [Double]
  /// Watts that each driven line's terminal delivers.
  public let wordDriverPowers: [Double]
  /// Watts that each bit line's terminal delivers; less than 0 where it takes some.
  public let bitDriverPowers: [Double]
  /// The largest Kirchhoff current mismatch over the largest cell current.
  public let residual: Double
  /// How it was solved: method and steps, in words.
  public let method: String

  /// Volts across each cell, M × N: in a write, what half-selected cells see.
  public var cellVoltages: Matrix<Double> {
    var voltages = wordLineVoltages
    for k in voltages.elements.indices { voltages.elements[k] -= bitLineVoltages.elements[k] }
    return voltages
  }
}

extension ArrayCircuit {
  /// Solves the circuit by the method that suits it: by lines where far ends are open and bit lines at
  /// virtual ground, else by a sparse direct method. What was chosen is in the solution.
  ///
  /// - Parameter tolerance: the largest Kirchhoff mismatch over the largest cell current.
  /// - Throws: `NumericalFailure` where the tolerance is not met. The direct method forms differences
  ///   of node voltages: it needs some 1e-16·V/(r·I) of tolerance for segments r above 0.
  /// - Precondition: as many voltages as terminals.
  public func solve(
    _ terminals: TerminalVoltages, tolerance: Double = 1e-9
  ) throws(NumericalFailure) -> CircuitSolution {
    guard let (array, inputs) = plain(terminals) else {
      return try solveDirectly(terminals, tolerance: tolerance)
    }
    let solution: ArraySolution
    if law == .ohmic {
      solution = try WiredArraySolver(array).solve(inputs, tolerance: tolerance)
    } else {
      solution = try NonlinearArraySolver(array, law: law, overdrives: overdrives)
        .solve(inputs, tolerance: tolerance)
    }
    return circuitSolution(solution, inputs)
  }

  /// The array and its inputs, where this is one with open far ends, read at virtual grounds.
  public func plain(_ terminals: TerminalVoltages) -> (array: WiredArray, inputs: [Double])? {
    guard
      arrangement == .crossing, wordFarEnd.ohms == .infinity, bitFarEnd.ohms == .infinity,
      terminals.bits.allSatisfy({ $0 == 0 }), terminals.words.allSatisfy({ $0 != nil }),
      let array = try? WiredArray(
        conductances: conductances, wordLineResistances: wordLineResistances,
        bitLineResistances: bitLineResistances)
    else { return nil }
    return (array.withUniformWires, terminals.words.compactMap { $0 })
  }

  /// Solves by CHOLMOD whatever the circuit is.
  public func solveDirectly(
    _ terminals: TerminalVoltages, tolerance: Double = 1e-9
  ) throws(NumericalFailure) -> CircuitSolution {
    let network = network(terminals)
    let found = try NetworkSolver(network).solve(tolerance: tolerance)
    let p = places
    func matrix(_ values: ArraySlice<Double>) -> Matrix<Double> {
      Matrix(rowCount: p.rows, columnCount: p.columns, elements: Array(values))
    }
    func power(_ branch: Int) -> Double {
      let ends = network.branches[branch]
      return found.currents[branch] * (found.voltages[ends.from] - found.voltages[ends.to])
    }
    var words = [Double](repeating: 0, count: p.words)
    var bits = [Double](repeating: 0, count: p.columns)
    var (wordPowers, bitPowers) = (words, bits)
    for i in 0..<p.rows {
      for j in 0..<p.columns {
        let (before, below) = (p.cells + i * p.columns + j, 2 * p.cells + i * p.columns + j)
        let line = arrangement == .crossing ? i : j
        wordPowers[line] += power(before)
        bitPowers[j] += power(below)
        if arrangement == .crossing ? j == 0 : i == 0 { words[line] += found.currents[before] }
        if i == p.rows - 1 { bits[j] += found.currents[below] }
      }
    }
    for k in 0..<p.words {
      wordPowers[k] += power(p.wordFar + k)
      if case .connected = wordFarEnd { words[k] += found.currents[p.wordFar + k] }
    }
    for k in 0..<p.columns {
      bitPowers[k] += power(p.bitFar + k)
      if case .connected = bitFarEnd { bits[k] += found.currents[p.bitFar + k] }
    }
    let bitVolts = (0..<p.columns).map { found.voltages[p.bitTerminal($0)] }
    return CircuitSolution(
      wordLineVoltages: matrix(found.voltages[..<p.cells]),
      bitLineVoltages: matrix(found.voltages[p.cells..<2 * p.cells]),
      cellCurrents: matrix(found.currents[..<p.cells]), wordTerminalCurrents: words,
      bitTerminalCurrents: bits, bitTerminalVoltages: bitVolts,
      cellPowers: matrix((0..<p.cells).map(power)[...]), wordLinePowers: wordPowers,
      bitLinePowers: bitPowers,
      wordDriverPowers: words.indices.map { words[$0] * found.voltages[p.wordTerminal($0)] },
      bitDriverPowers: bits.indices.map { -bits[$0] * bitVolts[$0] }, residual: found.residual,
      method: "sparse Cholesky (CHOLMOD), \(found.steps) Newton steps")
  }

  private func circuitSolution(_ solution: ArraySolution, _ inputs: [Double]) -> CircuitSolution {
    let (rows, columns) = (conductances.rowCount, conductances.columnCount)
    func loss(_ ohms: Double, _ current: Double) -> Double {
      ohms.isFinite ? ohms * current * current : 0
    }
    var (words, bits) = (
      [Double](repeating: 0, count: rows), [Double](repeating: 0, count: columns)
    )
    let cellCurrents = solution.cellCurrents
    for i in 0..<rows {
      var current = 0.0
      for j in (0..<columns).reversed() {
        current += cellCurrents[i, j]
        words[i] += loss(wordLineResistances[i, j], current)
      }
    }
    for j in 0..<columns {
      var current = 0.0
      for i in 0..<rows {
        current += cellCurrents[i, j]
        bits[j] += loss(bitLineResistances[i, j], current)
      }
    }
    let newton = law == .ohmic ? "" : "Newton's method, \(solution.newtonSteps) steps, around "
    return CircuitSolution(
      wordLineVoltages: solution.wordLineVoltages, bitLineVoltages: solution.bitLineVoltages,
      cellCurrents: cellCurrents, wordTerminalCurrents: solution.sourceCurrents,
      bitTerminalCurrents: solution.outputCurrents,
      bitTerminalVoltages: Array(repeating: 0, count: columns), cellPowers: solution.cellPowers,
      wordLinePowers: words, bitLinePowers: bits,
      wordDriverPowers: zip(solution.sourceCurrents, inputs).map { $0 * $1 },
      bitDriverPowers: Array(repeating: 0, count: columns), residual: solution.residual,
      method: newton + "sweeps by lines, \(solution.iterations) iterations")
  }

  /// Elmore delays of the bit lines' terminal currents after a step of all terminals, in seconds.
  ///
  /// Every node has `capacitance` to ground. The delay is the first moment of the impulse response,
  /// ∫(1 − i(t)/i(∞))·dt (Elmore, J. Appl. Phys. 19, 55, 1948, doi:10.1063/1.1697872), of cells with
  /// their slopes at the end of the step; infinity where the current ends at 0.
  ///
  /// - Parameter capacitance: of each cell's node on its driven line and of that on its bit line.
  /// - Throws: `NumericalFailure` where the circuit is not solved.
  public func elmoreDelays(
    _ terminals: TerminalVoltages, capacitance: Farads
  ) throws(NumericalFailure) -> [Double] {
    let network = network(terminals)
    let solver = try NetworkSolver(network)
    let end = try solver.solve()
    let p = places
    var charges = [Double](repeating: 0, count: p.nodes)
    for node in 0..<2 * p.cells { charges[node] = capacitance.value * end.voltages[node] }
    let moment = solver.response(toCurrents: charges).currents
    func terminal(_ k: Int, _ currents: [Double]) -> Double {
      let below = currents[2 * p.cells + (p.rows - 1) * p.columns + k]
      guard case .connected = bitFarEnd else { return below }
      return below + currents[p.bitFar + k]
    }
    return (0..<p.columns).map { k in
      let current = terminal(k, end.currents)
      return current == 0 ? .infinity : terminal(k, moment) / current
    }
  }

  /// The solutions of many settings of the terminals, in their order, on all threads.
  /// - Throws: `NumericalFailure`, the first of them, where one does not converge.
  public func solve(
    batch: [TerminalVoltages], tolerance: Double = 1e-9
  ) throws(NumericalFailure) -> [CircuitSolution] {
    let plain = batch.map { self.plain($0) }
    if law == .ohmic, let array = plain.first??.array, plain.allSatisfy({ $0 != nil }) {
      let inputs = plain.compactMap { $0?.inputs }
      let solutions = try WiredArraySolver(array).solve(batch: inputs, tolerance: tolerance)
      return zip(solutions, inputs).map { circuitSolution($0, $1) }
    }
    return try solveInParallel(batch) { terminals throws(NumericalFailure) in
      try solve(terminals, tolerance: tolerance)
    }
  }
}
