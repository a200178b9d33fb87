/// One number that a job comes to: "accuracy", "energy per inference" in joules.
public struct Metric: Hashable, Sendable {
  /// What it is.
  public var name: String
  /// The number, in `unit`; NaN where the run has none.
  public var value: Double
  /// Its unit, empty for a plain number.
  public var unit: String

  /// A number with its name.
  public init(_ name: String, _ value: Double, unit: String = "") {
    self.name = name
    self.value = value
    self.unit = unit
  }
}
