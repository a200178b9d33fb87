import ArrayFiles
import LinearAlgebra
import Networks
import Randomness

/// A way to train a network: one file in `Training/Rules`, one line in `TrainingRules`.
///
/// A rule reads its keys from the run file, makes steps on batches, and can be saved and taken up again
/// at any step with the same bits. See docs/add-a-learning-rule.md.
public protocol TrainingRule: Sendable {
  /// What run files call the rule.
  static var name: String { get }
  /// Whether samples may have a label at each of several places.
  static var readsSequences: Bool { get }
  /// Whether targets may be numbers in place of classes.
  static var readsNumbers: Bool { get }
  /// Whether it reads two kinds of samples whose classes are paired: `TrainingSetup.pairs`.
  static var readsPairs: Bool { get }
  /// The rule at its first step.
  ///
  /// Faults of keys gather in the run file and are thrown after this: with a faulty value the
  /// initializer goes on with any allowed one.
  init(_ setup: TrainingSetup) throws
  /// One step.
  /// - Throws: `RunError` where it cannot be made.
  mutating func step(_ batch: TrainingBatch) throws -> StepResult
  /// The outputs, samples × classes: the largest names the class.
  ///
  /// - Parameters:
  ///   - x: samples × features.
  ///   - key: the key of all noise of these reads.
  mutating func outputs(_ x: Matrix<Float>, key: StreamKey) throws -> Matrix<Float>
  /// On how many chips the trained network is tested at the end; 0 where there are none to choose from.
  var chipCount: Int { get }
  /// The outputs of the chip keyed by `chip`, noise keyed by `key`.
  mutating func outputs(_ x: Matrix<Float>, chip: StreamKey, key: StreamKey) throws -> Matrix<Float>
  /// The names of other ways to read the class, which the end of a run reports too.
  var readouts: [String] { get }
  /// The outputs as `readouts[readout]` reads them.
  mutating func outputs(_ x: Matrix<Float>, readout: Int, key: StreamKey) throws -> Matrix<Float>
  /// Sets what may be set after training, such as converter ranges, by these training samples.
  mutating func calibrate(_ x: Matrix<Float>, key: StreamKey) throws
  /// Whether something may be set on each chip of its own.
  var calibratesChips: Bool { get }
  /// Sets what may be set on the chip keyed by `chip`, such as statistics of batches, by these training
  /// samples.
  mutating func calibrate(_ x: Matrix<Float>, chip: StreamKey, key: StreamKey) throws
  /// Everything that the next step depends on, under distinct names.
  func state() -> [(name: String, array: NumericArray)]
  /// Names and shapes of 32-bit floats in `state()` that are there at some steps and not at others; those
  /// that appear with the first step and stay are not among them.
  var optionalState: [String: [Int]] { get }
  /// Goes back to a state that `state()` gave, bit for bit. Names, types, shapes and finite values were
  /// compared with a state of the rule's own before.
  mutating func restore(_ state: NamedArrays) throws
  /// The network as a file tells it, for `ohmweave map` and other programs.
  func exported() -> NetworkDescription
  /// What else came out, for the end of the run: pulses, energy, the share of silent units.
  func report() -> [RuleFigure]
  /// For how many test samples `measure` is asked at the end; 0 for none.
  var measuredCount: Int { get }
  /// What each of these samples takes, such as time and energy.
  /// - Throws: `RunError` where it cannot be found.
  func measure(_ samples: TrainingBatch) throws -> [SampleFigures]
}

extension TrainingRule {
  /// One label a sample.
  public static var readsSequences: Bool { false }
  /// Classes.
  public static var readsNumbers: Bool { false }
  /// One kind.
  public static var readsPairs: Bool { false }
  /// None.
  public var chipCount: Int { 0 }
  /// The outputs; there is one chip.
  public mutating func outputs(
    _ x: Matrix<Float>, chip: StreamKey, key: StreamKey
  ) throws -> Matrix<Float> { try outputs(x, key: key) }
  /// None.
  public var readouts: [String] { [] }
  /// The outputs; there is one way to read them.
  public mutating func outputs(
    _ x: Matrix<Float>, readout: Int, key: StreamKey
  ) throws -> Matrix<Float> { try outputs(x, key: key) }
  /// Nothing to set.
  public mutating func calibrate(_ x: Matrix<Float>, key: StreamKey) throws {}
  /// Nothing.
  public var calibratesChips: Bool { false }
  /// Nothing to set.
  public mutating func calibrate(_ x: Matrix<Float>, chip: StreamKey, key: StreamKey) throws {}
  /// None.
  public var optionalState: [String: [Int]] { [:] }
  /// Nothing else.
  public func report() -> [RuleFigure] { [] }
  /// None.
  public var measuredCount: Int { 0 }
  /// Nothing.
  public func measure(_ samples: TrainingBatch) throws -> [SampleFigures] { [] }
}

/// One quantity of several samples.
public struct SampleFigures: Sendable, Hashable {
  /// What it is.
  public var name: String
  /// Its values in `unit`, one per sample.
  public var values: [Double]
  /// Their unit; empty for plain numbers.
  public var unit: String

  /// A quantity of several samples.
  public init(_ name: String, _ values: [Double], _ unit: String = "") {
    self.name = name
    self.values = values
    self.unit = unit
  }
}

/// One figure that a rule reports.
public struct RuleFigure: Sendable, Hashable {
  /// What it is.
  public var name: String
  /// Its value in `unit`.
  public var value: Double
  /// Its unit; empty for a plain number.
  public var unit: String

  /// A figure.
  public init(_ name: String, _ value: Double, _ unit: String = "") {
    self.name = name
    self.value = value
    self.unit = unit
  }
}

extension RuleFigure {
  /// The pulses that the devices of `arrays` got; none where there are no arrays.
  static func pulses(of arrays: [any InSituRule]) -> [RuleFigure] {
    arrays.isEmpty
      ? [] : [RuleFigure("pulses on devices", arrays.reduce(0) { $0 + $1.pulseCount })]
  }
}

/// The samples of one step.
public struct TrainingBatch: Sendable {
  /// Samples × features.
  public var x: Matrix<Float>
  /// A class per sample; for sequences a class per place, sample after sample. Empty where the targets are
  /// numbers.
  public var labels: [Int32]
  /// The numbers to be reproduced, samples × outputs; `nil` where the targets are classes.
  public var targets: Matrix<Float>?
  /// The numbers of the samples among all training samples, where the rule keeps something for each.
  public var samples: [Int] = []
  /// How many steps came before in the whole run: noise is keyed by it.
  public var step: Int
  /// The epoch, from 0.
  public var epoch: Int
  /// The schedule's factor on every learning rate.
  public var gain: Float

  /// A batch.
  public init(
    x: Matrix<Float>, labels: [Int32], targets: Matrix<Float>? = nil, step: Int = 0,
    epoch: Int = 0, gain: Float = 1
  ) {
    self.targets = targets
    self.x = x
    self.labels = labels
    self.step = step
    self.epoch = epoch
    self.gain = gain
  }
}

/// What one step came to.
public struct StepResult: Sendable {
  /// The mean loss of the batch before the step.
  public var loss: Double
  /// How many samples were classified rightly before the step.
  public var right: Int
  /// Of how many; `nil` for all labels of the batch.
  public var counted: Int?

  /// A result.
  public init(loss: Double, right: Int, of counted: Int? = nil) {
    self.loss = loss
    self.right = right
    self.counted = counted
  }
}
