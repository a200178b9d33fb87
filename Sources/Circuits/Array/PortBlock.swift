internal import CArrayKernels
import LinearAlgebra

/// A rectangle of a wired array seen from its four edges.
///
/// At every line that crosses an edge one quantity is given and one follows. Left: the voltage of the
/// word line is given, the current into the block follows. Right: the current that leaves is given, the
/// voltage follows. Bottom: the voltage of the bit line is given, the current that leaves follows. Top:
/// the current that enters is given, the voltage follows. No resistance is divided by, so that ideal
/// wires lose no digits. Ports that are at rest on the array's own edges are left out.
struct PortBlock {
  /// The edges, in the order in which ports are numbered.
  enum Edge: Int { case left, right, bottom, top }

  /// How many quantities are given on each edge.
  var given: [Int]
  /// How many follow on each edge.
  var followed: [Int]
  /// What follows from what is given: Σ followed × Σ given, row major.
  var matrix: [Double]

  var givenCount: Int { given.reduce(0, +) }

  init(given: [Int], followed: [Int], matrix: [Double]) {
    (self.given, self.followed, self.matrix) = (given, followed, matrix)
  }

  /// Two blocks joined where edge `edge` of `a` touches edge `other` of `b`: right to left, or bottom
  /// to top. What follows there on one side is given on the other.
  static func joined(_ a: PortBlock, _ edge: Edge, _ b: PortBlock, _ other: Edge) -> PortBlock {
    let k = a.given[edge.rawValue]
    let (columnsOfA, columnsOfB, given) = places(a.given, edge, b.given, other)
    let (rowsOfA, rowsOfB, followed) = places(a.followed, edge, b.followed, other)
    let (wideA, wideB, n) = (a.givenCount, b.givenCount, given.reduce(0, +))
    // p follows for a and q for b: p = (1 − A·B)⁻¹·(A_e·x_a + A·B_e·x_b), q = B_e·x_b + B·p.
    let work = LineFields(4, of: k * max(n, wideB))
    let (ab, x, p, q) = (work[0], work[1], work[2], work[3])
    let matrix = [Double](unsafeUninitializedCapacity: n * followed.reduce(0, +)) { out, filled in
      a.matrix.withUnsafeBufferPointer { a_ in
        b.matrix.withUnsafeBufferPointer { b_ in
          guard let ma = a_.baseAddress, let mb = b_.baseAddress, let to = out.baseAddress
          else { return }
          let (atA, atB) = (a.start(edge, a.given), b.start(other, b.given))
          let cutA = ma + a.start(edge, a.followed) * wideA
          let cutB = mb + b.start(other, b.followed) * wideB
          BLAS.gemm(
            cutA + atA, leading: wideA, cutB, leading: wideB, into: ab, leading: wideB, m: k,
            n: wideB, k: k)
          var loop = [Double](repeating: 0, count: k * k)
          q.update(repeating: 0, count: k * n)
          for i in 0..<k {
            for j in 0..<k { loop[i * k + j] = (i == j ? 1 : 0) - ab[i * wideB + atB + j] }
            spread(cutA + i * wideA, columnsOfA, x + i * n)
            spread(ab + i * wideB, columnsOfB, x + i * n)
            spread(cutB + i * wideB, columnsOfB, q + i * n)
          }
          let inverse = Dense.inverse(loop, k)
          BLAS.gemm(inverse, leading: k, x, leading: n, into: p, leading: n, m: k, n: n, k: k)
          BLAS.gemm(
            cutB + atB, leading: wideB, p, leading: n, into: q, leading: n, m: k, n: n, k: k,
            beta: 1)
          finish(ma, wideA, atA, rowsOfA, columnsOfA, q, to, n, k)
          finish(mb, wideB, atB, rowsOfB, columnsOfB, p, to, n, k)
        }
      }
      filled = n * followed.reduce(0, +)
    }
    return PortBlock(given: given, followed: followed, matrix: matrix)
  }

  /// A run of ports: where it stands in a half and in the whole, and its length.
  private typealias Run = (from: Int, to: Int, count: Int)

  /// Where the first port of an edge stands.
  private func start(_ edge: Edge, _ sizes: [Int]) -> Int { sizes[..<edge.rawValue].reduce(0, +) }

  /// The ports of both halves, edge after edge, those of `a` before those of `b`, without the cut.
  private static func places(
    _ a: [Int], _ edge: Edge, _ b: [Int], _ other: Edge
  ) -> (ofA: [Run], ofB: [Run], whole: [Int]) {
    var (ofA, ofB, whole) = ([Run](), [Run](), [Int]())
    var (next, fromA, fromB) = (0, 0, 0)
    for e in 0..<4 {
      let countA = e == edge.rawValue ? 0 : a[e]
      let countB = e == other.rawValue ? 0 : b[e]
      ofA.append((fromA, next, countA))
      ofB.append((fromB, next + countA, countB))
      whole.append(countA + countB)
      fromA += a[e]
      fromB += b[e]
      next += countA + countB
    }
    return (ofA, ofB, whole)
  }

  /// One row of a half to its places in a row of the whole.
  private static func spread(
    _ row: UnsafePointer<Double>, _ columns: [Run], _ to: UnsafeMutablePointer<Double>
  ) {
    for run in columns { (to + run.to).update(from: row + run.from, count: run.count) }
  }

  /// The rows of the whole that follow from one half, whose ports at the cut begin in column `at` and
  /// get `atCut`.
  private static func finish(
    _ half: UnsafePointer<Double>, _ wide: Int, _ at: Int, _ rows: [Run], _ columns: [Run],
    _ atCut: UnsafePointer<Double>, _ whole: UnsafeMutablePointer<Double>, _ n: Int, _ k: Int
  ) {
    for run in rows where run.count > 0 {
      let (from, to) = (half + run.from * wide, whole + run.to * n)
      to.update(repeating: 0, count: run.count * n)
      for i in 0..<run.count { spread(from + i * wide, columns, to + i * n) }
      BLAS.gemm(
        from + at, leading: wide, atCut, leading: n, into: to, leading: n, m: run.count, n: n,
        k: k, beta: 1)
    }
  }
}

/// Products and inverses of small and middling dense matrices, row major.
enum Dense {
  /// C = A·B, or A·B + `adding`; A m × k, B k × n.
  static func product(
    _ a: [Double], _ b: [Double], _ m: Int, _ n: Int, _ k: Int, adding: [Double]? = nil
  ) -> [Double] {
    var c = adding ?? [Double](repeating: 0, count: m * n)
    guard m > 0, n > 0, k > 0 else { return c }
    if m * n * k < 4096 {
      ow_ports_product(a, b, &c, Int32(m), Int32(n), Int32(k))
    } else {
      BLAS.gemm(
        a, leading: k, b, leading: n, into: &c, leading: n, m: m, n: n, k: k,
        beta: adding == nil ? 0 : 1)
    }
    return c
  }

  /// A⁻¹ of an n × n matrix whose leading blocks can be inverted, by halves: nearly all of the work is
  /// products.
  static func inverse(_ a: [Double], _ n: Int) -> [Double] {
    if n <= 24 { return eliminated(a, n) }
    let h = n / 2
    let rest = n - h
    func part(_ rows: Range<Int>, _ columns: Range<Int>) -> [Double] {
      rows.flatMap { a[$0 * n + columns.lowerBound..<$0 * n + columns.upperBound] }
    }
    let (b, c, d) = (part(0..<h, h..<n), part(h..<n, 0..<h), part(h..<n, h..<n))
    let ia = inverse(part(0..<h, 0..<h), h)
    let cia = product(c, ia, rest, h, h)
    let negative = cia.map { -$0 }
    let s = inverse(product(negative, b, rest, rest, h, adding: d), rest)
    let lower = product(s, negative, rest, h, rest)
    let iab = product(ia, b, h, rest, h)
    let right = product(iab.map { -$0 }, s, h, rest, rest)
    let upper = product(iab.map { -$0 }, lower, h, h, rest, adding: ia)
    var result = [Double](repeating: 0, count: n * n)
    for i in 0..<h {
      for j in 0..<h { result[i * n + j] = upper[i * h + j] }
      for j in 0..<rest { result[i * n + h + j] = right[i * rest + j] }
    }
    for i in 0..<rest {
      for j in 0..<h { result[(h + i) * n + j] = lower[i * h + j] }
      for j in 0..<rest { result[(h + i) * n + h + j] = s[i * rest + j] }
    }
    return result
  }

  /// A⁻¹ by elimination with the largest pivot of each column.
  private static func eliminated(_ a: [Double], _ n: Int) -> [Double] {
    var a = a
    var inverse = [Double](repeating: 0, count: n * n)
    for i in 0..<n { inverse[i * n + i] = 1 }
    ow_ports_eliminate(&a, &inverse, Int32(n), Int32(n))
    return inverse
  }
}
