import InputOutput
import LinearAlgebra
import Randomness
import StrictYAML

/// The array that a block's trainable map stands on; its bias stays digital.
enum MapArray: Sendable {
  /// Every read goes through a chip that holds the digital weights: they are trained digitally and
  /// written again before each step.
  case written(HardwareProduct)
  /// The weights are the conductances of pulsed devices, and a rule changes them on the array at a
  /// learning rate of its own: it descends the gradient itself, which Adam scales.
  case pulsed(any InSituRule, rate: Float)
}

/// What the maps of a physical network stand on, as a run file's `maps` tells it.
struct MapArrayDesign: Sendable {
  private let hardware: HardwareSettings
  private let pulsed: (design: InSituDesign, rule: any InSituRuleSettings, rate: Float)?

  /// Reads `device`, `array` and `converters` of `maps`, and `updates` with `rate` where pulses change them;
  /// `nil` where the maps are digital.
  init?(_ setup: TrainingSetup) throws(InputErrors) {
    guard let maps = setup.part("maps") else { return nil }
    let updates = maps.section("updates")
    if updates.exists {
      let rate = updates.keys.isEmpty ? 0.1 : updates.number("rate", in: 0...1e3, default: 0.1)
      pulsed = (
        InSituDesign(maps, rule: updates), TrainingRules.updates(reading: updates), Float(rate)
      )
      hardware = HardwareSettings()
      return
    }
    pulsed = nil
    hardware = try HardwareSettings(maps).withoutLearnedRanges
  }

  /// An array for a map of given weights, inputs × outputs.
  func array(inputs: Int, outputs: Int, weights: [Float], key: StreamKey) -> MapArray {
    guard let pulsed else {
      var product = HardwareProduct(hardware, inputs: inputs, outputs: outputs)
      product.followsValues = true
      return .written(product)
    }
    let design = pulsed.design.startingAt(weights.reduce(0) { max($0, abs($1)) })
    return .pulsed(
      pulsed.rule.layer(
        design, rowCount: inputs, columnCount: outputs, weights: weights, key: key.child("cells")),
      rate: pulsed.rate)
  }
}
