public import InputOutput

/// Symbols as unit vectors: every number of a sample, a symbol's number, becomes a row with a 1 at that
/// place. A number that stands for no symbol becomes a row of zeros.
struct OneHot: LayerOperation {
  let symbols: Int
  let outputShape: [Int]
  let storage = LayerStorage.own

  init(symbols: Int, inputShape: [Int]) {
    self.symbols = symbols
    outputShape = inputShape + [symbols]
  }

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    Self.fill(
      output, from: inputs[0], count: context.samples * outputShape.dropLast().reduce(1, *),
      symbols: symbols)
  }

  let adjointReads: AdjointReads = []
  /// Numbers of symbols have no derivative.
  let passesGradients = false

  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {}

  static func fill(
    _ output: UnsafeMutablePointer<Float>, from codes: UnsafePointer<Float>, count: Int,
    symbols: Int
  ) {
    output.update(repeating: 0, count: count * symbols)
    for k in 0..<count {
      if let place = Int(exactly: codes[k].rounded()), (0..<symbols).contains(place) {
        output[k * symbols + place] = 1
      }
    }
  }
}

extension NetworkBuilder {
  /// Unit vectors of `symbols` numbers in the place of symbols' numbers.
  public mutating func oneHot(_ x: Value, symbols: Int, name: String) throws(InputError) -> Value {
    let operation = OneHot(symbols: symbols, inputShape: shape(of: x))
    guard symbols > 0, elementCount(of: operation.outputShape) != nil else {
      throw fault(name, "\(symbols) symbols make a value too large")
    }
    return try add(operation, [x], name: name)
  }

  /// The last `steps` places of the first axis.
  public mutating func lastSteps(_ x: Value, steps: Int, name: String) throws(InputError) -> Value {
    let shape = shape(of: x)
    guard let all = shape.first, (1...all).contains(steps) else {
      throw fault(name, "the value of \(describe(shape: shape)) has no last \(steps) steps")
    }
    return try add(
      Selection(axis: 0, places: Array(all - steps..<all), shape: shape), [x], name: name)
  }
}
