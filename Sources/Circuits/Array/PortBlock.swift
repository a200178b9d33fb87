internal import CKernels
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
  var followedCount: Int { followed.reduce(0, +) }

  init(given: [Int], followed: [Int], matrix: [Double]) {
    (self.given, self.followed, self.matrix) = (given, followed, matrix)
  }

  /// Two blocks joined where edge `edge` of `a` touches edge `other` of `b`: right to left, or bottom
  /// to top. What follows there on one side is given on the other.
  static func joined(_ a: PortBlock, _ edge: Edge, _ b: PortBlock, _ other: Edge) -> PortBlock {
    let pa = Parts(a, edge)
    let pb = Parts(b, other)
    let k = a.given[edge.rawValue]
    let (ea, eb) = (a.givenCount - k, b.givenCount - k)
    let (fa, fb) = (a.followedCount - k, b.followedCount - k)
    // p, what follows for a: p = (1 − A·B)⁻¹·(A_e·x_a + A·B_e·x_b), and q = B_e·x_b + B·p for b.
    var loop = Dense.product(pa.inner, pb.inner, k, k, k)
    for i in loop.indices { loop[i] = -loop[i] }
    for i in 0..<k { loop[i * k + i] += 1 }
    let inverse = Dense.inverse(loop, k)
    let ab = Dense.product(pa.inner, pb.inFromOuter, k, eb, k)
    let pFromA = Dense.product(inverse, pa.inFromOuter, k, ea, k)
    let pFromB = Dense.product(inverse, ab, k, eb, k)
    let qFromA = Dense.product(pb.inner, pFromA, k, ea, k)
    let qFromB = Dense.product(pb.inner, pFromB, k, eb, k, adding: pb.inFromOuter)
    let aa = Dense.product(pa.outFromInner, qFromA, fa, ea, k, adding: pa.outer)
    let abOuter = Dense.product(pa.outFromInner, qFromB, fa, eb, k)
    let ba = Dense.product(pb.outFromInner, pFromA, fb, ea, k)
    let bb = Dense.product(pb.outFromInner, pFromB, fb, eb, k, adding: pb.outer)
    return assembled(a, edge, b, other, aa, abOuter, ba, bb)
  }

  /// The ports of both blocks, edge after edge, those of `a` before those of `b`.
  private static func assembled(
    _ a: PortBlock, _ edge: Edge, _ b: PortBlock, _ other: Edge, _ aa: [Double], _ ab: [Double],
    _ ba: [Double], _ bb: [Double]
  ) -> PortBlock {
    // A run of ports: where it stands in the part and in the whole, and its length.
    typealias Run = (from: Int, to: Int, count: Int)
    func places(_ sizes: (PortBlock) -> [Int]) -> ([Run], [Run], [Int]) {
      var (sa, sb) = (sizes(a), sizes(b))
      sa[edge.rawValue] = 0
      sb[other.rawValue] = 0
      var (ofA, ofB) = ([Run](), [Run]())
      var (next, fromA, fromB) = (0, 0, 0)
      for e in 0..<4 {
        ofA.append((fromA, next, sa[e]))
        ofB.append((fromB, next + sa[e], sb[e]))
        fromA += sa[e]
        fromB += sb[e]
        next += sa[e] + sb[e]
      }
      return (ofA, ofB, zip(sa, sb).map(+))
    }
    let (givenA, givenB, given) = places(\.given)
    let (followedA, followedB, followed) = places(\.followed)
    let width = given.reduce(0, +)
    let count = width * followed.reduce(0, +)
    let matrix = [Double](unsafeUninitializedCapacity: count) { buffer, filled in
      func put(_ part: [Double], _ rows: [Run], _ columns: [Run]) {
        let partWidth = columns.reduce(0) { $0 + $1.count }
        part.withUnsafeBufferPointer { part in
          guard let source = part.baseAddress, let whole = buffer.baseAddress else { return }
          for rowRun in rows {
            for r in 0..<rowRun.count {
              let from = source + (rowRun.from + r) * partWidth
              let to = whole + (rowRun.to + r) * width
              for run in columns { (to + run.to).update(from: from + run.from, count: run.count) }
            }
          }
        }
      }
      put(aa, followedA, givenA)
      put(ab, followedA, givenB)
      put(ba, followedB, givenA)
      put(bb, followedB, givenB)
      filled = count
    }
    return PortBlock(given: given, followed: followed, matrix: matrix)
  }

  /// The matrix of a block cut at one edge.
  private struct Parts {
    /// On the edge from the edge, on the edge from outside of it, and so on.
    var inner, inFromOuter, outFromInner, outer: [Double]

    init(_ block: PortBlock, _ edge: Edge) {
      let e = edge.rawValue
      let g0 = block.given[..<e].reduce(0, +)
      let f0 = block.followed[..<e].reduce(0, +)
      let g = g0..<g0 + block.given[e]
      let f = f0..<f0 + block.followed[e]
      let (width, height) = (block.givenCount, block.followedCount)
      inner = []
      inFromOuter = []
      outFromInner = []
      outer = []
      inner.reserveCapacity(f.count * g.count)
      inFromOuter.reserveCapacity(f.count * (width - g.count))
      outFromInner.reserveCapacity((height - f.count) * g.count)
      outer.reserveCapacity((height - f.count) * (width - g.count))
      for r in 0..<height {
        let row = block.matrix[r * width..<(r + 1) * width]
        let start = row.startIndex
        let (before, inside, after) = (
          row[..<(start + g.lowerBound)], row[start + g.lowerBound..<start + g.upperBound],
          row[(start + g.upperBound)...]
        )
        if f.contains(r) {
          inner += inside
          inFromOuter += before
          inFromOuter += after
        } else {
          outFromInner += inside
          outer += before
          outer += after
        }
      }
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
      ow_ports_product(a, b, &c, 1, Int32(m), Int32(n), Int32(k))
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
