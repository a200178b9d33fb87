import ArrayFiles
import InputOutput

/// Everything that the next step of a training depends on, written to or taken from named arrays by one
/// walk over it: what is saved is what is restored.
public struct SavedState {
  /// What a walk does.
  public enum Mode: Sendable {
    /// Collects arrays.
    case save
    /// Takes every array back, bit for bit.
    case restore
    /// Takes the weights and what was calibrated of a network with the same layers; what optimizers remember
    /// begins anew, and ranges that are not there stay as they are.
    case start
  }

  /// Is put before every name.
  public var scope = ""
  /// What the walk does.
  public let mode: Mode
  /// The first fault of a restoration.
  public private(set) var fault: InputError?
  /// What was saved.
  public private(set) var entries: [(name: String, array: NumericArray)] = []
  /// The numbers that need not be known yet, by name, and how many they will be.
  public private(set) var optional: [String: [Int]] = [:]
  private let source: NamedArrays

  /// Whether values are written into what is visited.
  var restores: Bool { mode != .save }

  /// A walk that saves.
  public init() {
    mode = .save
    source = NamedArrays(source: "", [])
  }

  /// A walk that takes arrays from `source`.
  public init(_ mode: Mode = .restore, from source: NamedArrays) {
    self.mode = mode
    self.source = source
  }

  /// Ends a walk.
  /// - Throws: `InputError` where an array was missing, had another size or was not finite.
  public func finish() throws(InputError) { if let fault { throw fault } }

  /// Numbers whose count is known.
  public mutating func floats(_ name: String, _ values: inout [Float]) {
    variableFloats(name, &values, [values.count])
  }

  /// Numbers of which there may be as many as one of `counts` says.
  public mutating func variableFloats(_ name: String, _ values: inout [Float], _ counts: [Int]) {
    guard restores else {
      entries.append((scope + name, NumericArray(shape: [values.count], floats: values)))
      return
    }
    let full = scope + name
    let found = taken { source throws(InputError) in
      let found = try source.finite(full)
      guard counts.contains(found.count) else {
        throw InputError(
          source.source, at: "array '\(full)'",
          "has \(found.count) elements, \(counts[0]) are expected")
      }
      return found.floats
    }
    if let found { values = found }
  }

  /// `count` numbers that may not be known yet: none are saved then, and none are expected.
  public mutating func optionalFloats(_ name: String, _ values: inout [Float], count: Int) {
    optional[scope + name] = [count]
    knownFloats(name, &values, count: count)
  }

  /// The same numbers, which appear with the first step and stay.
  private mutating func knownFloats(_ name: String, _ values: inout [Float], count: Int) {
    guard restores else {
      if !values.isEmpty { floats(name, &values) }
      return
    }
    let full = scope + name
    guard source[full] != nil else { return }
    let found = taken { source throws(InputError) in try source.floats(full, shape: [count]) }
    if let found { values = found }
  }

  /// The values of a parameter and what the optimizer remembers of them.
  ///
  /// - Parameter isWeight: whether a walk that starts from other weights must find it.
  public mutating func parameter(_ name: String, _ parameter: inout Parameter, isWeight: Bool) {
    let count = parameter.values.count
    guard mode == .start else {
      floats(name, &parameter.values)
      if mode == .restore { (parameter.first, parameter.second) = ([], []) }
      knownFloats(name + ".first", &parameter.first, count: count)
      knownFloats(name + ".second", &parameter.second, count: count)
      return
    }
    if isWeight || source[scope + name] != nil { floats(name, &parameter.values) }
  }

  /// A whole number.
  public mutating func integer(_ name: String, _ value: inout Int) {
    guard restores else {
      entries.append((scope + name, NumericArray(shape: [], integers: [Int64(value)])))
      return
    }
    let full = scope + name
    let found = taken { source throws(InputError) in
      try source.array(full).integers?.first.map(Int.init) ?? 0
    }
    if let found { value = found }
  }

  /// A number in double precision.
  public mutating func number(_ name: String, _ value: inout Double) {
    guard restores else {
      entries.append((scope + name, NumericArray(shape: [], doubles: [value])))
      return
    }
    let full = scope + name
    let found = taken { source throws(InputError) in try source.finite(full).doubles.first ?? 0 }
    if let found { value = found }
  }

  /// Numbers in double precision whose count is known.
  public mutating func doubles(_ name: String, _ values: inout [Double]) {
    guard restores else {
      entries.append((scope + name, NumericArray(shape: [values.count], doubles: values)))
      return
    }
    let (full, count) = (scope + name, values.count)
    let found = taken { source throws(InputError) in
      let found = try source.finite(full)
      guard found.count == count else {
        throw InputError(
          source.source, at: "array '\(full)'", "has \(found.count) elements, \(count) are expected"
        )
      }
      return found.doubles
    }
    if let found { values = found }
  }

  /// A number in single precision.
  public mutating func float(_ name: String, _ value: inout Float) {
    var wide = Double(value)
    number(name, &wide)
    value = Float(wide)
  }

  /// What `body` takes from the source; `nil` after a fault, which is kept.
  private mutating func taken<Value>(_ body: (NamedArrays) throws(InputError) -> Value) -> Value? {
    guard fault == nil else { return nil }
    do throws(InputError) { return try body(source) } catch { fault = error }
    return nil
  }
}
