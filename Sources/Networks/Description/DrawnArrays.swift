import ArrayFiles
import InputOutput
import Randomness

/// Arrays of which only the shapes matter, such as for the cost of a network: independent, uniform within
/// ±1/√n with n the product of all axes but the first (the inputs of an output).
struct DrawnArrays {
  /// The seed of all arrays.
  let seed: UInt64
  /// Names and shapes.
  let shapes: [(name: String, shape: [Int])]

  /// The arrays; each depends on the seed, its name and its shape only.
  /// - Throws: `InputError` where they are beyond the budget of the file.
  func arrays(source: String) throws(InputError) -> NamedArrays {
    let budget = InputBudget(source)
    var entries: [(name: String, array: NumericArray)] = []
    for (name, shape) in shapes {
      try budget.spend(shape: shape, times: 4, at: "weights.shapes.\(name)", "the array '\(name)'")
      let end = 1 / Double(max(1, shape.dropFirst().reduce(1, *))).squareRoot()
      var stream = RandomStream(StreamKey(seed: seed).child("weights").child(name))
      let values = (0..<shape.reduce(1, *)).map { _ in Float((2 * stream.uniform() - 1) * end) }
      entries.append((name, NumericArray(shape: shape, floats: values)))
    }
    return NamedArrays(source: source, entries)
  }
}
