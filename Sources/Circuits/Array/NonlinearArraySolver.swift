internal import CArrayKernels
import DeviceModels
import LinearAlgebra
import NumericalMethods

// Newton's method around the linear solver. At cell voltages v a cell is replaced by its tangent, a
// conductance I′(v) in series with the electromotive force v − I(v)/I′(v), and the linear array is
// solved, warm-started, to a tolerance that tightens as Newton converges. Every iterate obeys
// Kirchhoff's laws for *demanded* cell currents, one at the word-line and one at the bit-line node;
// demanded currents are linear in the node voltages, so a damped step needs no further solve. What is
// left is the difference of the cells' own currents from them: the Kirchhoff residual.
//
// Cell currents rise with their voltages: the solution is the minimum of a convex function, the
// co-content (Millar, Phil. Mag. 42, 1150 (1951), doi 10.1080/14786445108561363), whose gradient is the
// residual. Along a step the slope of that function therefore changes its sign exactly once. Where a
// whole step does not bring the residual down at once, its length is chosen by this slope, shorter or
// longer than 1: from above, plain Newton steps on an exponential law only come down by 1/a each.

/// Solves wired arrays whose cells are nonlinear.
public struct NonlinearArraySolver: Sendable {
  /// The wires, and the memristors' conductances at small voltages.
  public let array: WiredArray
  /// How a cell's current follows its voltage.
  public let law: CellLaw
  /// The overdrive of each cell's transistor in volts, rows × columns; `nil` is the law's own.
  public let overdrives: Matrix<Double>?

  /// A solver of `array` whose cells obey `law`.
  public init(_ array: WiredArray, law: CellLaw, overdrives: Matrix<Double>? = nil) {
    self.array = array
    self.law = law
    self.overdrives = overdrives
  }

  /// Node voltages and currents of the array under `inputs`.
  ///
  /// - Parameters:
  ///   - inputs: source voltages in volts, one per word line, finite.
  ///   - start: the solution of a similar case to begin from.
  ///   - tolerance: the largest Kirchhoff current mismatch, relative to the largest cell current.
  ///   - stepLimit: how many Newton steps may be made.
  /// - Throws: `NumericalFailure` with step count and residual where the tolerance is not met.
  /// - Precondition: `inputs.count` is the number of rows and `tolerance` is positive.
  public func solve(
    _ inputs: [Double], from start: ArraySolution? = nil, tolerance: Double = 1e-9,
    stepLimit: Int = 200
  ) throws(NumericalFailure) -> ArraySolution {
    precondition(inputs.count == array.rowCount, "one source voltage a word line is expected")
    precondition(tolerance > 0, "a tolerance is positive")
    do {
      return try NewtonIteration(self, inputs: inputs, tolerance: tolerance)
        .solve(from: start, stepLimit: stepLimit)
    } catch {
      return try raised(to: inputs, tolerance: tolerance, stepLimit: stepLimit, failure: error)
    }
  }

  /// The solution by inputs that rise in stages, each stage from the solution of the one before: the
  /// first linear solve of very steep cells at full inputs may be beyond the digits of its numbers.
  private func raised(
    to inputs: [Double], tolerance: Double, stepLimit: Int, failure: NumericalFailure
  ) throws(NumericalFailure) -> ArraySolution {
    var (part, growth) = (0.0, 0.25)
    var solution: ArraySolution?
    for _ in 0..<100 {
      let next = part == 0 ? growth : min(1, part * (1 + growth))
      do {
        let found = try NewtonIteration(
          self, inputs: inputs.map { $0 * next }, tolerance: tolerance
        ).solve(from: solution, stepLimit: stepLimit)
        if next == 1 { return found }
        (solution, part, growth) = (found, next, min(1.5 * growth, 0.5))
      } catch {
        growth *= 0.5
        guard growth > 1e-3 else { break }
      }
    }
    throw failure
  }

  /// The solutions of many input vectors, in their order, on all threads.
  /// - Throws: `NumericalFailure`, the first of them, where one does not converge.
  public func solve(
    batch: [[Double]], tolerance: Double = 1e-9
  ) throws(NumericalFailure) -> [ArraySolution] {
    try solveInParallel(batch) { inputs throws(NumericalFailure) in
      try solve(inputs, tolerance: tolerance)
    }
  }
}

/// One solve of an array of nonlinear cells: its iterates, in fields by blocks of lines.
private final class NewtonIteration {
  private let array: WiredArray
  private let law: CellLaw
  private let tolerance: Double
  private let shape: LineShape
  /// The memristors' conductances, electromotive forces, the cells' own currents and slopes, and the overdrives of
  /// their transistors where cells differ in them.
  private let fields: LineFields
  private let hasOverdrives: Bool
  private let lines: LineIteration
  private var iterations = 0
  private var mismatch = 0.0
  private var largest = 0.0
  private var relative: Double { mismatch == 0 ? 0 : mismatch / largest }

  init(_ solver: NonlinearArraySolver, inputs: [Double], tolerance: Double) {
    (array, law) = (solver.array, solver.law)
    self.tolerance = tolerance
    let factors = LineFactors(array, eliminates: false)
    shape = factors.shape
    fields = LineFields(5, of: shape.count)
    fields[0].update(from: factors.cells, count: shape.count)
    hasOverdrives = solver.overdrives != nil
    if let overdrives = solver.overdrives { fields.fill(4, with: overdrives, shape) }
    lines = LineIteration(factors, isParallel: false, keepsBefore: true)
    lines.drive(inputs)
  }

  private var conductances: UnsafeMutablePointer<Double> { fields[0] }
  private var forces: UnsafeMutablePointer<Double> { fields[1] }
  private var currents: UnsafeMutablePointer<Double> { fields[2] }
  private var slopes: UnsafeMutablePointer<Double> { fields[3] }
  private var overdrives: UnsafePointer<Double>? { hasOverdrives ? UnsafePointer(fields[4]) : nil }

  func solve(from start: ArraySolution?, stepLimit: Int) throws(NumericalFailure) -> ArraySolution {
    var iterate = Iterate(shape)
    var target = Iterate(shape)
    var trial: Iterate?
    if let start {
      lines.begin(atBitLines: start.bitLineVoltages)
      iterate.fields.fill(2, with: start.cellVoltages, shape)
    }
    law.evaluate(
      conductances: conductances, voltages: iterate.voltages, currents: currents, slopes: slopes,
      count: shape.count, overdrives: overdrives)
    try tangent(at: iterate, isWarm: start != nil, tolerance: 1e-2, into: target)
    swap(&iterate, &target)
    measure(iterate)
    for step in 1...max(1, stepLimit) {
      if relative <= tolerance { return solution(iterate, steps: step) }
      let accuracy = min(1e-2, max(0.3 * tolerance, 1e-2 * relative))
      let before = relative
      lines.w.update(from: iterate.w, count: shape.count)
      try tangent(at: iterate, isWarm: true, tolerance: accuracy, into: target)
      guard search(from: iterate, to: &target, &trial) else {
        throw failure(before, steps: step)
      }
      swap(&iterate, &target)
    }
    if relative <= tolerance { return solution(iterate, steps: stepLimit + 1) }
    throw failure(relative, steps: stepLimit)
  }

  /// Moves `target` along the step from `old` to where the residual has fallen to a fifth, or the
  /// co-content's slope to a half; whether there is such a place.
  private func search(
    from old: Iterate, to target: inout Iterate, _ trial: inout Iterate?
  ) -> Bool {
    let before = mismatch
    measure(target)
    if mismatch <= 0.2 * before || relative <= tolerance { return true }
    measure(old)
    let steepness = slope(at: old, from: old, to: target)
    guard steepness < 0 else { return false }
    // The lengths between which the slope changes its sign.
    var (low, high) = (0.0, Double.infinity)
    var length = 1.0
    for _ in 0..<60 {
      var tried = target
      if length != 1 {
        tried = trial ?? Iterate(shape)
        tried.move(from: old, to: target, by: length)
        trial = tried
      }
      measure(tried)
      let found = slope(at: tried, from: old, to: target)
      if abs(found) <= -0.5 * steepness || relative <= tolerance {
        if length != 1 { (trial, target) = (target, tried) }
        return true
      }
      // Where exponentials overflow the slope is not a number: too far.
      if found < 0 { low = length } else { high = length }
      length = high.isInfinite ? 2 * low : low > 0 ? 0.5 * (low + high) : 0.5 * high
    }
    return false
  }

  /// The slope of the co-content at `iterate`, whose currents have just been measured, along the step
  /// from `old` to `target`, in watts.
  private func slope(at iterate: Iterate, from old: Iterate, to target: Iterate) -> Double {
    ow_cells_slope(
      currents, iterate.fromWords, iterate.fromBits, old.u, target.u, old.w, target.w, shape.count)
  }

  /// The array with each cell replaced by its tangent at the voltages of `iterate`.
  private func tangent(
    at iterate: Iterate, isWarm: Bool, tolerance: Double, into result: Iterate
  ) throws(NumericalFailure) {
    ow_cells_forces(iterate.voltages, currents, slopes, forces, shape.count)
    lines.factors.setCells(slopes)
    do {
      try lines.solve(
        forces: forces, isWarm: isWarm, tolerance: tolerance, iterationLimit: 5_000)
    } catch {
      // Of a step that is only half known the search finds out how far it leads.
      guard lines.residual < 0.5 else { throw failure(relative, steps: nil) }
    }
    iterations += lines.iterations
    ow_cells_demands(
      lines.u, lines.w, forces, slopes, lines.before, result.voltages, result.fromWords,
      result.fromBits, shape.count)
    result.u.update(from: lines.u, count: shape.count)
    result.w.update(from: lines.w, count: shape.count)
    result.outputs = lines.outputs
    result.sources = lines.sourceCurrents
  }

  /// The cells' own currents at `iterate`, and how far they are from the demanded ones.
  private func measure(_ iterate: Iterate) {
    let count = shape.count
    law.evaluate(
      conductances: conductances, voltages: iterate.voltages, currents: currents, slopes: slopes,
      count: count, overdrives: overdrives)
    mismatch = max(
      ow_cells_distance(currents, iterate.fromWords, count),
      ow_cells_distance(currents, iterate.fromBits, count))
    largest = ow_cells_distance(currents, nil, count)
  }

  private func failure(_ relative: Double, steps: Int?) -> NumericalFailure {
    let work = steps.map { "after \($0) Newton steps" } ?? "when its linear equations failed"
    return NumericalFailure(
      "the wired array of \(array.rowCount)×\(array.columnCount) nonlinear cells was solved to a residual of \(relative) \(work), \(tolerance) was asked for: lower the voltages, the steepness of the cells' law or the wire resistance, or allow a larger tolerance"
    )
  }

  private func solution(_ iterate: Iterate, steps: Int) -> ArraySolution {
    ArraySolution(
      wordLineField: SolvedField(iterate.fields, 0, shape),
      bitLineField: SolvedField(iterate.fields, 1, shape),
      currentField: SolvedField(fields, 2, shape),
      outputCurrents: iterate.outputs, sourceCurrents: iterate.sources, residual: relative,
      iterations: iterations, newtonSteps: steps)
  }
}

/// A state that obeys Kirchhoff's laws for the cell currents it demands.
private final class Iterate {
  /// Node voltages u and w, cell voltages, currents demanded by word and by bit lines.
  let fields: LineFields
  var outputs: [Double] = []
  var sources: [Double] = []

  init(_ shape: LineShape) { fields = LineFields(5, of: shape.count, zeroed: true) }

  var u: UnsafeMutablePointer<Double> { fields[0] }
  var w: UnsafeMutablePointer<Double> { fields[1] }
  var voltages: UnsafeMutablePointer<Double> { fields[2] }
  var fromWords: UnsafeMutablePointer<Double> { fields[3] }
  var fromBits: UnsafeMutablePointer<Double> { fields[4] }

  /// Becomes a + length·(b − a).
  func move(from a: Iterate, to b: Iterate, by length: Double) {
    ow_cells_between(a.fields[0], b.fields[0], length, fields[0], 5 * fields.stride)
    func between(_ a: [Double], _ b: [Double]) -> [Double] {
      zip(a, b).map { $0 + length * ($1 - $0) }
    }
    outputs = between(a.outputs, b.outputs)
    sources = between(a.sources, b.sources)
  }
}
