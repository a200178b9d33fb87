import Circuits
import DeviceModels
import InputOutput
import Networks
import PhysicalUnits
import StrictYAML

extension SettlingHardware {
  /// Reads the keys of `rule` that say what the circuit is.
  init(reading node: StrictNode) {
    conductanceUnit = node.quantity("conductance-unit", unit: "S", in: 1e-12...1e3, default: 1e-3)
    voltageUnit = node.quantity("voltage-unit", unit: "V", in: 1e-6...1e3, default: 1)
    segment = Ohms(node.quantity("wires", unit: "Ohm", in: 0...1e6, default: 0))
    let diodes = node.child("diodes")
    if !diodes.exists || diodes.keys.isEmpty {
      _ = node.choice("diodes", of: ["ideal"], default: "ideal")
    } else {
      diode = ExponentialDiode(reading: diodes)
      diodeBias = diodes.quantity("bias", unit: "V", in: 0...100, default: 0)
    }
    if node.has("conduction") { law = ConductionLaw(reading: node.mapping("conduction")) }
    if law != .ohmic, segment.value > 0 {
      node.child("conduction").fault("wires join ohmic cells only: leave out 'wires' or this law")
      law = .ohmic
    }
    readsAtCells =
      node.choice("readings", of: ["at-cells", "at-lines"], default: "at-cells") == "at-cells"
    readNoise = Float(node.quantity("read-noise", unit: "V", in: 0...1e3, default: 0) / voltageUnit)
    let drift = node.mapping("drift", required: false)
    if drift.exists {
      self.drift = PhaseDrift(
        law: ConductanceDrift(reading: drift),
        delay: Seconds(drift.quantity("delay", unit: "s", in: 1e-12...1e9)))
    }
  }

  /// A window in siemens, in weights.
  func window(_ node: StrictNode) -> ClosedRange<Float> {
    let low = node.quantity("minimum", unit: "S", in: 0...1e6, default: 0)
    let high = node.optionalQuantity("maximum", unit: "S", in: 1e-15...1e6) ?? .infinity
    guard low < high else {
      node.fault("minimum \(low) S is not below maximum \(high) S")
      return 0...(.infinity)
    }
    return Float(low / conductanceUnit)...Float(high / conductanceUnit)
  }
}

extension EquilibriumPropagation {
  /// The devices and the in-situ rule under `updates`; `nil` where weights are digital numbers.
  static func pulsed(
    _ setup: TrainingSetup
  ) -> (design: InSituDesign, rule: any InSituRuleSettings)? {
    let updates = setup.rule.child("updates")
    guard updates.exists else { return nil }
    var design = InSituDesign(
      device: InSituDesign.device(reading: setup.device), cells: .single, forward: .ideal,
      backward: .ideal)
    let rule = TrainingRules.updates(reading: updates)
    if !updates.keys.isEmpty { design.scheme = PulseScheme(reading: updates) }
    if setup.rule.has("window") {
      setup.rule.child("window").fault("the bounds of the devices hold their conductances already")
    }
    return (design, rule)
  }

  /// Puts the weights into cells, where these are not ideal.
  mutating func hold(
    _ pulsed: (design: InSituDesign, rule: any InSituRuleSettings)?, _ node: StrictNode
  ) {
    let error = Float(node.number("write-error", in: 0...1, default: 0))
    if let pulsed {
      if error > 0 {
        node.child("write-error").fault("the errors of pulses are those of the device")
      }
      cells = SettlingCells(
        pulsing: network, pulsed.design, pulsed.rule,
        conductanceUnit: hardware?.conductanceUnit ?? 1, key: key)
    } else if error > 0 {
      guard window.upperBound < .infinity else {
        node.child("write-error").fault("is a part of the window's width: 'window' needs a maximum")
        return
      }
      cells = SettlingCells(
        writing: network, error: error * (window.upperBound - window.lowerBound), key: key)
    }
    guard let cells else { return }
    for k in network.matrices.indices { network.matrices[k].set(cells.weights(k, window: window)) }
  }

  /// Faults keys of sweeps where the circuit is solved exactly.
  func checkCircuit(_ node: StrictNode) {
    guard hardware?.isCircuit == true else { return }
    for key in ["step", "sweeps"] where node.has(key) {
      node.child(key).fault(
        "does not count where 'wires', 'diodes' or 'conduction' give a circuit: it is solved exactly"
      )
    }
  }
}
