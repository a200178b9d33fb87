import NumericalMethods

/// The nodes of a network whose voltages follow from one unknown x each: v = scale·x + offset.
///
/// Ideal connections and voltage sources fix differences, amplifiers ratios. The unknown of a group is the voltage of its
/// root, the first of its nodes.
struct NodeGroups {
  /// The root of each node.
  private(set) var roots: [Int]
  /// dv/dx of each node; 1 without amplifiers.
  private(set) var scales: [Double]
  /// Volts of each node where its root is at 0 V; 0 without voltage sources.
  private(set) var offsets: [Double]
  /// The voltage gain of the amplifiers before each node, g: what is there counts with 1/g² in the co-content.
  private(set) var gains: [Double]

  /// - Throws: `NumericalFailure` where ideal elements contradict each other, or something bypasses an amplifier.
  init(_ network: ResistiveNetwork) throws(NumericalFailure) {
    roots = Array(0..<network.nodeCount)
    scales = Array(repeating: 1, count: network.nodeCount)
    offsets = Array(repeating: 0, count: network.nodeCount)
    gains = []
    for branch in network.branches where branch.element.isIdeal {
      var volts = 0.0
      if case .source(let value) = branch.element { volts = value }
      try join(branch.to, branch.from, scale: 1, offset: volts)
    }
    for amplifier in network.amplifiers {
      try join(amplifier.input, amplifier.output, scale: amplifier.gain, offset: 0)
    }
    for node in 0..<network.nodeCount { resolve(node) }
    gains = try network.amplifiers.isEmpty ? scales : stages(network)
  }

  /// Adds v(second) = scale·v(first) + offset.
  private mutating func join(
    _ first: Int, _ second: Int, scale: Double, offset: Double
  ) throws(NumericalFailure) {
    resolve(first)
    resolve(second)
    let (a, b) = (roots[first], roots[second])
    // scales[second]·x_b + offsets[second] = factor·x_a + rest
    let factor = scale * scales[first]
    let rest = scale * offsets[first] + offset
    guard a == b else {
      if a < b {
        (roots[b], scales[b]) = (a, factor / scales[second])
        offsets[b] = (rest - offsets[second]) / scales[second]
      } else {
        (roots[a], scales[a]) = (b, scales[second] / factor)
        offsets[a] = (offsets[second] - rest) / factor
      }
      return
    }
    guard abs(factor - scales[second]) <= 1e-12 * factor else {
      throw NumericalFailure("ideal connections join the input of an amplifier to its output")
    }
    let size = max(abs(rest), abs(offsets[second]), abs(offset))
    guard abs(rest - offsets[second]) <= 1e-12 * size else {
      throw NumericalFailure(
        "voltage sources form a loop of \(rest - offsets[second]) V")
    }
  }

  /// Makes the root of `node` the first node of its group.
  private mutating func resolve(_ node: Int) {
    var path: [Int] = []
    var k = node
    while roots[k] != k {
      path.append(k)
      k = roots[k]
    }
    // From the root outward; the parent of each is resolved before it.
    for member in path.reversed() {
      let parent = roots[member]
      offsets[member] += scales[member] * offsets[parent]
      scales[member] *= scales[parent]
      roots[member] = k
    }
  }

  /// The gain of the amplifiers before each node: elements join nodes of one stage, except for held ones.
  private func stages(_ network: ResistiveNetwork) throws(NumericalFailure) -> [Double] {
    var isHeld = [Bool](repeating: false, count: network.nodeCount)
    for node in network.held.keys { isHeld[roots[node]] = true }
    var neighbors: [[(node: Int, ratio: Double)]] = Array(repeating: [], count: network.nodeCount)
    for branch in network.branches
    where !branch.element.isOpen && !isHeld[roots[branch.from]] && !isHeld[roots[branch.to]] {
      neighbors[branch.from].append((branch.to, 1))
      neighbors[branch.to].append((branch.from, 1))
    }
    for amplifier in network.amplifiers where !isHeld[roots[amplifier.input]] {
      neighbors[amplifier.input].append((amplifier.output, amplifier.gain))
      neighbors[amplifier.output].append((amplifier.input, 1 / amplifier.gain))
    }
    var gains = [Double](repeating: 0, count: network.nodeCount)
    for start in gains.indices where gains[start] == 0 {
      var members = [start]
      var next = 0
      gains[start] = 1
      while next < members.count {
        let node = members[next]
        next += 1
        for (other, ratio) in neighbors[node] {
          let gain = ratio * gains[node]
          if gains[other] == 0 {
            gains[other] = gain
            members.append(other)
          } else if abs(gain - gains[other]) > 1e-9 * gain {
            throw NumericalFailure(
              "an element joins nodes before and behind an amplifier, so that the network has no co-content"
            )
          }
        }
      }
      // The first stage has gain 1.
      let least = members.reduce(Double.infinity) { min($0, gains[$1]) }
      for node in members { gains[node] /= least }
    }
    return gains
  }
}

extension ResistiveNetwork {
  /// The root of each node's group.
  /// - Precondition: neither voltage sources nor amplifiers, whose loops may contradict each other.
  var groups: [Int] {
    do { return try NodeGroups(self).roots } catch {
      preconditionFailure("ideal connections agree: \(error)")
    }
  }
}
