/// Currents of elements that fix voltages, which no law gives: they follow from Kirchhoff's law.
extension NetworkSolver {
  /// Adds the currents of ideal connections and voltage sources, from the ends of each tree that they form. Where they form a
  /// loop the split is not determined: the last one of a loop carries nothing.
  ///
  /// - Parameters:
  ///   - currents: amperes of the branches, those of ideal ones 0.
  ///   - fed: amperes that are fed into each node; empty for none.
  /// - Returns: the amperes that each amplifier delivers at its output.
  func addIdealCurrents(_ currents: inout [Double], fed: [Double]) -> [Double] {
    var open = [Double](repeating: 0, count: network.nodeCount)
    for (node, current) in fed.enumerated() { open[node] -= current }
    for (k, branch) in network.branches.enumerated() where !branch.element.isIdeal {
      open[branch.from] += currents[k]
      open[branch.to] -= currents[k]
    }
    let trees = idealTrees
    var delivered = [Double](repeating: 0, count: network.amplifiers.count)
    // What an amplifier draws from its input depends on what it delivers: one round per stage.
    for _ in 0...network.amplifiers.count {
      var leaving = open
      for (amplifier, current) in zip(network.amplifiers, delivered) {
        leaving[amplifier.input] += current / amplifier.gain
      }
      for (node, branch, parent) in trees.reversed() {
        // What leaves the node through other elements comes through the tree.
        let comes = leaving[node]
        currents[branch] = network.branches[branch].from == parent ? comes : -comes
        leaving[parent] += comes
      }
      let next = network.amplifiers.map { leaving[$0.output] }
      if next == delivered { break }
      delivered = next
    }
    return delivered
  }

  /// The nodes that ideal elements reach, after the node that each was reached from: trees that grow from held nodes and the
  /// outputs of amplifiers, which take what is left over, and else from any node.
  private var idealTrees: [(node: Int, branch: Int, parent: Int)] {
    var tree: [[(branch: Int, other: Int)]] = Array(repeating: [], count: network.nodeCount)
    var isOfTree = (0..<network.nodeCount).map { network.held[$0] != nil }
    var parents: [(node: Int, branch: Int, parent: Int)] = []
    for (k, branch) in network.branches.enumerated() where branch.element.isIdeal {
      tree[branch.from].append((k, branch.to))
      tree[branch.to].append((k, branch.from))
    }
    func grow(from roots: [Int]) {
      var queue = roots
      var next = 0
      while next < queue.count {
        let node = queue[next]
        next += 1
        for (branch, other) in tree[node] where !isOfTree[other] {
          isOfTree[other] = true
          parents.append((other, branch, node))
          queue.append(other)
        }
      }
    }
    for amplifier in network.amplifiers { isOfTree[amplifier.output] = true }
    grow(from: network.held.keys.sorted() + network.amplifiers.map(\.output))
    for node in 0..<network.nodeCount where !isOfTree[node] {
      isOfTree[node] = true
      grow(from: [node])
    }
    return parents
  }
}
