import ArrayFiles
import InputOutput

/// What an in-situ network's future depends on, saved to or restored from arrays by one walk over it.
public struct InSituState {
  /// Goes before every name.
  var scope = ""
  /// Whether values are restored, else they are saved.
  let restores: Bool
  /// The first fault of a restoration.
  private(set) var fault: InputError?
  /// What was saved.
  private(set) var entries: [(name: String, array: NumericArray)] = []
  private let source: NamedArrays?

  /// A walk that saves.
  init() {
    restores = false
    source = nil
  }

  /// A walk that restores.
  init(restoring source: NamedArrays) {
    restores = true
    self.source = source
  }

  /// Numbers whose count is known.
  mutating func floats(_ name: String, _ values: inout [Float]) {
    variableFloats(name, &values, [values.count])
  }

  /// Numbers of which there may be as many as one of `counts` says.
  mutating func variableFloats(_ name: String, _ values: inout [Float], _ counts: [Int]) {
    guard let source else {
      entries.append((scope + name, NumericArray(shape: [values.count], floats: values)))
      return
    }
    do {
      let found = try source.finite(scope + name)
      guard counts.contains(found.count) else {
        throw InputError(
          source.source, at: "array '\(scope + name)'",
          "has \(found.count) elements, \(counts[0]) are expected")
      }
      values = found.floats
    } catch { fault = fault ?? (error as? InputError) }
  }

  /// A whole number.
  mutating func integer(_ name: String, _ value: inout Int) {
    guard let source else {
      entries.append((scope + name, NumericArray(shape: [], integers: [Int64(value)])))
      return
    }
    do {
      value = Int(try source.array(scope + name).integers?.first ?? 0)
    } catch { fault = fault ?? error }
  }

  /// A number in double precision.
  mutating func number(_ name: String, _ value: inout Double) {
    guard let source else {
      entries.append((scope + name, NumericArray(shape: [], doubles: [value])))
      return
    }
    do {
      value = try source.finite(scope + name).doubles.first ?? 0
    } catch { fault = fault ?? error }
  }

  /// A number in single precision.
  mutating func float(_ name: String, _ value: inout Float) {
    var wide = Double(value)
    number(name, &wide)
    value = Float(wide)
  }
}
