import InputOutput

extension ONNXImporter {
  /// The remainder of known integers: with the sign of the divisor, or with `fmod` that of the dividend.
  func remainder(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    guard case .integers(let shapeA, let a) = try call.input(0),
      case .integers(let shapeB, let b) = try call.input(1)
    else { throw call.fault("is read for whole numbers of shapes alone") }
    let keepsDividendSign = call.integer("fmod", 0) != 0
    return [
      try integerArithmetic((shapeA, a), (shapeB, b), call) { x, y in
        guard let x = x.known, let y = y.known, y != 0, y != -1 else { return nil }
        let rest = x % y
        let isOther = !keepsDividendSign && rest != 0 && (rest < 0) != (y < 0)
        return SymbolicLength(isOther ? rest + y : rest)
      }
    ]
  }

  /// Arithmetic with shapes: `result` gives that of two numbers, `nil` where there is none.
  func integerArithmetic(
    _ a: (shape: [Int], values: [SymbolicLength]),
    _ b: (shape: [Int], values: [SymbolicLength]), _ call: ONNXCall,
    _ result: (SymbolicLength, SymbolicLength) -> SymbolicLength?
  ) throws(InputError) -> ONNXValue {
    guard a.shape == b.shape || a.values.count == 1 || b.values.count == 1 else {
      throw call.fault("computes with integers of the shapes \(a.shape) and \(b.shape)")
    }
    try spend(2 * max(a.values.count, b.values.count), call)
    let shape = a.values.count == 1 && a.shape.count <= b.shape.count ? b.shape : a.shape
    var values: [SymbolicLength] = []
    for k in 0..<max(a.values.count, b.values.count) where shape.reduce(1, *) > 0 {
      let x = a.values[a.values.count == 1 ? 0 : k]
      let y = b.values[b.values.count == 1 ? 0 : k]
      guard let value = result(x, y) else {
        throw call.fault("computes a length that is too large, or not linear in the batch")
      }
      values.append(value)
    }
    guard values.count == shape.reduce(1, *) else {
      throw call.fault("computes with integers of the shapes \(a.shape) and \(b.shape)")
    }
    return .integers(shape: shape, values)
  }

  static func integer(
    _ kind: Arithmetic.Kind, _ x: SymbolicLength, _ y: SymbolicLength
  ) -> SymbolicLength? {
    func isSmall(_ z: SymbolicLength) -> Bool {
      z.fixed.magnitude < 1 << 40 && z.perSample.magnitude < 1 << 40
    }
    guard isSmall(x), isSmall(y) else { return nil }
    switch kind {
    case .add: return SymbolicLength(x.fixed + y.fixed, perSample: x.perSample + y.perSample)
    case .subtract: return SymbolicLength(x.fixed - y.fixed, perSample: x.perSample - y.perSample)
    case .multiply:
      guard let known = y.known ?? x.known else { return nil }
      let other = y.known == nil ? y : x
      let (fixed, first) = other.fixed.multipliedReportingOverflow(by: known)
      let (perSample, second) = other.perSample.multipliedReportingOverflow(by: known)
      let result = SymbolicLength(fixed, perSample: perSample)
      return first || second || !isSmall(result) ? nil : result
    case .divide:
      guard let known = y.known, known != 0, x.perSample % known == 0,
        x.perSample == 0 || x.fixed % known == 0
      else { return nil }
      return SymbolicLength(x.fixed / known, perSample: x.perSample / known)
    }
  }
}
