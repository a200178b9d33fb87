import DeviceModels

/// Any circuit of resistors, cells and ideal connections, with some nodes held at voltages.
struct ResistiveNetwork: Sendable {
  /// What joins two nodes.
  enum Element: Hashable, Sendable {
    /// Ohms; 0 is an ideal connection, infinity none.
    case resistor(Double)
    /// A cell whose memristor has this conductance in siemens; 0 is open, infinity an ideal connection. The overdrive
    /// of its transistor in volts, where that is another than the law's.
    case cell(Double, overdrive: Double?)

    var isIdeal: Bool {
      switch self {
      case .resistor(let ohms): ohms == 0
      case .cell(let conductance, _): conductance == .infinity
      }
    }

    var isOpen: Bool {
      switch self {
      case .resistor(let ohms): ohms == .infinity
      case .cell(let conductance, _): conductance == 0
      }
    }
  }

  /// An element between two nodes; its current counts from `from` to `to`.
  struct Branch: Sendable {
    var from: Int
    var to: Int
    var element: Element
  }

  /// How many nodes there are.
  let nodeCount: Int
  /// The elements.
  let branches: [Branch]
  /// Volts of the nodes that are held.
  let held: [Int: Double]
  /// How the current of every cell follows its voltage.
  let law: CellLaw

  /// The nodes that ideal connections join, as one number a node: that of the first node of its group.
  var groups: [Int] {
    var parent = Array(0..<nodeCount)
    func root(_ node: Int) -> Int {
      var k = node
      while parent[k] != k {
        parent[k] = parent[parent[k]]
        k = parent[k]
      }
      return k
    }
    for branch in branches where branch.element.isIdeal {
      let (a, b) = (root(branch.from), root(branch.to))
      parent[max(a, b)] = min(a, b)
    }
    return (0..<nodeCount).map(root)
  }

  /// Which groups elements join to a node that is held.
  /// - Parameter groups: of every node.
  func reached(_ groups: [Int]) -> [Bool] {
    var neighbors: [[Int]] = Array(repeating: [], count: nodeCount)
    for branch in branches where !branch.element.isIdeal && !branch.element.isOpen {
      let (a, b) = (groups[branch.from], groups[branch.to])
      neighbors[a].append(b)
      neighbors[b].append(a)
    }
    var reached = [Bool](repeating: false, count: nodeCount)
    var queue = held.keys.map { groups[$0] }
    for group in queue { reached[group] = true }
    while let next = queue.popLast() {
      for other in neighbors[next] where !reached[other] {
        reached[other] = true
        queue.append(other)
      }
    }
    return reached
  }

  /// Current and slope of an element that is neither ideal nor open, under `voltage`.
  func point(_ element: Element, _ voltage: Double) -> (current: Double, slope: Double) {
    switch element {
    case .resistor(let ohms): return (voltage / ohms, 1 / ohms)
    case .cell(let conductance, let overdrive):
      let point = law.with(overdrive: overdrive).point(conductance: conductance, voltage: voltage)
      // A saturated transistor's slope may be 0, which would leave its node without equation.
      return (point.current, max(point.slope, 1e-12 * conductance))
    }
  }
}
