/// Which ideal diodes of a network conduct, as principal pivoting changes them.
///
/// Conducting diodes, ideal connections and voltage sources fix differences of voltages; held nodes are fixed to each other.
/// They form trees: a diode that would close a loop takes the place of one in the loop whose current it takes over.
struct ConductingDiodes {
  private let branches: [ResistiveNetwork.Branch]
  /// Whether each branch is an ideal diode that conducts.
  private(set) var conducting: [Bool]
  /// The elements that fix voltages, by node; −1 joins held nodes.
  private var links: [[(node: Int, branch: Int)]]

  init(_ network: ResistiveNetwork, _ conducting: [Bool]) {
    branches = network.branches
    self.conducting = conducting
    links = Array(repeating: [], count: network.nodeCount)
    for (k, branch) in branches.enumerated() where branch.element.isIdeal || conducting[k] {
      link(k)
    }
    let rails = network.held.keys.sorted()
    for rail in rails.dropFirst() {
      links[rail].append((rails[0], -1))
      links[rails[0]].append((rail, -1))
    }
  }

  private mutating func link(_ k: Int) {
    links[branches[k].from].append((branches[k].to, k))
    links[branches[k].to].append((branches[k].from, k))
  }

  /// Lets a diode block.
  mutating func open(_ k: Int) {
    conducting[k] = false
    links[branches[k].from].removeAll { $0.branch == k }
    links[branches[k].to].removeAll { $0.branch == k }
  }

  /// Lets a diode conduct. Where its ends are fixed to each other already, the diode on the way between them that conducts the
  /// same way with the least current blocks instead; where there is none, nothing changes.
  mutating func close(_ k: Int, currents: [Double]) {
    if let way = way(from: branches[k].from, to: branches[k].to) {
      guard
        let least = way.min(by: { (currents[$0], $0) < (currents[$1], $1) })
      else { return }
      open(least)
    }
    conducting[k] = true
    link(k)
  }

  /// The conducting diodes that point forward on the way from one node to another; `nil` where there is no way.
  private func way(from start: Int, to end: Int) -> [Int]? {
    var before: [Int: (node: Int, branch: Int)] = [start: (start, -1)]
    var queue = [start]
    while let node = queue.popLast(), before[end] == nil {
      for (other, branch) in links[node] where before[other] == nil {
        before[other] = (node, branch)
        queue.append(other)
      }
    }
    guard before[end] != nil else { return nil }
    var diodes: [Int] = []
    var node = end
    while node != start, let (previous, branch) = before[node] {
      if branch >= 0, conducting[branch], branches[branch].from == previous {
        diodes.append(branch)
      }
      node = previous
    }
    return diodes
  }
}
