import InputOutput
import Networks
import Randomness
import StrictYAML

/// What holds the weights of a network under a rule that leaves the choice: digital numbers, read exactly or through
/// a chip, or pulsed devices that another rule changes.
struct SiteDesign: Sendable {
  /// The chip that reads go through; `nil` where they are digital or of pulsed devices.
  let hardware: HardwareSettings?
  /// The learning rate of pulsed devices; `nil` where there are none.
  let pulseRate: Float?
  private let pulsed: (design: InSituDesign, rule: any InSituRuleSettings)?

  /// Digital weights.
  static let digital = SiteDesign(hardware: nil)

  /// Digital weights that reads take through a chip, where there is one.
  init(hardware: HardwareSettings?) {
    self.hardware = hardware
    (pulsed, pulseRate) = (nil, nil)
  }

  /// Pulsed devices.
  init(_ design: InSituDesign, _ rule: any InSituRuleSettings, rate: Float) {
    hardware = nil
    pulsed = (design, rule)
    pulseRate = rate
  }

  /// Reads `device`, `array` and `converters` under `maps`, and `updates` with `rate` where pulses change the devices;
  /// digital weights where there is no such section.
  init(maps setup: TrainingSetup) throws(InputErrors) {
    guard let maps = setup.part("maps") else {
      self = .digital
      return
    }
    let updates = maps.section("updates")
    guard updates.exists else {
      self.init(hardware: try HardwareSettings(maps).withoutLearnedRanges)
      return
    }
    let rate = updates.keys.isEmpty ? 0.1 : updates.number("rate", in: 0...1e3, default: 0.1)
    self.init(
      InSituDesign(maps, rule: updates), TrainingRules.updates(reading: updates), rate: Float(rate))
  }

  /// What the passes of step `step` through chips have in common.
  ///
  /// - Parameters:
  ///   - step: for what is found anew every so many steps; `nil` for a pass that makes none.
  ///   - fixed: the key of the chip of a run with one chip.
  func pass(_ key: StreamKey, isTraining: Bool, step: Int?, fixed: StreamKey) -> TrainingPass {
    TrainingPass(
      key: key, isTraining: isTraining, chip: hardware?.sampling == .fixed ? fixed : nil,
      renewal: hardware.map { settings in step.map { settings.renewal(at: $0) } ?? .none }
        ?? .exact)
  }

  /// What holds the weights of `site`.
  ///
  /// - Parameters:
  ///   - loop: the converters in the loop of a recurrent layer.
  ///   - key: of the devices.
  /// - Throws: `InputError` where it is too large for devices.
  func site(
    _ site: ProductSite, loop: GateLoop?, key: StreamKey
  ) throws(InputError) -> any TrainableSite {
    guard let pulsed else {
      var digital = DigitalSite(site, hardware: hardware, loop: loop)
      // A range that stays behind clips the most active units, from which a local rule learns the most.
      digital.followsValues()
      return digital
    }
    return try PulsedSite.checked(
      site, loop: loop, design: pulsed.design, rule: pulsed.rule, key: key)
  }
}

extension PulsedSite {
  /// The most devices of a site.
  private static let largest = 1 << 26

  /// The weights of a site on arrays.
  ///
  /// - Parameters:
  ///   - start: weights to write in place of the site's own.
  ///   - loop: what the description has in the loop of a recurrent layer.
  /// - Throws: `InputError` where there are too many, or where there is a loop: it belongs to digital weights.
  static func checked(
    _ site: ProductSite, start: (weights: [Float], bias: [Float])? = nil, loop: GateLoop?,
    design: InSituDesign, rule: any InSituRuleSettings, key: StreamKey
  ) throws(InputError) -> PulsedSite {
    guard loop == nil else {
      throw InputError(
        "layer '\(site.name)'",
        "the weights are pulsed devices; 'ramp', 'weight-limit' and 'weight-noise' are allowed with digital weights"
      )
    }
    guard site.weightCount <= largest else {
      throw InputError(
        "layer '\(site.name)'",
        "\(site.inputs) × \(site.outputs) devices are too many, at most 2²⁶ are allowed")
    }
    return PulsedSite(site, start: start, design: design, rule: rule, key: key)
  }
}
