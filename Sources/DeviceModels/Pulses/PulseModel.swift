import InputOutput
import PhysicalUnits
import Randomness
import StrictYAML

/// The `pulses:` section of a device model: how the device answers programming pulses.
///
/// The law works on a state w in units of the paper's own; G = zero + unit·w is the conductance.
///
/// ```yaml
/// pulses:
///   law: exponential-step
///   conductance: {zero: 50 uS, unit: 45 uS}
///   bounds: {minimum: -1, maximum: 1, maximum-spread: 30 %, minimum-spread: 30 %}
///   step: {size: 0.00135, asymmetry: 0.259359, spread: 20 %, asymmetry-spread: 0.05}
///   parameters: {factor-up: -1.18445, …}
///   noise: {cycle: 5, write: 0.10125}
///   check-points:
///     - {state: 0, up: 0.0014, down: -0.001}
/// ```
public struct PulseModel: Sendable, Hashable {
  /// The law's name.
  public var lawName: String
  /// The law's numbers and choices.
  public var parameters: ParameterSet
  /// The law's tables.
  public var nodes: PulseNodes
  /// The conductance at state 0.
  public var zero: Siemens
  /// The conductance by which state 1 is above state 0.
  public var unit: Siemens
  /// The bounds of the state.
  public var bounds: PulseBounds
  /// The size of a step.
  public var step: PulseStep
  /// The noise from pulse to pulse.
  public var noise: PulseNoise
  /// Decay and reset.
  public var relaxation: PulseRelaxation
  /// Devices that no pulse moves.
  public var stuck: StuckDevices
  /// What the law must give.
  public var checkPoints: [CheckPoint]

  /// The nominal device's noise-free changes at one state.
  public struct CheckPoint: Sendable, Hashable {
    /// The state before the pulse.
    public var state: Double
    /// The change by a pulse up.
    public var up: Double
    /// The change by a pulse down, negative.
    public var down: Double
    /// The deviation allowed, relative to the larger change.
    public var tolerance: Double
  }

  /// Reads the section; faults are recorded at the node.
  public init(reading node: StrictNode) {
    let name = node.choice("law", of: PulseLaws.names)
    let type = PulseLaws.named(name) ?? ConstantStep.self
    lawName = type.law
    let scale = node.mapping("conductance")
    zero = Siemens(scale.quantity("zero", unit: "S", in: -1...1))
    unit = Siemens(scale.quantity("unit", unit: "S", in: 1e-15...1))
    bounds = PulseBounds(reading: node.mapping("bounds"))
    step = PulseStep(
      reading: node.mapping("step", required: type.takesStepSize), takesSize: type.takesStepSize)
    noise = PulseNoise(reading: node.mapping("noise", required: false))
    relaxation = PulseRelaxation(
      decay: node.mapping("decay", required: false), reset: node.mapping("reset", required: false))
    stuck = StuckDevices(reading: node.mapping("stuck", required: false), bounds: bounds)

    var numbers: [String: Double] = [:]
    var choices: [String: String] = [:]
    let given = node.mapping(
      "parameters", required: type.parameters.contains { $0.fallback == nil })
    for p in type.parameters {
      numbers[p.key] = given.quantity(p.key, unit: p.unit, in: p.range, default: p.fallback)
    }
    // A reference of 0 stands for the device's own bound.
    if let low = numbers["reference-minimum"], let high = numbers["reference-maximum"], low != 0,
      high != 0, low >= high
    {
      given.fault("'reference-maximum' must be above 'reference-minimum'")
    }
    for choice in type.choices {
      choices[choice.key] = given.choice(choice.key, of: choice.names, default: choice.names[0])
    }
    parameters = ParameterSet(numbers, choices: choices)
    nodes = type.takesNodes ? PulseNodes(reading: node) : PulseNodes()

    checkPoints = node.child("check-points").elements().map { point in
      CheckPoint(
        state: point.number("state"), up: point.number("up"), down: point.number("down"),
        tolerance: point.number("tolerance", in: 0...1, default: 1e-5))
    }
    if bounds.maximum > bounds.minimum { checkPhysics(at: node) }
  }

  /// Records where the nominal device could not be: conductances below 0, a law whose state 0 is outside
  /// of the bounds, or pulses up that lower the conductance.
  private func checkPhysics(at node: StrictNode) {
    let lowest = conductance(of: bounds.minimum).value
    if lowest < -1e-9 * unit.value * (bounds.maximum - bounds.minimum) {
      node.child("bounds").fault(
        "at the lower bound the conductance would be \(lowest) S, 0 S or more is expected: raise 'zero' or 'minimum'"
      )
      return
    }
    if PulseLaws.named(lawName)?.needsZeroBetweenBounds == true,
      !(bounds.minimum < 0 && bounds.maximum > 0)
    {
      node.child("bounds").fault(
        "state 0, for which '\(lawName)' states its steps, lies outside of \(bounds.minimum)…\(bounds.maximum): count states from a point between the bounds, whose conductance 'zero' is"
      )
      return
    }
    let nominal = nominal
    if nominal.up.step(from: nominal.low) < 0 {
      node.fault("a pulse up from the lower bound would lower the conductance")
    }
    if nominal.down.step(from: nominal.high) > 0 {
      node.fault("a pulse down from the upper bound would raise the conductance")
    }
  }

  /// Reads `text`, a file with a `pulses:` section and nothing else.
  /// - Throws: `InputErrors` with every fault; they carry `source`.
  public init(text: String, source: String) throws(InputErrors) {
    let file = try StrictFile(text: text, source: source)
    self.init(reading: file.root.mapping("pulses"))
    try file.finish()
  }

  /// The law.
  public var law: any PulseLaw {
    let type = PulseLaws.named(lawName) ?? ConstantStep.self
    return type.init(parameters, nodes: nodes.widened)
  }

  /// The nominal device.
  public var nominal: PulseResponse { law.response(of: cell(.zero, .zero)) }

  /// The conductance of state `w`.
  public func conductance(of w: Double) -> Siemens { Siemens(zero.value + unit.value * w) }

  /// The state of a conductance.
  public func state(of g: Siemens) -> Double { (g.value - zero.value) / unit.value }

  /// The device with these scores: lower bound, upper bound, gain, asymmetry; and the law's own.
  func cell(_ common: SIMD4<Double>, _ own: SIMD4<Double>) -> PulseCell {
    let gains = step.gains(common.z, common.w)
    return PulseCell(
      minimum: PulseBounds.drawn(bounds.minimum, bounds.minimumSpread, common.x),
      maximum: PulseBounds.drawn(bounds.maximum, bounds.maximumSpread, common.y),
      size: step.size, gainUp: gains.up, gainDown: gains.down, scores: own)
  }
}

extension PulseNodes {
  init(reading node: StrictNode) {
    let up = node.quantities("nodes-up", unit: "", in: 0...1e9)
    let down = node.quantities("nodes-down", unit: "", in: 0...1e9)
    let upDeviation = node.quantities("deviation-up", unit: "", in: 0...1e9, default: [])
    let downDeviation = node.quantities("deviation-down", unit: "", in: 0...1e9, default: [])
    let fits =
      up.count == down.count && !up.isEmpty && up.count <= 4096
      && (upDeviation.isEmpty || upDeviation.count == up.count)
      && (downDeviation.isEmpty || downDeviation.count == up.count)
    guard fits else {
      node.fault("the lists of nodes and deviations must have one length, 1 to 4096")
      self.init(up: [0], down: [0])
      return
    }
    self.init(up: up, down: down, upDeviation: upDeviation, downDeviation: downDeviation)
  }
}
