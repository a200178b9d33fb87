public import InputOutput

extension NetworkBuilder {
  /// Layer normalization over the axes from `firstAxis` on (negative axes count from the end).
  /// - Parameters:
  ///   - scale: one number for each place of those axes; 1 where `nil`.
  ///   - shift: the same; 0 where `nil`.
  public mutating func layerNormalization(
    _ x: Value, firstAxis: Int = -1, scale: [Float]? = nil, shift: [Float]? = nil,
    epsilon: Float = 1e-5, name: String
  ) throws(InputError) -> Value {
    let axis = firstAxis < 0 ? shape(of: x).count + firstAxis : firstAxis
    return try normalization(x, .layer(firstAxis: axis), scale, shift, epsilon, name)
  }

  /// Group normalization: the places of the first axis in `groups` groups, each with its positions.
  /// - Parameters:
  ///   - scale: one number a channel; 1 where `nil`.
  ///   - shift: the same; 0 where `nil`.
  public mutating func groupNormalization(
    _ x: Value, groups: Int, scale: [Float]? = nil, shift: [Float]? = nil, epsilon: Float = 1e-5,
    name: String
  ) throws(InputError) -> Value {
    try normalization(x, .group(count: groups), scale, shift, epsilon, name)
  }

  /// Instance normalization: each channel on its own.
  /// - Parameters:
  ///   - scale: one number a channel; 1 where `nil`.
  ///   - shift: the same; 0 where `nil`.
  public mutating func instanceNormalization(
    _ x: Value, scale: [Float]? = nil, shift: [Float]? = nil, epsilon: Float = 1e-5, name: String
  ) throws(InputError) -> Value {
    try normalization(x, .instance, scale, shift, epsilon, name)
  }

  private mutating func normalization(
    _ x: Value, _ kind: SampleNormalization.Kind, _ scale: [Float]?, _ shift: [Float]?,
    _ epsilon: Float, _ name: String
  ) throws(InputError) -> Value {
    let shape = shape(of: x)
    guard let count = SampleNormalization.parameterCount(kind, shape: shape) else {
      let wanted =
        switch kind {
        case .layer(let axis): "normalizes the axes from \(axis) on"
        case .group(let groups): "normalizes channels in \(groups) groups of equal size"
        case .instance: "normalizes the positions of channels"
        }
      throw fault(name, "\(wanted), the value has the shape \(describe(shape: shape))")
    }
    let factors = scale ?? Array(repeating: 1, count: count)
    let added = shift ?? Array(repeating: 0, count: count)
    guard factors.count == count, added.count == count else {
      throw fault(
        name,
        "scale and shift have \(factors.count) and \(added.count) numbers, \(count) are needed")
    }
    guard (factors + added).allSatisfy(\.isFinite), epsilon.isFinite, epsilon > 0 else {
      throw fault(name, "scale and shift are finite numbers and epsilon is above 0")
    }
    return try add(
      SampleNormalization(kind: kind, scale: factors, shift: added, epsilon: epsilon, shape: shape),
      [x], name: name)
  }
}
