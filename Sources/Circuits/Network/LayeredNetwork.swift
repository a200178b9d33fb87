import DeviceModels
import InputOutput
import LinearAlgebra
import NumericalMethods

/// Units in layers, every two neighboring layers joined by a crossbar whose lines float: no line is held at a virtual
/// ground, so that signals pass in both directions (Scellier, arXiv 2402.11674; Kendall et al., arXiv 2006.01981).
///
/// The inputs are held. A unit is the bit line of the array below it and the word line of the array above it; diodes to
/// bias voltages keep its voltage within bounds, and an amplifier may stand between it and the array above.
package struct LayeredNetwork: Sendable {
  /// A layer of units and the array below it.
  package struct Layer: Sendable {
    /// Siemens of the memristors, units below × units.
    package var conductances: Matrix<Double>
    /// The resistances of the array's lines; `nil` is ideal conductors.
    package var wires: UniformWires?
    /// How the currents of cells follow their voltages.
    package var law: CellLaw
    /// The voltages that the diodes of each unit allow, in volts; an infinite bound has no diode.
    package var bounds: [ClosedRange<Double>]
    /// The diodes; `nil` is ideal ones.
    package var diode: ExponentialDiode?
    /// The voltage gain of the amplifiers behind the units, 1 or more; 1 is none.
    package var gain: Double
    /// Amperes that are fed into each unit; empty for none.
    package var biases: [Double]

    /// A layer; see the members.
    package init(
      conductances: Matrix<Double>, bounds: [ClosedRange<Double>], wires: UniformWires? = nil,
      law: CellLaw = .ohmic, diode: ExponentialDiode? = nil, gain: Double = 1, biases: [Double] = []
    ) {
      precondition(
        bounds.count == conductances.columnCount && gain >= 1
          && (biases.isEmpty || biases.count == bounds.count), "a bound and a bias per unit")
      self.conductances = conductances
      self.bounds = bounds
      self.wires = wires
      self.law = law
      self.diode = diode
      self.gain = gain
      self.biases = biases
    }

    /// How many units it has.
    package var count: Int { conductances.columnCount }
  }

  /// The layers behind the inputs.
  package var layers: [Layer]
  /// Whether outputs are pairs: the voltage of a unit of the first half of the last layer minus that of the second half.
  package var hasOutputPairs: Bool

  /// - Precondition: the sizes of neighboring layers agree; pairs need an even number of units.
  package init(layers: [Layer], hasOutputPairs: Bool = false) {
    precondition(
      !layers.isEmpty
        && zip(layers, layers.dropFirst()).allSatisfy { $0.count == $1.conductances.rowCount }
        && (!hasOutputPairs || layers[layers.count - 1].count % 2 == 0),
      "layers that fit each other")
    self.layers = layers
    self.hasOutputPairs = hasOutputPairs
  }

  /// How many inputs are held.
  package var inputCount: Int { layers[0].conductances.rowCount }

  /// gain·(x, −x): conductances have no sign, so that every input needs its negative.
  package static func doubled(_ x: [Double], gain: Double = 1) -> [Double] {
    x.map { gain * $0 } + x.map { -gain * $0 }
  }

  /// Bounds of `count` units: the first half, rounded up, excitatory (0 V or more), the others inhibitory (0 V or less).
  package static func excitatoryAndInhibitory(_ count: Int) -> [ClosedRange<Double>] {
    (0..<count).map { $0 < (count + 1) / 2 ? 0...Double.infinity : -Double.infinity...0 }
  }

  /// Bounds of linear units: none.
  package static func linear(_ count: Int) -> [ClosedRange<Double>] {
    Array(repeating: -Double.infinity...Double.infinity, count: count)
  }
}

/// A layered network as a circuit, and where its parts are.
package struct LayeredCircuit: Sendable {
  /// The circuit.
  package let network: ResistiveNetwork
  /// The nodes of the inputs, which are held.
  package let inputs: [Int]
  /// The nodes of each layer's units, before their amplifiers.
  package let units: [[Int]]
  /// The branches of each layer's cells, row by row.
  package let cells: [Range<Int>]
  private let hasOutputPairs: Bool

  /// The circuit of `layered` with `inputs` volts at its inputs.
  /// - Throws: `InputError` where conductances or wires are not those of an array.
  package init(_ layered: LayeredNetwork, inputs volts: [Double]) throws(InputError) {
    precondition(volts.count == layered.inputCount, "a voltage per input")
    hasOutputPairs = layered.hasOutputPairs
    var builder = Builder(inputs: volts)
    inputs = builder.below
    for layer in layered.layers { try builder.add(layer) }
    units = builder.units
    cells = builder.cells
    network = ResistiveNetwork(
      nodeCount: builder.nodeCount, branches: builder.branches, held: builder.held,
      laws: builder.laws, amplifiers: builder.amplifiers)
  }

  /// The cost of the outputs against targets in volts.
  package func cost(_ targets: [Double]) -> NetworkCost {
    let outputs = units[units.count - 1]
    let count = hasOutputPairs ? outputs.count / 2 : outputs.count
    precondition(targets.count == count, "a target per output")
    return NetworkCost(
      (0..<count).map {
        NetworkTarget(
          node: outputs[$0], reference: hasOutputPairs ? outputs[count + $0] : nil,
          volts: targets[$0])
      })
  }

  /// The voltages of the units, layer by layer.
  package func voltages(_ state: NetworkState) -> [[Double]] {
    units.map { $0.map { state.voltages[$0] } }
  }

  /// Numbers of branches (such as a gradient) as one matrix per layer.
  package func matrices(_ values: [Double], of layered: LayeredNetwork) -> [Matrix<Double>] {
    zip(cells, layered.layers).map {
      Matrix(
        rowCount: $1.conductances.rowCount, columnCount: $1.count, elements: Array(values[$0]))
    }
  }

  /// Adds layer upon layer; node 0 is ground.
  private struct Builder {
    var nodeCount = 1
    var branches: [ResistiveNetwork.Branch] = []
    var held: [Int: Double] = [0: 0]
    var laws: [CellLaw] = []
    var amplifiers: [ResistiveNetwork.Amplifier] = []
    var units: [[Int]] = []
    var cells: [Range<Int>] = []
    /// The nodes that drive the next array.
    var below: [Int] = []
    private var rails: [Double: Int] = [0: 0]

    init(inputs: [Double]) {
      below = nodes(inputs.count)
      for (node, volts) in zip(below, inputs) { held[node] = volts }
    }

    private mutating func nodes(_ count: Int) -> [Int] {
      nodeCount += count
      return Array(nodeCount - count..<nodeCount)
    }

    private mutating func rail(_ volts: Double) -> Int {
      if let node = rails[volts] { return node }
      let node = nodes(1)[0]
      rails[volts] = node
      held[node] = volts
      return node
    }

    mutating func add(_ layer: LayeredNetwork.Layer) throws(InputError) {
      let own = nodes(layer.count)
      let law = laws.firstIndex(of: layer.law) ?? laws.count
      if law == laws.count { laws.append(layer.law) }
      let first = branches.count
      try addArray(layer, law: law, own)
      cells.append(first..<first + layer.conductances.elements.count)
      units.append(own)
      for (j, node) in own.enumerated() {
        if !layer.biases.isEmpty, layer.biases[j] != 0 {
          branches.append(.init(from: 0, to: node, element: .current(layer.biases[j])))
        }
        let diode = layer.diode.map { ResistiveNetwork.Element.diode($0) } ?? .idealDiode(0)
        let bounds = layer.bounds[j]
        if bounds.upperBound < .infinity {
          branches.append(.init(from: node, to: rail(bounds.upperBound), element: diode))
        }
        if bounds.lowerBound > -.infinity {
          branches.append(.init(from: rail(bounds.lowerBound), to: node, element: diode))
        }
      }
      below = own
      guard layer.gain != 1 else { return }
      below = nodes(own.count)
      for (input, output) in zip(own, below) {
        amplifiers.append(.init(input: input, output: output, gain: layer.gain))
      }
    }

    private mutating func addArray(
      _ layer: LayeredNetwork.Layer, law: Int, _ own: [Int]
    ) throws(InputError) {
      let (rows, columns) = (layer.conductances.rowCount, layer.count)
      guard let wires = layer.wires else {
        for i in 0..<rows {
          for j in 0..<columns {
            branches.append(
              .init(
                from: below[i], to: own[j],
                element: .cell(layer.conductances[i, j], law: law)))
          }
        }
        return
      }
      let array = ArrayCircuit(
        try WiredArray(conductances: layer.conductances, wires: wires), law: layer.law)
      let p = array.places
      let inner = nodes(2 * p.cells)
      func node(_ k: Int) -> Int {
        if k < 2 * p.cells { return inner[k] }
        if k == p.ground { return 0 }
        let terminal = k - 2 * p.cells
        return terminal < p.words ? below[terminal] : own[terminal - p.words]
      }
      let terminals = TerminalVoltages(
        words: Array(repeating: nil, count: rows), bits: Array(repeating: nil, count: columns))
      for branch in array.network(terminals).branches {
        var element = branch.element
        if case .cell(let conductance, _, _) = element { element = .cell(conductance, law: law) }
        branches.append(.init(from: node(branch.from), to: node(branch.to), element: element))
      }
    }
  }
}
