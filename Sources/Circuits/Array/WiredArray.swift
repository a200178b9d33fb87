internal import CArrayKernels
import InputOutput
import LinearAlgebra
import PhysicalUnits

/// Wire resistances that are the same along every line of one kind.
public struct UniformWires: Hashable, Sendable {
  /// Between neighboring cells of a word line.
  public var wordSegment: Ohms
  /// Between neighboring cells of a bit line.
  public var bitSegment: Ohms
  /// Between a source and its word line's first cell.
  public var source: Ohms
  /// Between a bit line's last cell and its virtual ground.
  public var sense: Ohms

  /// Wires of given resistances, 0 or more; 0 is an ideal conductor.
  public init(wordSegment: Ohms, bitSegment: Ohms, source: Ohms, sense: Ohms) {
    self.wordSegment = wordSegment
    self.bitSegment = bitSegment
    self.source = source
    self.sense = sense
  }

  static let ideal = UniformWires(
    wordSegment: Ohms(0), bitSegment: Ohms(0), source: Ohms(0), sense: Ohms(0))

  private var all: [(name: String, ohms: Double)] {
    [
      ("word-line resistances", source.value), ("word-line resistances", wordSegment.value),
      ("bit-line resistances", sense.value), ("bit-line resistances", bitSegment.value),
    ]
  }

  var isUnbroken: Bool { all.allSatisfy { $0.ohms.isFinite } }

  fileprivate func check() throws(InputError) {
    guard let wrong = all.first(where: { !($0.ohms >= 0) }) else { return }
    throw InputError(
      "array", at: wrong.name, "are \(wrong.ohms), 0 or more, or infinity, is expected")
  }
}

/// A crossbar of linear cells with the resistance of its wires.
///
/// Word line i is a row. It is driven at its left end, and open at its right. Bit line j is a
/// column. It ends in a virtual ground below row M − 1, and is open above row 0. Cell (i, j) connects
/// the two lines where they cross.
public struct WiredArray: Sendable {
  /// Cell conductances in siemens, M × N. 0 is an open cell, a large value a short.
  public let conductances: Matrix<Double>
  private let wires: Wires

  private enum Wires: Sendable {
    case uniform(UniformWires)
    case each(words: Matrix<Double>, bits: Matrix<Double>)
  }

  /// The wires where they were given as uniform ones.
  public var uniformWires: UniformWires? {
    if case .uniform(let wires) = wires { wires } else { nil }
  }

  /// Ohms of the word-line segment to the left of each cell; in column 0 between the source and the
  /// line. 0 is ideal, infinity broken.
  /// - Complexity: O(M·N) where the wires are uniform.
  public var wordLineResistances: Matrix<Double> {
    switch wires {
    case .each(let words, _): return words
    case .uniform(let wires):
      var ohms = Matrix(
        rowCount: rowCount, columnCount: columnCount, repeating: wires.wordSegment.value)
      for i in 0..<rowCount { ohms[i, 0] = wires.source.value }
      return ohms
    }
  }

  /// Ohms of the bit-line segment below each cell; in row M − 1 between the line and its virtual
  /// ground. 0 is ideal, infinity broken.
  /// - Complexity: O(M·N) where the wires are uniform.
  public var bitLineResistances: Matrix<Double> {
    switch wires {
    case .each(_, let bits): return bits
    case .uniform(let wires):
      var ohms = Matrix(
        rowCount: rowCount, columnCount: columnCount, repeating: wires.bitSegment.value)
      for j in 0..<columnCount { ohms[rowCount - 1, j] = wires.sense.value }
      return ohms
    }
  }

  /// The number of word lines, M.
  public var rowCount: Int { conductances.rowCount }
  /// The number of bit lines, N.
  public var columnCount: Int { conductances.columnCount }

  /// An array whose every segment has its own resistance.
  /// - Throws: `InputError` where the array is empty, the shapes differ, a conductance is negative or
  ///   not finite, or a resistance is negative or not a number.
  public init(
    conductances: Matrix<Double>, wordLineResistances: Matrix<Double>,
    bitLineResistances: Matrix<Double>
  ) throws(InputError) {
    try Self.check(conductances)
    for (name, wires) in [
      ("word-line resistances", wordLineResistances),
      ("bit-line resistances", bitLineResistances),
    ] {
      guard
        wires.rowCount == conductances.rowCount, wires.columnCount == conductances.columnCount
      else {
        throw InputError(
          "array", at: name,
          "are \(wires.rowCount)×\(wires.columnCount), \(conductances.rowCount)×\(conductances.columnCount) as the cells is expected"
        )
      }
      try Self.check(wires, name, "0 or more, or infinity") { $0 >= 0 }
    }
    self.init(checked: conductances, .each(words: wordLineResistances, bits: bitLineResistances))
  }

  /// An array whose wires are uniform.
  /// - Throws: `InputError` as the other initializer.
  public init(conductances: Matrix<Double>, wires: UniformWires) throws(InputError) {
    try Self.check(conductances)
    try wires.check()
    self.init(checked: conductances, .uniform(wires))
  }

  /// The same wires with other cells, which are known to be 0 or more and finite.
  func replacing(_ conductances: Matrix<Double>) -> WiredArray {
    WiredArray(checked: conductances, wires)
  }

  /// The same, with a resistance for each segment.
  var withEachSegment: WiredArray {
    WiredArray(checked: conductances, .each(words: wordLineResistances, bits: bitLineResistances))
  }

  /// The same, with uniform wires where all segments of a kind are alike.
  var withUniformWires: WiredArray {
    guard case .each(let words, let bits) = wires else { return self }
    let (m, n) = (rowCount, columnCount)
    let found = UniformWires(
      wordSegment: Ohms(words[0, n - 1]), bitSegment: Ohms(bits[0, 0]), source: Ohms(words[0, 0]),
      sense: Ohms(bits[m - 1, 0]))
    var isUniform = true
    for i in 0..<m {
      let below = i == m - 1 ? found.sense.value : found.bitSegment.value
      isUniform = isUniform && words.elements[i * n] == found.source.value
      for k in i * n + 1..<(i + 1) * n {
        isUniform = isUniform && words.elements[k] == found.wordSegment.value
      }
      for k in i * n..<(i + 1) * n { isUniform = isUniform && bits.elements[k] == below }
      if !isUniform { return self }
    }
    return WiredArray(checked: conductances, .uniform(found))
  }

  /// The same circuit read backwards: sources where the bit lines end, virtual grounds where the word
  /// lines begin.
  ///
  /// It is the array turned by a quarter and mirrored: its cell (N − 1 − j, M − 1 − i) is cell (i, j),
  /// its input N − 1 − j drives bit line j, and its output M − 1 − i is the current of word line i.
  public var turned: WiredArray {
    func turn(_ matrix: Matrix<Double>) -> Matrix<Double> {
      let t = matrix.transposed()
      return Matrix(
        rowCount: t.rowCount, columnCount: t.columnCount, elements: t.elements.reversed())
    }
    let cells = turn(conductances)
    switch wires {
    case .each(let words, let bits):
      return WiredArray(checked: cells, .each(words: turn(bits), bits: turn(words)))
    case .uniform(let wires):
      let turned = UniformWires(
        wordSegment: wires.bitSegment, bitSegment: wires.wordSegment, source: wires.sense,
        sense: wires.source)
      return WiredArray(checked: cells, .uniform(turned))
    }
  }

  private init(checked conductances: Matrix<Double>, _ wires: Wires) {
    self.conductances = conductances
    self.wires = wires
  }

  private static func check(_ conductances: Matrix<Double>) throws(InputError) {
    guard conductances.rowCount > 0, conductances.columnCount > 0 else {
      throw InputError("array", at: "conductances", "is empty, one cell or more is expected")
    }
    guard ow_cells_are_passive(conductances.elements, conductances.elements.count) == 0 else {
      return
    }
    try check(conductances, "conductances", "a finite number of 0 or more") {
      $0 >= 0 && $0.isFinite
    }
  }

  private static func check(
    _ matrix: Matrix<Double>, _ name: String, _ allowed: String, _ isAllowed: (Double) -> Bool
  ) throws(InputError) {
    guard let k = matrix.elements.firstIndex(where: { !isAllowed($0) }) else { return }
    throw InputError(
      "array", at: "\(name), row \(k / matrix.columnCount), column \(k % matrix.columnCount)",
      "is \(matrix.elements[k]), \(allowed) is expected")
  }
}
