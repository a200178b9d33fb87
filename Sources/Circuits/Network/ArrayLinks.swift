import DeviceModels
import InputOutput
import LinearAlgebra
import NumericalMethods

/// The elements of an array of ohmic cells between its places: inner nodes (0 …) and terminals (terminal k is −1 − k).
///
/// Nodes that ideal wires join are one place.
struct ArrayLinks {
  /// An element; `a` is an inner node where one of its ends is.
  struct Link {
    let a: Int
    let b: Int
    let siemens: Double
  }

  /// The places of each cell's two ends, row by row.
  private(set) var words: [Int]
  private(set) var bits: [Int]
  /// All elements.
  private(set) var all: [Link]
  /// Those between an inner node and a terminal.
  private(set) var edges: [Link] = []
  private(set) var innerCount = 0

  /// - Throws: `InputError` where conductances or wires are not those of an array.
  /// - Precondition: the law of the cells is Ohm's.
  init(_ layer: LayeredNetwork.Layer) throws(InputError) {
    precondition(layer.law == .ohmic, "ohmic cells")
    let (rows, columns) = (layer.conductances.rowCount, layer.conductances.columnCount)
    let cells = 0..<rows * columns
    guard let wires = layer.wires else {
      words = cells.map { -1 - $0 / columns }
      bits = cells.map { -1 - rows - $0 % columns }
      all = zip(words, bits).enumerated().map {
        Link(a: $1.0, b: $1.1, siemens: layer.conductances.elements[$0])
      }
      return
    }
    let array = ArrayCircuit(try WiredArray(conductances: layer.conductances, wires: wires))
    let network = array.network(.read(Array(repeating: 0, count: rows), columns: columns))
    let p = array.places
    let groups = network.groups
    let isReached = network.reached(groups)
    var places = [Int?](repeating: nil, count: network.nodeCount)
    for k in 0..<rows + columns {
      // Ideal wires join no two terminals: finite cells are between them.
      places[groups[p.wordTerminal(0) + k]] = -1 - k
    }
    for node in 0..<network.nodeCount
    where groups[node] == node && places[node] == nil && isReached[node] && node != p.ground {
      places[node] = innerCount
      innerCount += 1
    }
    func place(_ node: Int) -> Int? { places[groups[node]] }
    // Lines that nothing joins to a terminal carry no current, at the voltage of any terminal.
    words = cells.map { place($0) ?? -1 }
    bits = cells.map { place(p.cells + $0) ?? -1 }
    all = []
    for branch in network.branches where branch.element.isBond {
      guard let a = place(branch.from), let b = place(branch.to), a != b else { continue }
      let siemens = network.point(branch.element, 0).slope
      all.append(Link(a: max(a, b), b: min(a, b), siemens: siemens))
    }
    edges = all.filter { $0.a >= 0 && $0.b < 0 }
  }

  /// The factorized matrix of the inner nodes; `nil` where there is none.
  /// - Throws: `NumericalFailure` where it is singular to working precision.
  func eliminated() throws(NumericalFailure) -> SparseCholesky? {
    guard innerCount > 0 else { return nil }
    var places: [(row: Int, column: Int)] = []
    var values: [Double] = []
    for link in all where link.a >= 0 {
      places.append((link.a, link.a))
      values.append(link.siemens)
      guard link.b >= 0 else { continue }
      places += [(link.b, link.b), (max(link.a, link.b), min(link.a, link.b))]
      values += [link.siemens, -link.siemens]
    }
    let matrix = SparseCholesky(order: innerCount, places: places)
    guard matrix.factorise(values) else {
      throw NumericalFailure(
        "the wires of an array of \(innerCount) inner nodes cannot be eliminated: segments have too little resistance against the cells"
      )
    }
    return matrix
  }
}
