import Circuits
import DeviceModels
import LinearAlgebra
import Randomness

/// Random networks of every kind of element.
enum RandomCircuits {
  /// What a random network contains besides resistors.
  struct Kind {
    var cells = false
    var idealDiodes = false
    var diodes = false
    var sources = false
    var amplifiers = false
  }

  static let sinh = CellLaw(.sinh(steepness: 1.5))
  static let diode = ExponentialDiode(
    saturationCurrent: 1e-9, emissionVoltage: 0.04, seriesResistance: 200)

  /// A connected network of about `count` nodes: node 0 is ground, the last three are held at 1, −0.7 and 0.4 V.
  static func network(_ count: Int, seed: Int, _ kind: Kind) -> ResistiveNetwork {
    var stream = RandomStream(StreamKey(seed: UInt64(seed)).child("network"))
    var branches: [ResistiveNetwork.Branch] = []
    func ohms() -> Double { 1000 * (1 + 20 * stream.uniform()) }
    func add(_ from: Int, _ to: Int, _ element: ResistiveNetwork.Element) {
      if from != to { branches.append(.init(from: from, to: to, element: element)) }
    }
    func bond() -> ResistiveNetwork.Element {
      kind.cells && stream.uniform() < 0.5 ? .cell(1 / ohms()) : .resistor(ohms())
    }
    // A tree that reaches every node, and as many elements again.
    for node in 1..<count { add(node, stream.index(below: node), bond()) }
    for _ in 0..<count { add(stream.index(below: count), stream.index(below: count), bond()) }
    let rails = [count: 1.0, count + 1: -0.7, count + 2: 0.4]
    for rail in rails.keys.sorted() {
      for _ in 0..<max(1, count / 8) { add(rail, stream.index(below: count), .resistor(ohms())) }
    }
    for _ in 0..<(kind.idealDiodes ? max(2, count / 4) : 0) {
      let to = stream.uniform() < 0.5 ? count + stream.index(below: 3) : stream.index(below: count)
      add(stream.index(below: count), to, .idealDiode(0.3 * stream.uniform()))
    }
    for _ in 0..<(kind.diodes ? max(2, count / 4) : 0) {
      add(stream.index(below: count), stream.index(below: count + 3), .diode(diode))
    }
    var nodes = count + 3
    if kind.sources {
      for _ in 0..<max(1, count / 10) {
        add(
          stream.index(below: count), stream.index(below: count),
          .current(1e-4 * (stream.uniform() - 0.5)))
        // A voltage source in a branch of its own.
        add(stream.index(below: count), nodes, .source(stream.uniform() - 0.5))
        add(nodes, stream.index(below: count), .resistor(ohms()))
        nodes += 1
      }
    }
    var amplifiers: [ResistiveNetwork.Amplifier] = []
    if kind.amplifiers {
      // Stages of their own behind amplifiers, which share only held nodes with the first.
      for k in 0..<2 {
        let (input, output) = (1 + stream.index(below: count - 1), nodes)
        amplifiers.append(.init(input: input, output: output, gain: 2 + Double(k)))
        add(output, nodes + 1, .resistor(ohms()))
        add(nodes + 1, count, .resistor(ohms()))
        add(nodes + 1, 0, bond())
        if kind.idealDiodes { add(nodes + 1, 0, .idealDiode(0.2)) }
        nodes += 2
      }
    }
    return ResistiveNetwork(
      nodeCount: nodes, branches: branches, held: rails.merging([0: 0]) { $1 }, laws: [sinh],
      amplifiers: amplifiers)
  }

  /// A layered network with inputs in pairs, a hidden layer between diodes and linear outputs, and its inputs.
  static func layered(
    seed: Int, law: CellLaw = .ohmic, diode: ExponentialDiode? = nil, gain: Double = 1
  ) -> (network: LayeredNetwork, inputs: [Double], targets: [Double]) {
    var stream = RandomStream(StreamKey(seed: UInt64(seed)).child("layered"))
    let (x, hidden, outputs) = (
      5 + stream.index(below: 8), 16 + stream.index(below: 25), 2 + stream.index(below: 4)
    )
    func cells(_ rows: Int, _ columns: Int) -> Matrix<Double> {
      Matrix(
        rowCount: rows, columnCount: columns,
        elements: (0..<rows * columns).map { _ in 0.05 + stream.uniform() })
    }
    let network = LayeredNetwork(layers: [
      .init(
        conductances: cells(2 * x, hidden),
        bounds: LayeredNetwork.excitatoryAndInhibitory(hidden), law: law, diode: diode, gain: gain),
      .init(conductances: cells(hidden, outputs), bounds: LayeredNetwork.linear(outputs), law: law),
    ])
    let inputs = LayeredNetwork.doubled((0..<x).map { _ in 2 * stream.uniform() - 1 }, gain: 3)
    return (network, inputs, (0..<outputs).map { _ in stream.uniform() - 0.5 })
  }
}
