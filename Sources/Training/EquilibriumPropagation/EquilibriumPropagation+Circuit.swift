import Circuits
import DeviceModels
import LinearAlgebra
import Networks

/// The steady states of one sample in a circuit, volts.
private struct CircuitPhases: Sendable {
  var inputs: [Double]
  var free: UnitState
  /// What is compared; or the free state and its derivative by β in volts per siemens.
  var first: UnitState
  var second: UnitState
}

extension EquilibriumPropagation {
  /// The same as `changes` for a circuit: steady states are exact, and cells are changed by what they see.
  /// - Throws: `NumericalFailure` where a state is not found; `InputError` where wires do not fit.
  package func circuitChanges(
    _ x: Matrix<Float>, labels: [Int32], step: Int, gain: Float = 1
  ) throws -> Step {
    guard let hardware else { preconditionFailure("a circuit") }
    let nudgings = nudgings(step: step)
    let system = try LayeredSystem(hardware.circuit(of: network))
    var later = system
    if gradient == .equilibriumPropagation, let drifted = hardware.drifted(network, key: key) {
      later = try LayeredSystem(hardware.circuit(of: drifted))
    }
    let after = later
    let groups = Self.groups(x.rowCount)
    let found = try Self.mapped(groups) { samples in
      Result {
        try samples.map {
          try circuitPhases(x, $0, label: Int(labels[$0]), nudgings, system, after)
        }
      }
    }.map { try $0.get() }
    let phases = withReadErrors(Array(found.joined()), hardware, step: step)
    var result = summary(
      [relative(phases, hardware)], labels: labels, nudgings: nudgings, gain: gain)
    // dC/dw in states²: dC/dG·(siemens of a weight of 1)/(volts of a state of 1)².
    let unit = hardware.conductanceUnit / (hardware.voltageUnit * hardware.voltageUnit)
    let perNudge = gradient == .equilibriumPropagation ? unit / hardware.conductanceUnit : unit
    for k in 0..<network.layerCount {
      let scale = Double(scale(result, nudgings) * rates[k]) * perNudge
      result.denseChanges.append(
        try contrast(k, phases, system, after).map { Float(-scale * $0) })
    }
    return result
  }

  /// The outputs of the free states of a circuit, in states: samples × outputs.
  /// - Throws: as `circuitChanges`.
  package func circuitOutputs(_ x: Matrix<Float>) throws -> Matrix<Float> {
    guard let hardware else { preconditionFailure("a circuit") }
    let system = try LayeredSystem(hardware.circuit(of: network))
    let parts = try Self.mapped(Self.groups(x.rowCount)) { samples in
      Result {
        try samples.flatMap { s in
          try system.settled(volts(x, s, hardware)).voltages[system.units[network.layerCount - 1]]
            .map { Float($0 / hardware.voltageUnit) }
        }
      }
    }.map { try $0.get() }
    return Matrix(
      rowCount: x.rowCount, columnCount: network.outputCount, elements: Array(parts.joined()))
  }

  /// The voltages of the input lines of a sample.
  private func volts(_ x: Matrix<Float>, _ sample: Int, _ hardware: SettlingHardware) -> [Double] {
    x.elements.withUnsafeBufferPointer {
      network.inputs($0.baseAddress! + sample * x.columnCount, samples: 1)
    }.map { Double($0) * hardware.voltageUnit }
  }

  private func circuitPhases(
    _ x: Matrix<Float>, _ sample: Int, label: Int, _ nudgings: (first: Float, second: Float),
    _ system: LayeredSystem, _ later: LayeredSystem
  ) throws -> CircuitPhases {
    let hardware = hardware!
    let inputs = volts(x, sample, hardware)
    let targets = (0..<network.outputCount).map { $0 == label ? hardware.voltageUnit : 0 }
    let free = try system.settled(inputs)
    func nudge(_ strength: Float) -> LayeredNetwork.Nudge {
      .init(targets: targets, strength: Double(strength) * hardware.conductanceUnit)
    }
    switch gradient {
    case .equilibriumPropagation:
      return CircuitPhases(
        inputs: inputs, free: free,
        first: nudgings.first == 0
          ? free : try system.settled(inputs, nudge: nudge(nudgings.first), from: free),
        second: try later.settled(inputs, nudge: nudge(nudgings.second), from: free))
    case .backpropagation, .truncated:
      return CircuitPhases(
        inputs: inputs, free: free, first: free,
        second: try system.response(
          free, inputs: inputs, targets: targets,
          sweeps: gradient == .truncated ? nudgedSweeps : nil))
    }
  }

  /// States in place of volts, and states per weight in place of volts per siemens; the inputs are left out.
  private func relative(_ phases: [CircuitPhases], _ hardware: SettlingHardware) -> SettledPhases {
    func states(_ unit: Double, _ state: (CircuitPhases) -> UnitState) -> SettlingStates {
      var layers: [[Float]] = [[]]
      var first = 0
      for size in network.sizes.dropFirst() {
        let range = first..<first + size
        layers.append(phases.flatMap { state($0).voltages[range].map { Float($0 / unit) } })
        first += size
      }
      return SettlingStates(found: layers, samples: phases.count)
    }
    let isContrast = gradient == .equilibriumPropagation
    let unit = hardware.voltageUnit
    return SettledPhases(
      free: states(unit, \.free), first: states(unit, \.first),
      second: states(isContrast ? unit : unit / hardware.conductanceUnit, \.second))
  }

  /// The same states as instruments read them.
  private func withReadErrors(
    _ phases: [CircuitPhases], _ hardware: SettlingHardware, step: Int
  ) -> [CircuitPhases] {
    guard hardware.readNoise > 0 else { return phases }
    var result = phases
    var first = 0
    for layer in 1...network.layerCount {
      let size = network.sizes[layer]
      func add(_ phase: Int, _ path: WritableKeyPath<CircuitPhases, UnitState>) {
        let errors = readErrors(layer, phase: phase, step: step, samples: 0..<phases.count)
        for s in phases.indices {
          for j in 0..<size {
            result[s][keyPath: path].voltages[first + j] +=
              Double(errors[s * size + j]) * hardware.voltageUnit
          }
        }
      }
      add(0, \.first)
      if gradient == .equilibriumPropagation { add(1, \.second) }
      first += size
    }
    return result
  }

  /// Σ over samples of the difference of ∂P/∂G between the two states, or of its derivative by β: V² (per siemens), a
  /// number a cell of layer `k`.
  private func contrast(
    _ k: Int, _ phases: [CircuitPhases], _ system: LayeredSystem, _ later: LayeredSystem
  ) throws -> [Double] {
    let hardware = hardware!
    let isContrast = gradient == .equilibriumPropagation
    let inputs = phases.map(\.inputs)
    let a = system.cellVoltages(
      k, inputs: inputs, states: phases.map(\.first), isAtCells: hardware.readsAtCells)
    let still = inputs.map { $0.map { _ in 0.0 } }
    let b = later.cellVoltages(
      k, inputs: isContrast ? inputs : still, states: phases.map(\.second),
      isAtCells: hardware.readsAtCells)
    let layer = system.layered.layers[k]
    let count = a.columnCount
    var sum = [Double](repeating: 0, count: count)
    if layer.law == .ohmic {
      for s in phases.indices {
        for c in 0..<count {
          let (u, v) = (a.elements[s * count + c], b.elements[s * count + c])
          sum[c] += isContrast ? 0.5 * (v * v - u * u) : u * v
        }
      }
      return sum
    }
    for s in phases.indices {
      for c in 0..<count {
        let (g, u, v) = (
          layer.conductances.elements[c], a.elements[s * count + c], b.elements[s * count + c]
        )
        if isContrast {
          sum[c] +=
            layer.law.coContent(conductance: g, voltage: v).perConductance
            - layer.law.coContent(conductance: g, voltage: u).perConductance
        } else {
          sum[c] += layer.law.point(conductance: g, voltage: u).perConductance * v
        }
      }
    }
    return sum
  }
}
