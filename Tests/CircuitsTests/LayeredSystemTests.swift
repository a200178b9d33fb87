import Circuits
import DeviceModels
import Foundation
import LinearAlgebra
import PhysicalUnits
import Randomness
import Testing

/// A layered network reduced to its units has the steady states, the voltages of cells and the gradients of the whole
/// circuit (`ResistiveNetwork`), whatever its wires, diodes and cells are.
@Suite struct LayeredSystemTests {
  enum Kind: String, CaseIterable {
    case ideal, wires, oneWire, longWires, exponential, wiresAndExponential, sinh
    case sinhAndExponential
  }

  static let diode = ExponentialDiode(saturationCurrent: 1e-9, emissionVoltage: 0.04)

  /// 6 inputs, 5 hidden units, 4 hidden units, 3 outputs; microsiemens.
  static func network(_ kind: Kind, seed: UInt64) -> (LayeredNetwork, [Double], [Double]) {
    var stream = RandomStream(StreamKey(seed: seed))
    let sizes = [6, 5, 4, 3]
    func wires(_ word: Double, _ bit: Double, _ end: Double) -> UniformWires {
      UniformWires(
        wordSegment: Ohms(word), bitSegment: Ohms(bit), source: Ohms(end), sense: Ohms(end))
    }
    let lines: UniformWires?
    switch kind {
    case .wires, .wiresAndExponential: lines = wires(10, 10, 10)
    case .oneWire: lines = wires(0, 30, 0)
    case .longWires: lines = wires(2_000, 500, 100)
    default: lines = nil
    }
    let isReal = [.exponential, .wiresAndExponential, .sinhAndExponential].contains(kind)
    let hasLaw = [.sinh, .sinhAndExponential].contains(kind)
    let layers = (1..<sizes.count).map { l in
      LayeredNetwork.Layer(
        conductances: Matrix(
          rowCount: sizes[l - 1], columnCount: sizes[l],
          elements: (0..<sizes[l - 1] * sizes[l]).map { _ in 1e-6 + 149e-6 * stream.uniform() }),
        bounds: l == 3
          ? LayeredNetwork.linear(sizes[l]) : LayeredNetwork.excitatoryAndInhibitory(sizes[l]),
        wires: lines, law: CellLaw(hasLaw ? .sinh(steepness: 2) : .ohmic),
        diode: isReal ? diode : nil, biases: (0..<sizes[l]).map { _ in 1e-5 * stream.uniform() })
    }
    let x = (0..<6).map { _ in 4 * stream.uniform() - 2 }
    let targets = (0..<3).map { _ in stream.uniform() }
    return (LayeredNetwork(layers: layers), x, targets)
  }

  static func distance(_ a: some Collection<Double>, _ b: some Collection<Double>) -> Double {
    let size = b.reduce(0) { max($0, abs($1)) }
    let worst = zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
    // Behind units that ideal diodes hold all gradients are 0.
    return size > 0 ? worst / size : worst
  }

  @Test("states, cells and gradients are those of the whole circuit", arguments: Kind.allCases)
  func exact(kind: Kind) throws {
    for seed in 1...100 {
      let (layered, x, targets) = Self.network(kind, seed: UInt64(seed))
      let circuit = try LayeredCircuit(layered, inputs: x)
      let free = try circuit.network.steadyState()
      let cost = circuit.cost(targets)
      let system = try LayeredSystem(layered)
      let found = try system.settled(x)
      #expect(Self.distance(found.voltages, circuit.voltages(free).joined()) < 1e-8)
      for beta in [2e-5, -2e-5] {
        let wanted = try circuit.network.nudgedState(
          cost, strength: beta, from: free)
        let nudged = try system.settled(
          x, nudge: .init(targets: targets, strength: beta), from: found)
        #expect(Self.distance(nudged.voltages, circuit.voltages(wanted).joined()) < 1e-8)
      }
      let response = try system.response(found, inputs: x, targets: targets)
      let gradients = circuit.matrices(
        try circuit.network.gradient(of: cost.slopes(free.voltages), at: free), of: layered)
      for (l, layer) in layered.layers.enumerated() {
        let cells = system.cellVoltages(l, inputs: [x, x], states: [found, found])
        let wanted = circuit.cells[l].map { k in
          let branch = circuit.network.branches[k]
          return free.voltages[branch.from] - free.voltages[branch.to]
        }
        #expect(Self.distance(cells.elements, wanted + wanted) < 1e-8)
        let slopes = system.cellVoltages(l, inputs: [x.map { _ in 0 }], states: [response])
        let gradient = cells.elements.prefix(wanted.count).indices.map { c in
          layer.law.point(
            conductance: layer.conductances.elements[c], voltage: cells.elements[c]
          ).perConductance * slopes.elements[c]
        }
        #expect(Self.distance(gradient, gradients[l].elements) < 1e-7)
      }
    }
  }

  @Test("readings at lines differ from those at cells by what falls on the wires")
  func lines() throws {
    let (layered, x, _) = Self.network(.wires, seed: 2)
    let system = try LayeredSystem(layered)
    let state = try system.settled(x)
    let cells = system.cellVoltages(0, inputs: [x], states: [state])
    let lines = system.cellVoltages(0, inputs: [x], states: [state], isAtCells: false)
    for i in 0..<6 {
      for j in 0..<5 { #expect(lines[0, i * 5 + j] == x[i] - state.voltages[j]) }
    }
    let difference = Self.distance(lines.elements, cells.elements)
    #expect(difference > 1e-3 && difference < 0.1)
  }

  @Test("sweeps of the adjoint tend to it")
  func sweeps() throws {
    let (layered, x, targets) = Self.network(.wiresAndExponential, seed: 3)
    let system = try LayeredSystem(layered)
    let state = try system.settled(x)
    let exact = try system.response(state, inputs: x, targets: targets)
    let errors = try [1, 4, 16, 400].map {
      Self.distance(
        try system.response(state, inputs: x, targets: targets, sweeps: $0).voltages,
        exact.voltages)
    }
    #expect(zip(errors, errors.dropFirst()).allSatisfy { $0 > $1 })
    #expect(errors[3] < 1e-9)
  }

  @Test(
    "the centered contrast has the direction of the gradient",
    arguments: Kind.allCases)
  func cosine(kind: Kind) throws {
    var (least, compared) = (1.0, 0)
    for seed in 1...100 {
      let (layered, x, targets) = Self.network(kind, seed: UInt64(seed))
      let system = try LayeredSystem(layered)
      let free = try system.settled(x)
      let beta = 5e-6
      let (a, b) = (
        try system.settled(x, nudge: .init(targets: targets, strength: -beta), from: free),
        try system.settled(x, nudge: .init(targets: targets, strength: beta), from: free)
      )
      // A unit whose ideal diode changes sides between the phases has no derivative.
      guard a.sides == b.sides else { continue }
      compared += 1
      let response = try system.response(free, inputs: x, targets: targets)
      var (dot, first, second) = (0.0, 0.0, 0.0)
      for (l, layer) in layered.layers.enumerated() {
        func volts(_ state: UnitState, _ inputs: [Double]) -> [Double] {
          system.cellVoltages(l, inputs: [inputs], states: [state]).elements
        }
        let (u, v, w) = (volts(a, x), volts(b, x), volts(free, x))
        let slopes = volts(response, x.map { _ in 0 })
        for (c, g) in layer.conductances.elements.enumerated() {
          func content(_ v: Double) -> Double {
            layer.law.coContent(conductance: g, voltage: v).perConductance
          }
          let estimate = (content(v[c]) - content(u[c])) / (2 * beta)
          let exact = layer.law.point(conductance: g, voltage: w[c]).perConductance * slopes[c]
          dot += estimate * exact
          first += estimate * estimate
          second += exact * exact
        }
      }
      least = min(least, dot / (first * second).squareRoot())
    }
    #expect(least > 0.999 && compared > 50)
  }

  @Test("a nudge beyond the outputs' conductance is refused")
  func unstable() throws {
    let (layered, x, targets) = Self.network(.wires, seed: 4)
    let system = try LayeredSystem(layered)
    #expect(throws: (any Error).self) {
      _ = try system.settled(x, nudge: .init(targets: targets, strength: -1e-3))
    }
  }
}
