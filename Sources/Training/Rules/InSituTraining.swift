import ArrayFiles
import DeviceModels
import InputOutput
import LinearAlgebra
import Networks
import PhysicalUnits
import Randomness
import StrictYAML

/// Training on arrays of pulsed devices by one of the in-situ rules: weights are conductances, and the
/// forward pass, the backward pass and the update happen on the arrays.
public struct InSituTraining<Settings: InSituRuleSettings>: NetworkRule {
  public static var name: String { Settings.name }
  public static var readsNumbers: Bool { true }

  var network: Backpropagation
  let rate: Float

  /// Reads `device`, `array`, `converters`, `network`, `start`, `optimizer.rate` and the rule's own keys.
  public init(_ setup: TrainingSetup) throws {
    let design = InSituDesign(setup)
    let (optimizer, rate) = setup.optimizer()
    if optimizer != .sgd() {
      setup.rule.fault("'\(Settings.name)' changes devices by plain descent: no other optimizer")
    }
    self.rate = rate
    let spread = Float(setup.array.number("start", in: 0...100, default: 1))
    let hasBias = setup.array.flag("bias", default: true)
    let rule = Settings(reading: setup.rule)
    let start = try setup.startingWeights()
    let key = setup.key
    let drawn = TrainingNetwork(
      setup, initial: .uniform(spread: spread), hasBias: hasBias, key: key.child("start"))
    network = try setup.trained(
      drawn, optimizer: .sgd(), title: "trained in situ by \(Settings.name)"
    ) { site in
      try PulsedSite.checked(
        site,
        start: try start.map { state throws(InputError) in
          (
            weights: try state.floats("\(site.name).weight", shape: [site.weightCount]),
            bias: site.bias == nil
              ? [] : try state.floats("\(site.name).bias", shape: [site.outputs])
          )
        }, loop: drawn.loop(of: site), design: design, rule: rule,
        key: key.child("layer").child(site.index + 1))
    }
  }

  /// The pulses that the devices got, and what writing the first weights took.
  public func report() -> [RuleFigure] {
    let arrays = network.pulsedArrays
    let pulses = RuleFigure("pulses on devices", arrays.reduce(0) { $0 + $1.pulseCount })
    guard let programming = PulseProgrammingReport(of: arrays) else { return [pulses] }
    return [
      pulses,
      RuleFigure("reads to verify", programming.reads),
      RuleFigure("energy of the pulses", programming.energy.value, "J"),
      RuleFigure("devices out of tolerance", Double(programming.unfinished)),
      RuleFigure("root mean square error of weights", Double(programming.deviation)),
    ]
  }
}

extension Backpropagation {
  /// The arrays of pulsed devices of all sites that have them.
  public var pulsedArrays: [any InSituRule] {
    network.sites.pulsedArrays
  }
}

extension PulseProgrammingReport {
  /// What it took to write the weights of all arrays before the first step; `nil` where they were set
  /// directly.
  init?(of arrays: [any InSituRule]) {
    let reports = arrays.compactMap { array in
      array.programming.map { (report: $0, count: array.rowCount * array.columnCount) }
    }
    guard !reports.isEmpty else { return nil }
    self.init(pulses: 0, reads: 0, energy: Joules(0), unfinished: 0, deviation: 0)
    var square: Float = 0
    for (report, count) in reports {
      pulses += report.pulses
      reads += report.reads
      energy.value += report.energy.value
      unfinished += report.unfinished
      square += report.deviation * report.deviation * Float(count)
    }
    deviation = (square / Float(reports.reduce(0) { $0 + $1.count })).squareRoot()
  }
}
