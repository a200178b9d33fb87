/// One number that a law takes.
public struct ParameterSpecification: Sendable, Hashable {
  /// The key in a model file.
  public var key: String
  /// The SI unit; empty for a plain number.
  public var unit: String
  /// Where it may lie, in the SI unit.
  public var range: ClosedRange<Double>
  /// What is taken where the key is missing; `nil` where it must be given.
  public var fallback: Double?
  /// What it is.
  public var meaning: String

  /// A parameter.
  public init(
    _ key: String, _ unit: String, _ range: ClosedRange<Double>, default fallback: Double? = nil,
    _ meaning: String
  ) {
    self.key = key
    self.unit = unit
    self.range = range
    self.fallback = fallback
    self.meaning = meaning
  }
}

/// The numbers and choices that a law is made of, by key, in SI units.
public struct ParameterSet: Sendable, Hashable {
  /// The numbers.
  public var numbers: [String: Double]
  /// The choices by name: which window, which current law.
  public var choices: [String: String]

  /// Numbers and choices.
  public init(_ numbers: [String: Double], choices: [String: String] = [:]) {
    self.numbers = numbers
    self.choices = choices
  }

  /// The number under `key`.
  /// - Precondition: it is there; `DynamicLaw.parameters` names every key.
  public subscript(_ key: String) -> Double {
    guard let value = numbers[key] else { preconditionFailure("no parameter '\(key)'") }
    return value
  }
}

/// A law of dynamics: a kind of device that parameters make a device.
public protocol DynamicLaw: DynamicDevice {
  /// Its name in model files.
  static var law: String { get }
  /// What it takes.
  static var parameters: [ParameterSpecification] { get }
  /// The choices it takes, each with the names allowed, the default first.
  static var choices: [(key: String, names: [String])] { get }
  /// Pairs of parameters of which the first must be below the second: the ends of a range of the state,
  /// or of its resistances.
  static var orders: [(lower: String, upper: String)] { get }
  /// The device with these parameters, each inside its range.
  init(_ set: ParameterSet)
}

extension DynamicLaw {
  /// Most laws have none.
  public static var choices: [(key: String, names: [String])] { [] }
  /// Most laws have none.
  public static var orders: [(lower: String, upper: String)] { [] }
}
