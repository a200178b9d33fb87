/// A law of pulse response: a kind of device that parameters make a device.
///
/// A new law is one file in `Laws/` and one line in `PulseLaws`; it reduces a device's numbers to
/// one of the four forms of `PulseForm`, whose kernels carry populations.
public protocol PulseLaw: Sendable {
  /// Its name in model files.
  static var law: String { get }
  /// The numbers it takes, in state units or without unit.
  static var parameters: [ParameterSpecification] { get }
  /// The choices it takes, each with the names allowed, the default first.
  static var choices: [(key: String, names: [String])] { get }
  /// Whether `step.size` must be given; laws that say it otherwise take the gains alone.
  static var takesStepSize: Bool { get }
  /// Whether it reads the lists `nodes-up` and `nodes-down` (and `deviation-up`, `deviation-down`).
  static var takesNodes: Bool { get }
  /// Whether the law's steps are stated for state 0, which must then lie between the bounds.
  static var needsZeroBetweenBounds: Bool { get }
  /// The law with these parameters, each inside its range.
  init(_ set: ParameterSet, nodes: PulseNodes)
  /// The response of one device of a population, or of the nominal one.
  func response(of cell: PulseCell) -> PulseResponse
}

extension PulseLaw {
  /// Most laws have none.
  public static var choices: [(key: String, names: [String])] { [] }
  /// Most laws do.
  public static var takesStepSize: Bool { true }
  /// Most laws work between any bounds.
  public static var needsZeroBetweenBounds: Bool { false }
  /// Most laws do not.
  public static var takesNodes: Bool { false }
}

/// The laws of pulse response by the names that model files use.
public enum PulseLaws {
  /// Every law.
  public static let all: [any PulseLaw.Type] = [
    ConstantStep.self, LinearStep.self, SoftBounds.self, SoftBoundsReference.self,
    SoftBoundsByPulses.self, ExponentialStep.self, AlphaBeta.self, NonlinearityLabel.self,
    PowerStep.self, PiecewiseStep.self, PulseTable.self,
  ]
  /// Their names.
  public static var names: [String] { all.map { $0.law } }
  /// The law called `name`.
  public static func named(_ name: String) -> (any PulseLaw.Type)? { all.first { $0.law == name } }
}

/// Values at evenly spaced nodes over a device's range, by direction; empty where a law has none.
public struct PulseNodes: Sendable, Hashable {
  /// The size of a pulse up at every node, lowest state first.
  public var up: [Double]
  /// The size of a pulse down, positive.
  public var down: [Double]
  /// The standard deviation of a pulse up.
  public var upDeviation: [Double]
  /// The standard deviation of a pulse down.
  public var downDeviation: [Double]

  /// Lists of one length; missing deviations are zero.
  public init(
    up: [Double] = [], down: [Double] = [], upDeviation: [Double] = [],
    downDeviation: [Double] = []
  ) {
    precondition(up.count == down.count, "as many nodes up as down")
    let zero = [Double](repeating: 0, count: up.count)
    self.up = up
    self.down = down
    self.upDeviation = upDeviation.isEmpty ? zero : upDeviation
    self.downDeviation = downDeviation.isEmpty ? zero : downDeviation
    precondition(
      self.upDeviation.count == up.count && self.downDeviation.count == up.count,
      "as many deviations as nodes")
  }

  /// The lists with at least two nodes: one node stands for the whole range.
  var widened: PulseNodes {
    guard up.count == 1 else { return self }
    return PulseNodes(
      up: up + up, down: down + down, upDeviation: upDeviation + upDeviation,
      downDeviation: downDeviation + downDeviation)
  }
}
