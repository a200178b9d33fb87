import InputOutput

/// Where the codes of a ramp converter change, and what each code stands for.
public struct RampThresholds: Sendable, Hashable {
  /// Where the bins of the output lie.
  public enum Convention: String, Sendable, CaseIterable {
    /// 2ⁿ bins of equal height D = (hi − lo)/2ⁿ; a code stands for the middle of its bin.
    case floor
    /// 2ⁿ levels from lo to hi with both ends, D = (hi − lo)/(2ⁿ − 1); a code changes half way.
    case midTread = "mid-tread"
  }

  /// The inputs at which the code changes, rising; 2ⁿ − 1 of them.
  public let inputs: [Double]
  /// The function at `inputs`.
  public let values: [Double]
  /// What code c stands for, c = the number of `inputs` that the converted number is not below.
  public let outputs: [Double]
  /// One bit of the output, D.
  public let leastBit: Double
  /// Where the bins lie.
  public let convention: Convention

  /// Bits, 1 to 10.
  public let bits: Int

  /// The thresholds t_q = g⁻¹(y_q) of `function`.
  ///
  /// - Parameters:
  ///   - bits: 1 to 10.
  ///   - range: the outputs that the codes cover; `nil` takes the function's own.
  /// - Throws: `InputError` where the bits are too many or the function does not reach the range.
  public init(
    _ function: ActivationFunction, bits: Int, convention: Convention = .floor,
    range: ClosedRange<Double>? = nil
  ) throws(InputError) {
    guard (1...10).contains(bits) else {
      throw InputError("--bits", "\(bits) bits are asked for, 1 to 10 are allowed")
    }
    let range = range ?? function.outputRange
    let codes = 1 << bits
    let height = range.upperBound - range.lowerBound
    guard height > 0, height.isFinite else {
      throw InputError("--range", "the outputs must cover a finite range that is not empty")
    }
    let step = height / Double(convention == .floor ? codes : codes - 1)
    var values = (1..<codes).map {
      range.lowerBound + (convention == .floor ? Double($0) : Double($0) - 0.5) * step
    }
    var outputs = (0..<codes).map {
      range.lowerBound + (convention == .floor ? Double($0) + 0.5 : Double($0)) * step
    }
    if !function.isIncreasing {
      values.reverse()
      outputs.reverse()
    }
    let inputs = values.map(function.inverse)
    for (value, input) in zip(values, inputs) where !input.isFinite {
      throw InputError(
        function.name,
        "the threshold at output \(value) is not reached by any input, choose a smaller range "
          + "than \(range.lowerBound) to \(range.upperBound)")
    }
    for q in inputs.indices.dropFirst() where inputs[q] <= inputs[q - 1] {
      throw InputError(
        function.name, "the function is not strictly monotone at output \(values[q])")
    }
    self.inputs = inputs
    self.values = values
    self.outputs = outputs
    self.leastBit = step
    self.convention = convention
    self.bits = bits
  }

  /// The thresholds of one stretch of a function with extrema: the codes over `range` whose borders
  /// the stretch passes, some or none.
  /// - Precondition: `bits` are 1 to 10 and the range is finite and not empty.
  init(
    _ function: ActivationFunction, bits: Int, convention: Convention,
    passedOf range: ClosedRange<Double>
  ) {
    let codes = 1 << bits
    let height = range.upperBound - range.lowerBound
    let step = height / Double(convention == .floor ? codes : codes - 1)
    func output(_ code: Int) -> Double {
      range.lowerBound + (convention == .floor ? Double(code) + 0.5 : Double(code)) * step
    }
    var passed: [(value: Double, input: Double)] = []
    var below = 0
    for q in 1..<codes {
      let value = range.lowerBound + (convention == .floor ? Double(q) : Double(q) - 0.5) * step
      if value <= function.outputRange.lowerBound { below = q }
      guard value > function.outputRange.lowerBound, value < function.outputRange.upperBound
      else { continue }
      let input = function.inverse(value)
      if input.isFinite { passed.append((value, input)) }
    }
    var outputs = (below...below + passed.count).map(output)
    if !function.isIncreasing {
      passed.reverse()
      outputs.reverse()
    }
    inputs = passed.map(\.input)
    values = passed.map(\.value)
    self.outputs = outputs
    leastBit = step
    self.convention = convention
    self.bits = bits
  }

  /// The differences t_{q+1} − t_q that the cells of the ramp make; 2ⁿ − 2, all above 0.
  public var steps: [Double] { zip(inputs.dropFirst(), inputs).map { $0 - $1 } }

  /// The code of input `x`: how many thresholds it is not below.
  public func code(_ x: Double) -> Int {
    var low = 0
    var high = inputs.count
    while low < high {
      let middle = (low + high) / 2
      if x >= inputs[middle] { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
