import InputOutput

/// The arrays of one file, by name, in the order of the file.
public struct NamedArrays: Sendable, Sequence {
  /// The file's name as errors carry it.
  public let source: String
  /// The names, in the order of the file; no name stands twice.
  public let names: [String]
  private let arrays: [String: NumericArray]
  private let texts: [String: [String]]

  /// Arrays under distinct names.
  /// - Precondition: no name stands twice.
  public init(
    source: String, _ entries: [(name: String, array: NumericArray)],
    texts: [String: [String]] = [:]
  ) {
    self.texts = texts
    self.source = source
    names = entries.map(\.name)
    arrays = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0.array) })
  }

  /// The array called `name`, or `nil`.
  public subscript(name: String) -> NumericArray? { arrays[name] }

  /// The array called `name`, of real numbers.
  /// - Throws: `InputError` that names the nearest array, or lists them; or where its numbers are complex.
  public func array(_ name: String) throws(InputError) -> NumericArray {
    if let array = arrays[name] {
      guard !array.isComplex else {
        throw InputError(
          source, at: "array '\(name)'", "holds complex numbers, real ones are expected")
      }
      return array
    }
    throw InputError(source, unknownName("array", name, known: names))
  }

  /// The array called `name` as `Float`, of exactly the given shape.
  /// - Throws: `InputError` where it is missing, has another shape, or holds NaN or infinity.
  public func floats(_ name: String, shape: [Int]) throws(InputError) -> [Float] {
    let array = try finite(name)
    guard array.shape == shape else {
      let wanted = shape.map(String.init).joined(separator: "×")
      throw InputError(
        source, at: "array '\(name)'", "has the shape \(array.shapeText), \(wanted) is expected")
    }
    return array.floats
  }

  /// The array called `name`, none of whose elements is NaN or infinite.
  public func finite(_ name: String) throws(InputError) -> NumericArray {
    let array = try array(name)
    if let position = array.firstNotFinite() {
      throw InputError(
        source, at: "array '\(name)'",
        "element \(position) is \(array.doubles[position]), finite numbers are expected")
    }
    return array
  }

  /// The text called `name` beside the arrays, or `nil` where there is none of one element.
  public func text(_ name: String) -> String? {
    texts[name].flatMap { $0.count == 1 ? $0[0] : nil }
  }

  /// The texts of the array called `name`, or `nil`.
  public func texts(_ name: String) -> [String]? { texts[name] }

  /// The entries, in the order of the file.
  public var entries: [(name: String, array: NumericArray)] {
    names.map { ($0, arrays[$0]!) }
  }

  /// Walks through `entries`.
  public func makeIterator() -> IndexingIterator<[(name: String, array: NumericArray)]> {
    entries.makeIterator()
  }
}
