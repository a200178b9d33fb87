import InputOutput

extension ONNXImporter {
  /// How many places of one axis an operator may take or make.
  private static let placeLimit = 1 << 22

  /// The chosen places of one axis of the value.
  private mutating func selected(
    _ value: ONNXValue, axis: Int, _ places: [Int], filler: Float = 0, _ call: ONNXCall
  ) throws(InputError) -> ONNXValue {
    let own = try sampleAxis(axis, of: value, call)
    try spend(2 * places.count, call)
    let operation = Selection(
      axis: own, places: places, filler: filler, shape: sampleShape(value))
    return try move(operation, value, batchAxis: value.batchAxis, call)
  }

  mutating func gather(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    let value = try call.input(0)
    guard case .integers(let shape, let given) = try call.input(1) else {
      throw call.fault("its indices must be constants")
    }
    let rank = rank(value)
    let axis = try call.axis(call.integer("axis", 0), rank: rank)
    guard let length = lengths(value)[axis].known else {
      throw call.fault("works along axis \(axis), which is the batch: samples stay apart")
    }
    try spend(given.count, call)
    var places: [Int] = []
    for index in given {
      guard let known = index.known, known >= -length, known < length else {
        throw call.fault("an index is outside axis \(axis), which has the length \(length)")
      }
      places.append(known < 0 ? known + length : known)
    }
    let taken = try selected(value, axis: axis, places, call)
    var result = lengths(taken)
    result.replaceSubrange(axis...axis, with: shape.map { SymbolicLength($0) })
    return [try reshaped(taken, result, keepsZeros: true, call)]
  }

  /// Pieces of one axis: of the given lengths, or as many as there are outputs, equal but for the last.
  mutating func split(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    let value = try call.input(0)
    let axis = try call.axis(call.integer("axis", 0), rank: rank(value))
    guard let length = lengths(value)[axis].known else {
      throw call.fault("splits the batch: samples stay apart")
    }
    let count = call.node.outputs.count
    try spend(length + count, call)
    let piece = (length + max(1, count) - 1) / max(1, count)
    let equal = (0..<count).map { max(0, min(piece, length - $0 * piece)) }
    let sizes = try integers("split", orInput: 1, call) ?? equal
    guard sizes.count == count, sizes.allSatisfy({ $0 > 0 && $0 <= length }),
      sizes.reduce(0, +) == length
    else {
      throw call.fault(
        "cannot split axis \(axis) of the length \(length) into pieces of "
          + "\(sizes.prefix(8).map(String.init).joined(separator: ", ")) for \(count) outputs")
    }
    var (start, pieces) = (0, [ONNXValue]())
    for size in sizes {
      pieces.append(try selected(value, axis: axis, Array(start..<start + size), call))
      start += size
    }
    return pieces
  }

  mutating func slice(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    var value = try call.input(0)
    let old = lengths(value)
    let starts = try bounds("starts", 1, call)
    let ends = try bounds("ends", 2, call)
    let axes = try integers("axes", orInput: 3, call) ?? Array(starts.indices)
    let steps = try integers("steps", orInput: 4, call) ?? starts.map { _ in 1 }
    guard starts.count == ends.count, axes.count == starts.count, steps.count == starts.count else {
      throw call.fault("starts, ends, axes and steps do not have the same count")
    }
    for k in starts.indices {
      let axis = try call.axis(axes[k], rank: old.count)
      guard let length = lengths(value)[axis].known else {
        guard starts[k] == SymbolicLength(0), steps[k] == 1,
          ends[k] == .batch || (ends[k].known ?? 0) >= 1 << 30
        else { throw call.fault("takes some samples of the batch: samples stay apart") }
        continue
      }
      guard let start = starts[k].known, let end = ends[k].known, steps[k] != 0 else {
        throw call.fault("its bounds depend on the size of the batch, or its step is 0")
      }
      if start == 0 && end >= length && steps[k] == 1 { continue }
      try spend(length, call)
      let places = range(start, end, steps[k], length: length)
      if places.count != length || steps[k] < 0 {
        value = try selected(value, axis: axis, places, call)
      }
    }
    return [value]
  }

  private func bounds(
    _ name: String, _ index: Int, _ call: ONNXCall
  ) throws(InputError) -> [SymbolicLength] {
    if let values = call.integers(name) { return values.map { SymbolicLength($0) } }
    return try symbolic(call.input(index), name, call)
  }

  /// The places that a slice takes of an axis.
  private func range(_ start: Int, _ end: Int, _ step: Int, length: Int) -> [Int] {
    func place(_ bound: Int, _ allowed: ClosedRange<Int>) -> Int {
      let counted = bound < 0 ? max(bound, -length - 1) + length : min(bound, length)
      return min(max(counted, allowed.lowerBound), allowed.upperBound)
    }
    guard length > 0 else { return [] }
    // A step longer than the axis takes the first place alone.
    if step > 0 {
      return Array(
        stride(
          from: place(start, 0...length), to: place(end, 0...length), by: min(step, length)))
    }
    return Array(
      stride(
        from: place(start, -1...length - 1), to: place(end, -1...length - 1),
        by: max(step, -length)))
  }

  mutating func expand(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    var value = try floating(call.input(0), call)
    var target = try symbolic(call.input(1), "the shape", call)
    guard target.count <= 16 else { throw call.fault("has more than 16 axes") }
    let missing = max(0, target.count - rank(value))
    if missing > 0 {
      value = try reshaped(
        value, Array(repeating: SymbolicLength(1), count: missing) + lengths(value),
        keepsZeros: true, call)
    }
    target = Array(repeating: SymbolicLength(1), count: rank(value) - target.count) + target
    for axis in target.indices {
      let own = lengths(value)[axis]
      if target[axis] == own || target[axis] == SymbolicLength(1) { continue }
      guard own == SymbolicLength(1) else {
        throw call.fault("cannot repeat axis \(axis) of \(description(value))")
      }
      if let known = target[axis].known, known >= 0, known <= Self.placeLimit {
        try spend(known, call)
        value = try selected(value, axis: axis, Array(repeating: 0, count: known), call)
      } else if target[axis] == .batch, case .constant(let tensor, nil) = value {
        var shape = tensor.shape
        shape.remove(at: axis)
        value = .constant(Tensor(shape: shape, elements: tensor.elements), batchAxis: axis)
      } else {
        throw call.fault("cannot repeat axis \(axis) of \(description(value)) this often")
      }
    }
    return [value]
  }

  mutating func concatenate(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    var values: [ONNXValue] = []
    for index in call.inputs.indices { values.append(try call.input(index)) }
    guard let first = values.first else { throw call.fault("has no inputs") }
    let rank = rank(first)
    let axis = try call.axis(call.integer("axis", 0), rank: rank)
    var integers: [SymbolicLength] = []
    for value in values {
      guard case .integers(let shape, let part) = value, shape.count == 1 else { break }
      try spend(2 * part.count, call)
      integers += part
    }
    if values.allSatisfy({ if case .integers(let s, _) = $0 { s.count == 1 } else { false } }) {
      return [.integers(shape: [integers.count], integers)]
    }
    let own = try sampleAxis(axis, of: first, call)
    var parts: [ONNXValue] = []
    for value in values {
      let part = try floating(value, call)
      var (a, b) = (sampleShape(first), sampleShape(part))
      guard part.batchAxis == first.batchAxis, a.count == b.count else {
        throw call.fault("cannot join \(description(first)) and \(description(value))")
      }
      a[own] = 0
      b[own] = 0
      guard a == b else {
        throw call.fault("cannot join \(description(first)) and \(description(value))")
      }
      parts.append(part)
    }
    let operation = Concatenation(axis: own, shapes: parts.map { sampleShape($0) })
    return [try apply(operation, parts, batchAxis: first.batchAxis, call)]
  }

  mutating func pad(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    var value = try floating(call.input(0), call)
    let rank = rank(value)
    guard let pads = try integers("pads", orInput: 1, call) else {
      throw call.fault("pads are missing")
    }
    var filler = call.float("value", 0)
    if let given = call.optional(2),
      let number = try constant(given, "the filler", call).elements.first
    {
      filler = number
    }
    var axes = Array(0..<rank)
    if let given = call.optional(3) {
      axes = []
      for axis in try integers(given, "axes", call) { axes.append(try call.axis(axis, rank: rank)) }
    }
    guard pads.count == 2 * axes.count else {
      throw call.fault("has \(pads.count) pads for \(axes.count) axes, two an axis are needed")
    }
    let mode = call.text("mode", "constant")
    for (k, axis) in axes.enumerated() {
      let (before, after) = (pads[k], pads[k + axes.count])
      if before == 0 && after == 0 { continue }
      guard let length = lengths(value)[axis].known else {
        throw call.fault("pads the batch: samples stay apart")
      }
      let limit = Self.placeLimit
      guard abs(before.clamped) < limit, abs(after.clamped) < limit, length > 0, length < limit,
        length + before + after >= 0
      else { throw call.fault("pads of \(before) and \(after) on \(length) places are too large") }
      try spend(length + max(0, before) + max(0, after), call)
      var places: [Int] = []
      for place in -before..<max(-before, length + after) {
        guard let source = source(of: place, length: length, mode) else {
          throw call.fault(
            "mode '\(mode)' is none of constant, reflect, edge, wrap, or the padding is too long")
        }
        places.append(source)
      }
      value = try selected(value, axis: axis, places, filler: filler, call)
    }
    return [value]
  }

  /// The place of an axis that stands at a place outside of it; -1: the filler.
  private func source(of place: Int, length: Int, _ mode: String) -> Int? {
    if place >= 0 && place < length { return place }
    switch mode {
    case "constant": return -1
    case "edge": return place < 0 ? 0 : length - 1
    case "wrap": return ((place % length) + length) % length
    case "reflect":
      let mirrored = place < 0 ? -place : 2 * (length - 1) - place
      return mirrored >= 0 && mirrored < length ? mirrored : nil
    default: return nil
    }
  }
}

extension Int {
  /// The number, or one that can be negated where it is the smallest.
  fileprivate var clamped: Int { Swift.max(self, -Int.max) }
}
