import ArrayFiles
import Foundation
import InputOutput
import LinearAlgebra
import Networks
import Randomness
import StrictYAML

/// The forward-forward rule (Hinton, arXiv 2212.13345) with hard negatives and peer normalization.
public struct ForwardForwardTraining: TrainingRule {
  public static let name = "forward-forward"

  private var network: ForwardForward
  private let testsByGoodness: Bool

  /// Reads the rule's own keys and `network`; with a device or converters every matrix is an
  /// array, which is read forwards. Updates are digital, or with `updates` by pulses on the devices.
  public init(_ setup: TrainingSetup) throws {
    let node = setup.rule
    var rule = ForwardForwardRule()
    func number(_ key: String, _ range: ClosedRange<Double>, _ usual: Float) -> Float {
      Float(node.number(key, in: range, default: Double("\(usual)")!))
    }
    rule.rate = number("rate", 0...10, rule.rate)
    rule.headRate = number("head-rate", 0...10, rule.headRate)
    rule.weightCost = number("weight-cost", 0...1, rule.weightCost)
    rule.headWeightCost = number("head-weight-cost", 0...1, rule.headWeightCost)
    rule.smoothing = number("smoothing", 0...0.999, rule.smoothing)
    rule.peerNormalization = number("peer-normalization", 0...10, rule.peerNormalization)
    rule.threshold = number("threshold", 0...100, rule.threshold)
    rule.labelStrength = number("label-strength", 0...100, rule.labelStrength)
    rule.negatives =
      node.choice("negatives", of: ForwardForwardRule.Negatives.self, default: rule.negatives)
    let usesLabels = rule.negatives == .labels
    if usesLabels {
      testsByGoodness =
        node.choice("test", of: ["goodness", "softmax"], default: "goodness") == "goodness"
    } else {
      rule.maskBlurs = node.integer("mask-blurs", in: 0...1_000, default: rule.maskBlurs)
      testsByGoodness = false
      if node.has("test") {
        node.child("test").fault(
          "goes with 'negatives: labels', whose goodness tells classes apart; other negatives are tested by softmax"
        )
      }
    }
    if usesLabels, setup.inputCount <= setup.classCount {
      node.fault(
        "a sample has \(setup.inputCount) numbers, of which \(setup.classCount) would become the "
          + "label: more are needed")
    }
    let fits = !usesLabels || setup.inputCount > setup.classCount
    let shape = fits ? setup.inputShape : [setup.classCount + 1]
    let updates = node.child("updates")
    let sites =
      updates.exists
      ? SiteDesign(
        InSituDesign(setup, rule: updates), TrainingRules.updates(reading: updates), rate: rule.rate
      ) : try Self.chip(setup)
    guard fits, setup.network.has("layers") else {
      network = try Self.dense(setup, rule, shape: shape, sites: sites)
      return
    }
    let ends =
      node.has("blocks") ? node.child("blocks").elements().compactMap { $0.text() } : nil
    do {
      network = try ForwardForward(
        TrainingNetwork(setup, endsInClasses: false), endingAfter: ends, classes: setup.classCount,
        rule: rule, sites: sites, key: setup.key)
    } catch let error as InputError {
      setup.network.child("layers").fault(TrainingNetwork.text(of: error))
      network = try Self.anything(setup, rule, shape)
    }
  }

  /// The chip that reads go through; digital reads where there is no device and no converter.
  private static func chip(_ setup: TrainingSetup) throws -> SiteDesign {
    let hardware = try HardwareSettings(setup).withoutLearnedRanges
    return SiteDesign(hardware: hardware.isIdeal ? nil : hardware)
  }

  /// The layers under `network.hidden`.
  private static func dense(
    _ setup: TrainingSetup, _ rule: ForwardForwardRule, shape: [Int], sites: SiteDesign
  ) throws -> ForwardForward {
    let hidden = TrainingNetwork.hiddenSizes(setup.network)
    if hidden.isEmpty {
      setup.network.child("hidden").fault("the forward-forward rule needs a layer that learns")
    }
    do {
      return try ForwardForward(
        sizes: [shape.reduce(1, *)] + (hidden.isEmpty ? [16] : hidden), classes: setup.classCount,
        rule: rule, shape: shape, sites: sites, key: setup.key)
    } catch let error as InputError {
      setup.network.child("hidden").fault(TrainingNetwork.text(of: error))
      return try anything(setup, rule, shape)
    }
  }

  /// Any network, to find the other faults of the file.
  private static func anything(
    _ setup: TrainingSetup, _ rule: ForwardForwardRule, _ shape: [Int]
  ) throws -> ForwardForward {
    try ForwardForward(
      sizes: [shape.reduce(1, *), 16], classes: setup.classCount, rule: rule, shape: shape,
      sites: .digital, key: setup.key)
  }

  /// A step of all layers and of the softmax.
  public mutating func step(_ batch: TrainingBatch) -> StepResult {
    let result = network.train(batch.x, labels: batch.labels[...], gain: batch.gain)
    return StepResult(loss: result.loss, right: result.right)
  }

  /// The scores of the classes: goodness of all layers but the first with each label, or the logits of
  /// one pass with a neutral label.
  public mutating func outputs(_ x: Matrix<Float>, key: StreamKey) -> Matrix<Float> {
    testsByGoodness
      ? network.goodnessByLabel(x, key: key) : network.softmaxLogits(x, key: key)
  }

  /// Both ways of testing; without labels there is one.
  public var readouts: [String] {
    network.rule.negatives == .labels ? ["goodness", "softmax"] : []
  }
  /// The scores by goodness, or the logits of the softmax.
  public mutating func outputs(_ x: Matrix<Float>, readout: Int, key: StreamKey) -> Matrix<Float> {
    readout == 0
      ? network.goodnessByLabel(x, key: key) : network.softmaxLogits(x, key: key)
  }

  /// Weights, smoothed gradients and mean activities.
  public func state() -> [(name: String, array: NumericArray)] { network.state() }
  /// What sites keep for some time only.
  public var optionalState: [String: [Int]] { network.optionalState }
  /// Back to a state.
  public mutating func restore(_ state: NamedArrays) throws { try network.restore(state) }
  /// Pulses, where devices get any.
  public func report() -> [RuleFigure] {
    RuleFigure.pulses(of: network.pulsedArrays)
  }
  /// The layers and the softmax head.
  public func exported() -> NetworkDescription { network.exported() }
}
