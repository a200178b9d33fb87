import InputOutput
import LinearAlgebra
import Networks
import Randomness

/// Backpropagation with digital weights and a forward pass through the chip that is to hold them.
public struct HardwareAwareRule: NetworkRule {
  public static let name = "hardware-aware"

  /// On how many chips the trained network is tested.
  public let chipCount: Int
  public static let readsSequences = true
  public static let readsNumbers = true

  var network: Backpropagation
  let rate: Float
  private let settings: HardwareSettings
  private let key: StreamKey
  /// Steps over which the noise on weights rises to its full strength.
  private let ramp: Int

  /// Reads `network`, `start`, `loss`, `optimizer`, `device`, `array`, `converters` and the rule's own keys.
  public init(_ setup: TrainingSetup) throws {
    var settings = try HardwareSettings(setup)
    settings.readRampActivation(setup.converters)
    let (optimizer, rate) = setup.optimizer()
    self.settings = settings
    self.rate = rate
    key = setup.key.child("chip")
    chipCount = setup.rule.integer("chips", in: 0...10_000, default: 10)
    let share = setup.rule.number("noise-rise", in: 0...1, default: 0)
    ramp = Int(share * Double(setup.epochs * setup.stepsPerEpoch))
    let start = TrainingNetwork(setup)
    network = try setup.trained(start, optimizer: optimizer, title: "trained hardware-aware") {
      DigitalSite($0, hardware: settings, loop: start.loop(of: $0))
    }
    if let weights = try setup.startingWeights() { try network.start(from: weights) }
  }

  /// A step against the gradient of the loss behind the chip.
  public mutating func step(_ batch: TrainingBatch) -> StepResult {
    let pass = TrainingPass(
      key: key.child(batch.step), isTraining: true,
      chip: settings.sampling == .fixed ? key.child("fixed") : nil,
      strength: batch.step < ramp ? Float(batch.step) / Float(ramp) : 1,
      renewal: settings.renewal(at: batch.step))
    let loss = network.train(batch, rate: rate * batch.gain, pass: pass)
    return network.result(loss, of: batch)
  }

  /// The outputs of a chip of its own, or of the fixed chip.
  public mutating func outputs(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float> {
    network.outputs(
      x, key: key, chip: settings.sampling == .fixed ? self.key.child("fixed") : nil)
  }

  /// The outputs of the chip keyed by `chip`.
  public mutating func outputs(
    _ x: Matrix<Float>, chip: StreamKey, key: StreamKey
  ) -> Matrix<Float> {
    network.outputs(x, key: key, chip: chip)
  }

  /// Finds the calibrated converter ranges anew.
  public mutating func calibrate(_ x: Matrix<Float>, key: StreamKey) {
    network.recalibrate()
    _ = network.outputs(x, key: key)
  }

  /// Where layers normalize by statistics of batches.
  public var calibratesChips: Bool { network.hasStatistics }
  /// Takes the statistics of batches on this chip.
  public mutating func calibrate(_ x: Matrix<Float>, chip: StreamKey, key: StreamKey) {
    network.estimateStatistics(x, chip: chip, key: key)
  }
}
