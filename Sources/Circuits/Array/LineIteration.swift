internal import CArrayKernels
import LinearAlgebra
import NumericalMethods

// Aims, most important first:
// 1. Kirchhoff's current law holds at every node to the tolerance, relative to the largest cell
//    current, or an error is thrown.
// 2. No digits are lost as wires become ideal: nothing is divided by a wire's resistance.
// 3. The answer does not depend on the number of threads.
// 4. Speed.
//
// In turns the word lines are solved exactly for given bit lines, and the bit lines for given word
// lines (block Gauss-Seidel): u ← A⁻¹·(b + G·w), w ← P⁻¹·G·u, chains both. What is left is known to
// rounding, G·(new u − old u) at the bit lines. It shrinks by the factor ρ a sweep, where the slowest
// mode soon is all there is; as ρ shows, one step is made longer by 1/(1 − ρ), which takes that mode
// out (Aitken). Where ρ is near 1, conjugate gradients go on: on S·w = c with the word lines
// eliminated, S = P − G·A⁻¹·G, preconditioned by P. They are many fewer steps of twice the work.

/// The solution of one array by sweeps over its eliminated lines, and the vectors this needs.
final class LineIteration {
  let factors: LineFactors
  private var shape: LineShape { factors.shape }
  private let fields: LineFields
  private let ends: LineFields
  private let sums: LineFields
  /// Norton currents of lines under way: of one block or panel, or of all.
  private let scratch: LineFields
  private let isParallel: Bool
  private var conjugate: ConjugateLines?

  /// Node voltages in the order of fields; if kept, the `u` for which `w` was solved.
  private(set) var u: UnsafeMutablePointer<Double>
  private(set) var before: UnsafeMutablePointer<Double>?
  var w: UnsafeMutablePointer<Double> { fields[1] }
  private var currents: UnsafeMutablePointer<Double> { fields[2] }
  private var first: UnsafeMutablePointer<Double> { ends[0] }
  private var sources: UnsafeMutablePointer<Double> { ends[1] }
  private var last: UnsafeMutablePointer<Double> { ends[2] }

  private(set) var residual = 0.0
  private(set) var iterations = 0
  /// The work of the last solve, in sweeps over all lines.
  private(set) var work = 0.0
  /// A step of conjugate gradients in sweeps, as measured.
  private static let stepWork = 2.2

  /// Sweeps that shrink the mismatch by less than this are slower than conjugate gradients.
  private static let slowest = 0.5

  /// - Parameters:
  ///   - isParallel: whether one solve may use several threads.
  ///   - keepsBefore: whether `before` is kept.
  init(_ factors: LineFactors, isParallel: Bool, keepsBefore: Bool = false) {
    self.factors = factors
    let shape = factors.shape
    // Below, passing work to a thread costs more than it saves.
    self.isParallel = isParallel && shape.count >= 262_144
    fields = LineFields(keepsBefore ? 4 : 3, of: shape.count)
    u = fields[0]
    before = keepsBefore ? fields[3] : nil
    ends = LineFields(3, of: max(shape.height, shape.width), zeroed: true)
    sums = LineFields(1, of: 2 * max(shape.blocks, shape.panels))
    let piece = max(shape.blockSize, shape.height * LineShape.panel)
    let all = max(shape.count, shape.panels * LineShape.panel * shape.height)
    scratch = LineFields(1, of: self.isParallel ? all : piece)
  }

  /// Sets the voltages of the sources.
  func drive(_ inputs: [Double]) {
    for i in inputs.indices { sources[shape.above + i] = inputs[i] }
  }

  /// Solves where cell k carries G·(u − w − e) with an electromotive force e of its own, as a
  /// linearized nonlinear cell does.
  ///
  /// - Parameters:
  ///   - forces: e in volts; `nil` where all are 0.
  ///   - isWarm: whether to begin from the bit-line voltages `w`, else from 0 V.
  /// - Throws: `NumericalFailure` with step count and residual.
  func solve(
    forces: UnsafePointer<Double>? = nil, isWarm: Bool = false, tolerance: Double,
    iterationLimit: Int
  ) throws(NumericalFailure) {
    iterations = 0
    work = 0
    var largest = words(isWarm ? w : nil, forces).largest
    var omega = 1.0
    var earlier = 0.0
    var best = Double.infinity
    var isSlow = false
    while true {
      bits(forces, omega)
      iterations += 1
      work += 1
      let relaxed = omega != 1
      let found = words(w, forces, compares: !relaxed, conjugate: isSlow ? conjugate : nil)
      guard !relaxed else {
        // Of a state between two sweeps the mismatch is not known.
        (omega, earlier) = (1, 0)
        guard iterations < iterationLimit else { throw failure(tolerance) }
        continue
      }
      residual = relative(found.largest, largest)
      if residual <= tolerance {
        largest = cellCurrents(forces)
        residual = relative(found.largest, largest)
        if residual <= tolerance { return }
      }
      guard iterations < iterationLimit else { throw failure(tolerance) }
      let rate = earlier > 0 ? (found.square / earlier).squareRoot() : 0
      earlier = found.square
      if isSlow {
        guard residual < 0.5 * best else { throw failure(tolerance) }
        best = residual
        let made = steps(
          until: 0.3 * tolerance * largest, limit: iterationLimit - iterations)
        iterations += made
        work += Self.stepWork * Double(made)
        _ = words(w, forces)
      } else if !(rate < Self.slowest) {
        isSlow = true
        conjugate = conjugate ?? ConjugateLines(shape)
      } else if residual * rate * rate > 0.5 * tolerance {
        omega = 1 / (1 - rate)
      }
    }
  }

  private func relative(_ mismatch: Double, _ largest: Double) -> Double {
    mismatch == 0 ? 0 : mismatch / largest
  }

  private func failure(_ tolerance: Double) -> NumericalFailure {
    NumericalFailure(
      "the wired array of \(shape.rows)×\(shape.columns) cells was solved to a residual of \(residual) after \(iterations) iterations, \(tolerance) was asked for"
    )
  }

  /// Sets the bit-line voltages that the next solve begins from, if it is warm.
  func begin(atBitLines voltages: Matrix<Double>) { fields.fill(1, with: voltages, shape) }

  /// Word-line and bit-line voltages, and amperes through each cell; nothing is solved any more.
  var wordLineVoltages: SolvedField { SolvedField(fields, (u - fields[0]) / fields.stride, shape) }
  var bitLineVoltages: SolvedField { SolvedField(fields, 1, shape) }
  var cellCurrents: SolvedField { SolvedField(fields, 2, shape) }

  /// Amperes that each bit line feeds into its virtual ground.
  var outputs: [Double] { Array(UnsafeBufferPointer(start: last, count: shape.columns)) }

  /// Amperes that each source feeds into its word line.
  var sourceCurrents: [Double] {
    (0..<shape.rows).map { i in
      let k = shape.above + i
      return factors.sourceShare(i) * (sources[k] * factors.admittances[k] - first[k])
    }
  }

  /// Calls `body` for every piece of the array, on several threads where that pays, and gives it
  /// memory for Norton currents of so many numbers a piece.
  private func forEach(
    _ pieces: Int, _ size: Int, _ body: @Sendable (Int, UnsafeMutablePointer<Double>) -> Void
  ) {
    if isParallel {
      let scratch = scratch
      Parallel.forEach(pieces) { body($0, scratch[0] + $0 * size) }
    } else {
      for k in 0..<pieces { body(k, scratch[0]) }
    }
  }

  /// Word-line voltages for bit lines at `w`; the largest cell current, and Σ of squares.
  /// - Parameters:
  ///   - compares: whether the mismatch of the bit lines is measured instead.
  ///   - conjugate: takes the mismatch up.
  @discardableResult
  private func words(
    _ w: UnsafeMutablePointer<Double>?, _ forces: UnsafePointer<Double>?, compares: Bool = false,
    conjugate: ConjugateLines? = nil
  ) -> (largest: Double, square: Double) {
    let (shape, size, block) = (shape, shape.blockSize, LineShape.block)
    let (f, sums) = (factors, sums)
    var old = compares ? u : nil
    if compares, let free = before {
      before = u
      u = free
      old = before
    }
    // Safe: every block has its own places.
    nonisolated(unsafe) let (e, w, from, u, r) = (forces, w, old, u, conjugate?.r)
    nonisolated(unsafe) let (first, sources) = (first, sources)
    forEach(shape.blocks, size) { b, work in
      let at = b * size
      var lines = f.words(b)
      ow_lines_words(
        &lines, sources + b * block, e.map { $0 + at }, w.map { $0 + at },
        from.map { $0 + at }, u + at, r.map { $0 + at }, first + b * block, work,
        sums[0] + 2 * b)
    }
    var (largest, square) = (0.0, 0.0)
    for b in 0..<shape.blocks {
      largest = max(largest, sums[0][2 * b])
      square += sums[0][2 * b + 1]
    }
    return (largest, square)
  }

  /// Bit-line voltages for word lines at `u`: w ← w + omega·(P⁻¹·G·(u − e) − w).
  private func bits(_ forces: UnsafePointer<Double>?, _ omega: Double) {
    let (shape, f) = (shape, factors)
    nonisolated(unsafe) let (e, u, w, last) = (forces, u, w, last)
    forEach(shape.panels, shape.height * LineShape.panel) { k, work in
      var lines = f.bits
      ow_lines_bits(
        &lines, u, e, omega, w, last, work, k * LineShape.panel, shape.panelWidth(k))
    }
  }

  /// The cells' currents; the largest of them.
  private func cellCurrents(_ forces: UnsafePointer<Double>?) -> Double {
    ow_lines_currents(factors.cells, u, w, forces, currents, shape.count)
  }

  /// Steps of conjugate gradients until the largest element of the mismatch is at most `target`.
  private func steps(until target: Double, limit: Int) -> Int {
    guard let conjugate else { return 0 }
    var slope = 0.0
    for step in 0..<limit {
      let next = precondition(conjugate)
      guard next > 0 else { return step }
      let curvature = search(conjugate, step == 0 ? 0 : next / slope)
      slope = next
      guard curvature > 0 else { return step }
      if advance(conjugate, slope / curvature) <= target { return step + 1 }
    }
    return limit
  }

  /// z = P⁻¹·r; Σ r·z.
  private func precondition(_ c: ConjugateLines) -> Double {
    let (shape, f, sums) = (shape, factors, sums)
    forEach(shape.panels, shape.height * LineShape.panel) { k, work in
      var lines = f.bits
      sums[0][k] = ow_lines_precondition(
        &lines, c.r, c.z, work, k * LineShape.panel, shape.panelWidth(k))
    }
    return (0..<shape.panels).reduce(0) { $0 + sums[0][$1] }
  }

  /// A new direction; the curvature along it.
  private func search(_ c: ConjugateLines, _ beta: Double) -> Double {
    let (shape, size) = (shape, shape.blockSize)
    let (f, sums) = (factors, sums)
    forEach(shape.blocks, size) { b, work in
      let at = b * size
      var lines = f.words(b)
      sums[0][b] = ow_lines_search(
        &lines, c.z + at, c.r + at, beta, c.p + at, c.q + at, c.a + at, work)
    }
    return (0..<shape.blocks).reduce(0) { $0 + sums[0][$1] }
  }

  /// A step of `alpha` along the direction; the largest mismatch that is left.
  private func advance(_ c: ConjugateLines, _ alpha: Double) -> Double {
    let (shape, size, sums) = (shape, shape.blockSize, sums)
    nonisolated(unsafe) let w = w
    forEach(shape.blocks, size) { b, _ in
      let at = b * size
      sums[0][b] = ow_lines_step(alpha, c.p + at, c.a + at, w + at, c.r + at, size)
    }
    return (0..<shape.blocks).reduce(0) { max($0, sums[0][$1]) }
  }
}

/// The vectors of conjugate gradients.
private final class ConjugateLines: @unchecked Sendable {  // Sendable: pieces are disjoint
  private let fields: LineFields

  init(_ shape: LineShape) {
    fields = LineFields(5, of: shape.count)
    // The first direction adds 0 times an older one.
    for field in [p, q] { field.update(repeating: 0, count: shape.count) }
  }

  /// The mismatch, P⁻¹ times it, the direction p, P·p, and S·p.
  var r: UnsafeMutablePointer<Double> { fields[0] }
  var z: UnsafeMutablePointer<Double> { fields[1] }
  var p: UnsafeMutablePointer<Double> { fields[2] }
  var q: UnsafeMutablePointer<Double> { fields[3] }
  var a: UnsafeMutablePointer<Double> { fields[4] }
}
