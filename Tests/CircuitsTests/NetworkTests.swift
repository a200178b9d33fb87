import Circuits
import DeviceModels
import Foundation
import NumericalMethods
import Randomness
import Testing

/// Networks of any elements: hand calculations, and laws of circuits.
@Suite struct NetworkTests {
  typealias Branch = ResistiveNetwork.Branch

  static let kinds: [RandomCircuits.Kind] = [
    .init(), .init(cells: true), .init(idealDiodes: true), .init(diodes: true),
    .init(sources: true),
    .init(cells: true, idealDiodes: true, sources: true, amplifiers: true),
    .init(cells: true, diodes: true, sources: true, amplifiers: true),
  ]

  @Test(
    "a bridge of ideal diodes rectifies, two thresholds below the amplitude",
    arguments: [-2.0, -0.5, 0.4, 3])
  func rectifier(volts: Double) throws {
    // Node 1 drives against ground 0; the load is between 2 (plus) and 3 (minus).
    let network = ResistiveNetwork(
      nodeCount: 4,
      branches: [
        Branch(from: 1, to: 2, element: .idealDiode(0.3)),
        Branch(from: 3, to: 1, element: .idealDiode(0.3)),
        Branch(from: 0, to: 2, element: .idealDiode(0.3)),
        Branch(from: 3, to: 0, element: .idealDiode(0.3)),
        Branch(from: 2, to: 3, element: .resistor(100)),
        Branch(from: 3, to: 0, element: .resistor(1e6)),
      ], held: [0: 0, 1: volts])
    let state = try network.steadyState()
    let load = state.voltages[2] - state.voltages[3]
    // The megohm that holds the load to ground passes up to a microampere.
    #expect(abs(load - max(0, abs(volts) - 0.6)) < 3e-4)
  }

  @Test("of diodes beside each other, to different rails and in a chain, those that bind conduct")
  func competing() throws {
    // Node 3 is driven to 2 V; rails at 0 (node 0), 0.5 (1) and −1 V (2).
    let network = ResistiveNetwork(
      nodeCount: 6,
      branches: [
        Branch(from: 4, to: 3, element: .resistor(1000)),
        Branch(from: 3, to: 1, element: .idealDiode(0.1)),
        Branch(from: 3, to: 2, element: .idealDiode(1.5)),
        Branch(from: 3, to: 0, element: .idealDiode(0.7)),
        Branch(from: 3, to: 5, element: .idealDiode(0.3)),
        Branch(from: 5, to: 0, element: .idealDiode(0.15)),
        Branch(from: 5, to: 0, element: .resistor(5000)),
        Branch(from: 3, to: 0, element: .idealDiode(0.4)),
      ], held: [0: 0, 1: 0.5, 2: -1, 4: 2])
    let state = try network.steadyState()
    // 0.6 and 0.5 V by the rails, 0.45 V by the chain, 0.4 V by the last.
    #expect(abs(state.voltages[3] - 0.4) < 1e-12)
    #expect(abs(state.voltages[5] - 0.1) < 1e-12)
    #expect(state.conducting == [false, false, false, false, true, false, false, true])
  }

  @Test("an amplifier passes voltage forward and current back, as worked out by hand")
  func amplifier() throws {
    let (gain, source, load, first, second) = (4.0, 1.0, -0.5, 1000.0, 3000.0)
    let network = ResistiveNetwork(
      nodeCount: 5,
      branches: [
        Branch(from: 1, to: 2, element: .resistor(first)),
        Branch(from: 3, to: 4, element: .resistor(second)),
      ], held: [0: 0, 1: source, 4: load], amplifiers: [.init(input: 2, output: 3, gain: gain)])
    let state = try network.steadyState()
    // (source − v)/first = (gain·v − load)/(gain·second)
    let v = (source / first + load / (gain * second)) / (1 / first + 1 / second)
    #expect(abs(state.voltages[2] - v) < 1e-12)
    #expect(abs(state.voltages[3] - gain * v) < 1e-12)
    #expect(abs(state.amplifierCurrents[0] - (gain * v - load) / second) < 1e-15)
    // Behind the amplifier a nudge of β is a conductance of β·gain².
    let cost = NetworkCost([NetworkTarget(node: 3, volts: 0)])
    let limit = (1 / first + 1 / second) / (gain * gain)
    #expect(abs(network.nudgeLimit(cost) / limit - 1) < 1e-12)
    #expect(abs(try network.stableNudgeLimit(cost, at: state) / limit - 1) < 1e-9)
    let bypassed = ResistiveNetwork(
      nodeCount: 5, branches: network.branches + [Branch(from: 2, to: 3, element: .resistor(1e4))],
      held: network.held, amplifiers: network.amplifiers)
    #expect(throws: NumericalFailure.self) { try bypassed.steadyState() }
  }

  @Test(
    "voltage sources between floating nodes shift them, and loops that contradict each other are refused"
  )
  func sources() throws {
    func network(_ more: [Branch]) -> ResistiveNetwork {
      ResistiveNetwork(
        nodeCount: 4,
        branches: [
          Branch(from: 1, to: 2, element: .resistor(1000)),
          Branch(from: 3, to: 2, element: .source(0.25)),
          Branch(from: 3, to: 0, element: .resistor(3000)),
          Branch(from: 0, to: 3, element: .current(1e-4)),
        ] + more, held: [0: 0, 1: 1])
    }
    let state = try network([]).steadyState()
    // (1 − v)/1k + 0.1 mA = (v + 0.25)/3k
    let v = (1e-3 + 1e-4 - 0.25 / 3000) / (1 / 1000.0 + 1 / 3000.0)
    #expect(abs(state.voltages[2] - v) < 1e-12 && abs(state.voltages[3] - v - 0.25) < 1e-12)
    #expect(abs(state.currents[1] + (1 - v) / 1000) < 1e-15)
    let loop = network([Branch(from: 3, to: 2, element: .source(0.3))])
    #expect(throws: NumericalFailure.self) { try loop.steadyState() }
    // A resistor beside a source carries current without changing any voltage.
    let beside = try network([Branch(from: 3, to: 2, element: .resistor(50))]).steadyState()
    #expect(abs(beside.voltages[2] - v) < 1e-12 && abs(beside.currents[4] - 0.005) < 1e-15)
  }

  @Test(
    "a current beside an ideal diode goes through the diode where it conducts",
    arguments: [-3e-4, -1e-5, 1e-5, 3e-4])
  func beside(amperes: Double) throws {
    // A source of current and a conductance in series with a voltage, both from ground to a node that a diode holds above 0 V.
    let network = ResistiveNetwork(
      nodeCount: 3,
      branches: [
        Branch(from: 0, to: 1, element: .current(amperes)),
        Branch(from: 1, to: 0, element: .conductor(2e-4, volts: 0.1)),
        Branch(from: 2, to: 1, element: .resistor(10_000)),
        Branch(from: 0, to: 1, element: .idealDiode(0)),
      ], held: [0: 0, 2: -0.5])
    let state = try network.steadyState()
    // What flows into the node where it is at 0 V: I + g·V − 0.5 V/R.
    let sum = amperes + 2e-5 - 5e-5
    #expect(abs(state.voltages[1] - max(0, sum) / 3e-4) < 1e-12)
    #expect(abs(state.currents[3] - max(0, -sum)) < 1e-15)
    #expect(state.currents[0] == amperes)
    let powers = network.powers(at: state)
    #expect(abs(powers.delivered - powers.dissipated) < 1e-9 * powers.dissipated)
  }

  @Test("what sources deliver is what elements take, and Kirchhoff's law holds", arguments: 0..<28)
  func power(seed: Int) throws {
    let network = RandomCircuits.network(
      6 + seed * 3, seed: seed, Self.kinds[seed % Self.kinds.count])
    let state = try network.steadyState()
    #expect(state.residual <= 1e-10)
    var leaving = [Double](repeating: 0, count: network.nodeCount)
    for (branch, current) in zip(network.branches, state.currents) {
      leaving[branch.from] += current
      leaving[branch.to] -= current
    }
    for (amplifier, current) in zip(network.amplifiers, state.amplifierCurrents) {
      leaving[amplifier.input] += current / amplifier.gain
      leaving[amplifier.output] -= current
    }
    let largest = state.currents.map(abs).max()!
    for node in leaving.indices where network.held[node] == nil {
      #expect(abs(leaving[node]) < 1e-9 * largest)
    }
    let powers = network.powers(at: state)
    #expect(abs(powers.delivered - powers.dissipated) < 1e-9 * abs(powers.dissipated))
    #expect(powers.dissipated > 0)
    for (k, branch) in network.branches.enumerated() {
      guard case .idealDiode(let threshold) = branch.element else { continue }
      #expect(network.voltage(ofBranch: k, at: state) <= threshold + 1e-9)
      #expect(state.currents[k] >= -1e-9 * largest)
      let isTight = abs(network.voltage(ofBranch: k, at: state) - threshold) < 1e-9
      #expect(isTight || state.currents[k] == 0)
    }
  }

  @Test(
    "the co-content is stationary at the steady state, behind amplifiers too", arguments: 0..<12)
  func stationary(seed: Int) throws {
    let kind = RandomCircuits.Kind(cells: true, diodes: seed % 2 == 0, amplifiers: true)
    let network = RandomCircuits.network(12 + seed, seed: 40 + seed, kind)
    let state = try network.steadyState(tolerance: 1e-12)
    let size = abs(try network.coContent(voltages: state.voltages))
    let outputs = Set(network.amplifiers.map(\.output))
    for node in 0..<network.nodeCount
    where network.held[node] == nil && !outputs.contains(node) {
      func moved(_ d: Double) throws -> Double {
        var voltages = state.voltages
        voltages[node] += d
        for amplifier in network.amplifiers where amplifier.input == node {
          voltages[amplifier.output] += amplifier.gain * d
        }
        return try network.coContent(voltages: voltages)
      }
      let (up, down) = (try moved(1e-4), try moved(-1e-4))
      // A minimum: higher on both sides, by the same amount but for the third order.
      #expect(up + down - 2 * size > 0)
      #expect(abs(up - down) < 0.01 * (up + down - 2 * size) + 1e-15 * size)
    }
  }

  @Test("the implicit gradient is that of finite differences", arguments: 0..<12)
  func gradient(seed: Int) throws {
    let kind = RandomCircuits.Kind(
      cells: true, idealDiodes: seed % 3 == 0, diodes: seed % 3 == 1, sources: true,
      amplifiers: seed % 2 == 0)
    let network = RandomCircuits.network(10, seed: 60 + seed, kind)
    let cost = NetworkCost([
      NetworkTarget(node: 3, volts: 0.7), NetworkTarget(node: 5, reference: 6, volts: -0.2),
    ])
    let state = try network.steadyState(tolerance: 1e-12)
    let exact = try network.gradient(of: cost.slopes(state.voltages), at: state)
    let size = exact.map(abs).max()!
    for k in stride(from: 0, to: network.branches.count, by: 3) {
      func value(_ change: Double) throws -> Double? {
        var branches = network.branches
        switch branches[k].element {
        case .resistor(let ohms): branches[k].element = .resistor(1 / (1 / ohms + change))
        case .cell(let conductance, let law, _):
          branches[k].element = .cell(conductance + change, law: law)
        default: return nil
        }
        let changed = ResistiveNetwork(
          nodeCount: network.nodeCount, branches: branches, held: network.held,
          laws: network.laws, amplifiers: network.amplifiers)
        return cost.value(try changed.steadyState(tolerance: 1e-12, from: state).voltages)
      }
      let step = 1e-8
      guard let up = try value(step), let down = try value(-step) else {
        #expect(exact[k] == 0)
        continue
      }
      #expect(abs((up - down) / (2 * step) - exact[k]) < 1e-4 * size)
    }
  }

  @Test(
    "the centered contrast points along the gradient where no ideal diode switches between its phases"
  )
  func contrast() throws {
    var switching = 0
    for seed in 0..<100 {
      let (layered, inputs, targets) = RandomCircuits.layered(seed: seed)
      let (cosine, isSame) = try Self.cosine(layered, inputs, targets)
      // At a switch the gradient itself jumps: some 3 % of such networks have one within ±0.1 S.
      #expect(cosine > (isSame ? 0.99999 : 0.97), "seed \(seed)")
      if !isSame { switching += 1 }
    }
    #expect(switching <= 10)
  }

  @Test("and with exponential diodes, sinh memristors and amplifiers between layers")
  func nonlinearContrast() throws {
    let diode = ExponentialDiode(
      saturationCurrent: 1e-6, emissionVoltage: 0.05, seriesResistance: 0.001)
    for seed in 0..<100 {
      let (layered, inputs, targets) = RandomCircuits.layered(
        seed: seed, law: RandomCircuits.sinh, diode: diode, gain: seed % 2 == 0 ? 1 : 2)
      let cosine = try Self.cosine(layered, inputs, targets).value
      #expect(cosine > 0.99, "seed \(seed)")
    }
  }

  /// The cosine of the contrast at ±0.1 S with the implicit gradient, and whether the same ideal diodes conduct in all phases.
  private static func cosine(
    _ layered: LayeredNetwork, _ inputs: [Double], _ targets: [Double]
  ) throws -> (value: Double, isSame: Bool) {
    let circuit = try LayeredCircuit(layered, inputs: inputs)
    let (network, cost) = (circuit.network, circuit.cost(targets))
    let free = try network.steadyState()
    let exact = try network.gradient(of: cost.slopes(free.voltages), at: free)
    let plus = try network.nudgedState(cost, strength: 0.1, from: free)
    let minus = try network.nudgedState(cost, strength: -0.1, from: free)
    let found = try network.contrast(plus, 0.1, minus, -0.1)
    let isSame = [plus, minus].allSatisfy {
      Array($0.conducting[..<network.branches.count]) == free.conducting
    }
    return (GoldenNetworkTests.cosine(found, exact).cosine, isSame)
  }

  @Test("crossbars with wires come to the ideal network as their wires do, in the first order")
  func wires() throws {
    let (layered, inputs, _) = RandomCircuits.layered(seed: 5)
    let ideal = try LayeredCircuit(layered, inputs: inputs)
    let exact = ideal.voltages(try ideal.network.steadyState())
    func error(_ ohms: Double) throws -> Double {
      var wired = layered
      for l in wired.layers.indices {
        wired.layers[l].wires = UniformWires(
          wordSegment: .init(ohms), bitSegment: .init(ohms), source: .init(ohms),
          sense: .init(ohms))
      }
      let circuit = try LayeredCircuit(wired, inputs: inputs)
      let found = circuit.voltages(try circuit.network.steadyState())
      return zip(found, exact).map { GoldenNetworkTests.distance($0, $1) }.max()!
    }
    let errors = try [1e-4, 1e-5, 0].map(error)
    #expect(errors[0] > 1e-5 && abs(errors[0] / errors[1] - 10) < 0.5 && errors[2] < 1e-12)
  }

  @Test(
    "ngspice finds the same voltages for random networks of up to 200 nodes",
    .enabled(if: Ngspice.executable != nil, NgspiceTests.missing), arguments: 0..<21)
  func ngspice(seed: Int) throws {
    let network = RandomCircuits.network(
      20 + seed * 9, seed: 80 + seed, Self.kinds[seed % Self.kinds.count])
    let state = try network.steadyState(tolerance: 1e-12)
    let deviation = try Ngspice.deviation(
      of: state, in: network, from: Ngspice.printed(by: network.spiceNetlist(at: state)))
    #expect(deviation < 1e-6)
  }
}
