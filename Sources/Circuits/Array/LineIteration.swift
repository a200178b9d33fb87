internal import CKernels
import LinearAlgebra
import NumericalMethods

// Aims, most important first:
// 1. Kirchhoff's current law holds at every node to the tolerance, relative to the largest cell
//    current, or an error is thrown.
// 2. No digits are lost as wires become ideal: nothing is divided by a wire's resistance.
// 3. The answer does not depend on the number of threads.
// 4. Speed.
//
// Word lines are eliminated as chains; what remains is S·w = b for the bit-line voltages, with
// S = P − E: P holds the bit lines with every cell grounded (chains again), E = G·u(w) what comes
// back through the word lines at 0 V. Conjugate gradients preconditioned by P need only y = P·w and
// P·p, both of which follow by recurrence from residuals, so P is only ever inverted. At the end
// w = P⁻¹·y, and the mismatch is G·u − y, both exact to rounding.

/// Conjugate gradients on eliminated lines, and the vectors they need.
final class LineIteration {
  let factors: LineFactors
  private var shape: LineShape { factors.shape }
  private let fields: LineFields
  private let ends: LineFields
  private let sums: LineFields
  private let isParallel: Bool

  /// Node voltages, what is fed into the bit lines, and its mismatch, in the order of fields.
  var u: UnsafeMutablePointer<Double> { fields[0] }
  var w: UnsafeMutablePointer<Double> { fields[1] }
  var y: UnsafeMutablePointer<Double> { fields[2] }
  var r: UnsafeMutablePointer<Double> { fields[3] }
  private var z: UnsafeMutablePointer<Double> { fields[4] }
  private var p: UnsafeMutablePointer<Double> { fields[5] }
  private var q: UnsafeMutablePointer<Double> { fields[6] }
  private var a: UnsafeMutablePointer<Double> { fields[7] }
  private var first: UnsafeMutablePointer<Double> { ends[0] }
  private var sources: UnsafeMutablePointer<Double> { ends[1] }
  private var last: UnsafeMutablePointer<Double> { ends[2] }

  private(set) var residual = 0.0
  private(set) var iterations = 0

  /// - Parameter isParallel: whether one solve may use several threads.
  init(_ factors: LineFactors, isParallel: Bool) {
    self.factors = factors
    let shape = factors.shape
    // Below, passing work to a thread costs more than it saves.
    self.isParallel = isParallel && shape.count >= 262_144
    fields = LineFields(8, of: shape.count)
    ends = LineFields(3, of: max(shape.blocks * LineShape.block, shape.width), zeroed: true)
    sums = LineFields(1, of: 2 * max(shape.blocks, shape.panels))
    // Where the first solve begins; and the first direction adds 0 times an older one.
    for field in [w, p, q] { field.update(repeating: 0, count: shape.count) }
  }

  /// Sets the voltages of the sources.
  func drive(_ inputs: [Double]) {
    for i in inputs.indices { sources[shape.above + i] = inputs[i] }
  }

  /// Amperes through each cell, where there are no electromotive forces.
  func cellCurrents() -> Matrix<Double> {
    // What the mismatch's place holds is not needed any more.
    ow_cells_currents(factors.cells, u, w, r, shape.count)
    return matrix(r)
  }

  /// Sets the bit-line voltages that the next solve begins from.
  func begin(atBitLines voltages: Matrix<Double>) {
    fields.gather(voltages.elements, into: 1, shape)
  }

  /// Solves where cell k carries G·(u − w − e) with an electromotive force e of its own, as a
  /// linearised nonlinear cell does; begins from the `w` that is there.
  ///
  /// - Parameter forces: e in volts; `nil` where all are 0.
  /// - Throws: `NumericalFailure` with step count and residual.
  func solve(
    forces: UnsafePointer<Double>? = nil, tolerance: Double, iterationLimit: Int
  ) throws(NumericalFailure) {
    iterations = 0
    var best = Double.infinity
    // One step of a fixed point: y = G·u, with u for the w at the start.
    y.update(repeating: 0, count: shape.count)
    _ = close(forces)
    y.update(from: r, count: shape.count)
    while true {
      _ = bits(y, w)
      let (largest, mismatch) = close(forces)
      residual = mismatch == 0 ? 0 : mismatch / largest
      if residual <= tolerance { return }
      guard residual < 0.5 * best, iterations < iterationLimit else {
        throw NumericalFailure(
          "the wired array of \(shape.rows)×\(shape.columns) cells was solved to a residual of \(residual) after \(iterations) iterations, \(tolerance) was asked for"
        )
      }
      best = residual
      iterations += steps(until: 0.3 * tolerance * largest, limit: iterationLimit - iterations)
    }
  }

  /// Amperes that each bit line feeds into its virtual ground.
  var outputs: [Double] { Array(UnsafeBufferPointer(start: last, count: shape.columns)) }

  /// Amperes that each source feeds into its word line.
  var sourceCurrents: [Double] {
    (0..<shape.rows).map { i in
      let k = shape.above + i
      let share =
        factors.wordShares[k / LineShape.block * shape.blockSize + k % LineShape.block]
      return share * (sources[k] * factors.admittances[k] - first[k])
    }
  }

  func matrix(_ field: UnsafeMutablePointer<Double>) -> Matrix<Double> {
    fields.matrix((field - fields[0]) / fields.stride, shape)
  }

  /// Steps from the mismatch `r` until its largest element is at most `target`.
  private func steps(until target: Double, limit: Int) -> Int {
    var slope = 0.0
    for step in 0..<limit {
      let next = bits(r, z)
      guard next > 0 else { return step }
      let curvature = search(step == 0 ? 0 : next / slope)
      slope = next
      guard curvature > 0 else { return step }
      if advance(slope / curvature) <= target { return step + 1 }
    }
    return limit
  }

  /// Calls `body` for every piece of the array, on several threads where that pays.
  private func forEach(_ pieces: Int, _ body: @Sendable (Int) -> Void) {
    if isParallel {
      Parallel.forEach(pieces, body)
    } else {
      for k in 0..<pieces { body(k) }
    }
  }

  /// Word-line voltages for `w`; the largest cell current and the largest mismatch of `y`.
  private func close(_ forces: UnsafePointer<Double>?) -> (current: Double, mismatch: Double) {
    let (shape, size, block) = (shape, shape.blockSize, LineShape.block)
    let (f, sums) = (factors, sums)
    // Safe: every block has its own places.
    nonisolated(unsafe) let (e, w, y, u, r) = (forces, w, y, u, r)
    nonisolated(unsafe) let (first, sources) = (first, sources)
    forEach(shape.blocks) { b in
      let at = b * size
      // Norton currents stand where the mismatch is going to be.
      ow_lines_close(
        f.cells + at, f.wordShares + at, f.wordDrops + at, sources + b * block, e.map { $0 + at },
        w + at, y + at, u + at, r + at, first + b * block, r + at, shape.width, sums[0] + 2 * b)
    }
    var (current, mismatch) = (0.0, 0.0)
    for b in 0..<shape.blocks {
      current = max(current, sums[0][2 * b])
      mismatch = max(mismatch, sums[0][2 * b + 1])
    }
    return (current, mismatch)
  }

  /// w = P⁻¹·y, and the currents that leave the bit lines; Σ y·w.
  private func bits(_ y: UnsafeMutablePointer<Double>, _ w: UnsafeMutablePointer<Double>)
    -> Double
  {
    let shape = shape
    let (f, sums) = (factors, sums)
    nonisolated(unsafe) let (y, w, last) = (y, w, last)
    forEach(shape.panels) { k in
      let left = k * LineShape.panel
      sums[0][k] = ow_lines_bits(
        f.bitShares, f.bitDrops, y, w, last, shape.blocks, shape.width, left, shape.panelWidth(k))
    }
    return (0..<shape.panels).reduce(0) { $0 + sums[0][$1] }
  }

  /// A new direction; the curvature along it.
  private func search(_ beta: Double) -> Double {
    let (shape, size) = (shape, shape.blockSize)
    let (f, sums) = (factors, sums)
    nonisolated(unsafe) let (z, r, p, q, a) = (z, r, p, q, a)
    forEach(shape.blocks) { b in
      let at = b * size
      // Norton currents take the places of the z that has been read.
      sums[0][b] = ow_lines_search(
        f.cells + at, f.wordShares + at, f.wordDrops + at, z + at, r + at, beta, p + at, q + at,
        a + at, z + at, shape.width)
    }
    return (0..<shape.blocks).reduce(0) { $0 + sums[0][$1] }
  }

  /// A step of `alpha` along the direction; the largest mismatch that is left.
  private func advance(_ alpha: Double) -> Double {
    let (shape, size) = (shape, shape.blockSize)
    let sums = sums
    nonisolated(unsafe) let (q, a, y, r) = (q, a, y, r)
    forEach(shape.blocks) { b in
      let at = b * size
      sums[0][b] = ow_lines_step(alpha, q + at, a + at, y + at, r + at, size)
    }
    return (0..<shape.blocks).reduce(0) { max($0, sums[0][$1]) }
  }
}
