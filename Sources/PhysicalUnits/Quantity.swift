/// A physical quantity that is stored as one `Double` in its SI unit.
public protocol Quantity: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The SI unit's symbol: "S", "V", "Ohm".
  static var symbol: String { get }
  /// The value in the SI unit.
  var value: Double { get set }
  /// A quantity of `value` SI units.
  init(_ value: Double)
}

extension Quantity {
  /// Smaller values first.
  public static func < (a: Self, b: Self) -> Bool { a.value < b.value }
  /// The quantity `factor` times.
  public static func * (a: Self, factor: Double) -> Self { Self(a.value * factor) }
  /// The quantity `factor` times.
  public static func * (factor: Double, a: Self) -> Self { Self(a.value * factor) }
  /// How many times `b` goes into `a`.
  public static func / (a: Self, b: Self) -> Double { a.value / b.value }
  /// The value with an engineering prefix: "50 uS".
  public var description: String { engineering(value, unit: Self.symbol) }
}

/// Electrical conductance, in siemens.
public struct Siemens: Quantity {
  public static let symbol = "S"
  public var value: Double
  public init(_ value: Double) { self.value = value }
}

/// Electrical resistance, in ohms.
public struct Ohms: Quantity {
  public static let symbol = "Ohm"
  public var value: Double
  public init(_ value: Double) { self.value = value }
}

/// Electrical potential difference, in volts.
public struct Volts: Quantity {
  public static let symbol = "V"
  public var value: Double
  public init(_ value: Double) { self.value = value }
}

/// Electrical current, in amperes.
public struct Amperes: Quantity {
  public static let symbol = "A"
  public var value: Double
  public init(_ value: Double) { self.value = value }
}

/// Time, in seconds.
public struct Seconds: Quantity {
  public static let symbol = "s"
  public var value: Double
  public init(_ value: Double) { self.value = value }
}

/// Energy, in joules.
public struct Joules: Quantity {
  public static let symbol = "J"
  public var value: Double
  public init(_ value: Double) { self.value = value }
}

/// Capacitance, in farads.
public struct Farads: Quantity {
  public static let symbol = "F"
  public var value: Double
  public init(_ value: Double) { self.value = value }
}
