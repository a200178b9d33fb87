import InputOutput

extension ONNXImporter {
  mutating func reshape(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    let value = try call.input(0)
    let wanted = try symbolic(call.input(1), "the shape", call)
    return [try reshaped(value, wanted, keepsZeros: call.integer("allowzero", 0) != 0, call)]
  }

  mutating func flatten(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    let value = try call.input(0)
    let rank = rank(value)
    let given = call.integer("axis", 1)
    guard given >= -rank, given <= rank else {
      throw call.fault("axis \(given) does not exist, the value has \(rank) axes")
    }
    let axis = given < 0 ? given + rank : given
    var halves = [SymbolicLength(1), SymbolicLength(1)]
    for (k, length) in lengths(value).enumerated() {
      let half = k < axis ? 0 : 1
      guard let known = length.known ?? halves[half].known,
        let count = elementCount(of: [known, max(halves[half].fixed, length.fixed, 1)])
      else { throw call.fault("cannot flatten \(description(value))") }
      if length.known == nil {
        halves[half] = SymbolicLength(0, perSample: known)
      } else if halves[half].known == nil {
        halves[half].perSample *= known
      } else {
        halves[half] = SymbolicLength(count == 0 ? 0 : halves[half].fixed * known)
      }
    }
    return [try reshaped(value, halves, keepsZeros: true, call)]
  }

  /// The value in the shape `wanted`, in which 0 keeps a length and -1 is what remains.
  mutating func reshaped(
    _ value: ONNXValue, _ wanted: [SymbolicLength], keepsZeros: Bool, _ call: ONNXCall
  ) throws(InputError) -> ONNXValue {
    let old = lengths(value)
    var target = wanted
    for k in target.indices where target[k] == SymbolicLength(0) && !keepsZeros {
      guard k < old.count else { throw call.fault("keeps the length of axis \(k), there is none") }
      target[k] = old[k]
    }
    let size = sampleShape(value).reduce(1, *)
    let mismatch = call.fault(
      "\(description(value)) cannot take the shape "
        + target.map { $0.known.map(String.init) ?? "batch" }.joined(separator: "×"))
    guard target.count(where: { $0 == SymbolicLength(-1) }) <= 1 else { throw mismatch }
    var axis = target.firstIndex(of: .batch)
    let prefix = prefix(of: value)
    if axis == nil, value.batchAxis != nil {
      let isNamed = target.contains { $0.known == nil }
      axis = isNamed ? nil : batchCandidate(target, size: size, prefix: prefix)
      if axis == nil, let joined = joinedPlace(target, size: size, prefix: prefix) {
        return try self.joined(
          value, target, joined.axis, length: joined.length, mismatch, call)
      }
      guard let axis else { throw mismatch }
      target[axis] = .batch
    }
    guard target.allSatisfy({ $0 == .batch || ($0.known ?? -2) >= -1 }),
      target.count(where: { $0 == .batch }) <= 1
    else { throw mismatch }
    guard (axis == nil) == (value.batchAxis == nil) else { throw mismatch }
    var shape = target.compactMap(\.known)
    if let open = shape.firstIndex(of: -1) {
      var others = shape
      others.remove(at: open)
      guard let known = elementCount(of: others), known > 0, size % known == 0 else {
        throw mismatch
      }
      shape[open] = size / known
    }
    guard elementCount(of: shape) == size else { throw mismatch }
    if let axis, shape[..<axis].reduce(1, *) != prefix {
      throw call.fault("mixes the batch with other axes: \(mismatch.problem)")
    }
    switch value {
    case .integers(_, let values): return .integers(shape: shape, values)
    case .constant(let tensor, _):
      return .constant(Tensor(shape: shape, elements: tensor.elements), batchAxis: axis)
    case .computed(let x, _), .joined(let x, _):
      if shape == builder.shape(of: x) { return .computed(x, batchAxis: axis ?? 0) }
      return .computed(
        try builder.reshape(x, to: shape, name: call.name), batchAxis: axis ?? 0)
    }
  }

  /// The value with the batch joined with an axis of `length` at `axis`.
  private mutating func joined(
    _ value: ONNXValue, _ target: [SymbolicLength], _ axis: JoinedAxis, length: Int,
    _ mismatch: InputError, _ call: ONNXCall
  ) throws(InputError) -> ONNXValue {
    var shape = target.map(\.fixed)
    shape[axis.place] = length
    switch value {
    case .computed(let x, _), .joined(let x, _):
      let isSame = shape == builder.shape(of: x)
      return .joined(isSame ? x : try builder.reshape(x, to: shape, name: call.name), axis)
    case .constant, .integers: throw mismatch
    }
  }

  /// How many numbers of a sample stand before the batch in the order of a value's numbers, as a factor.
  private func prefix(of value: ONNXValue) -> Int {
    guard let batch = value.batchAxis else { return 1 }
    let last = if case .joined(_, let axis) = value { axis.batchAxis } else { batch }
    return sampleShape(value)[..<last].reduce(1, *)
  }

  /// The axis that must be the batch in a shape that does not name it: the open one, or one of the
  /// length the file was exported with.
  private func batchCandidate(
    _ target: [SymbolicLength], size: Int, prefix: Int
  ) -> Int? {
    let open = target.firstIndex(of: SymbolicLength(-1))
    func rest(_ axis: Int) -> [Int] {
      target.indices.filter { $0 != axis }.map { target[$0].fixed }
    }
    if let open, elementCount(of: rest(open)) == size { return open }
    return target.indices.first { axis in
      let length = target[axis].fixed
      guard axis != open, length == 1 || length == writtenBatch else { return false }
      let others = rest(axis)
      let fits: Bool
      if open != nil {
        let known = elementCount(of: others.filter { $0 != -1 }) ?? 0
        fits = known > 0 && size % known == 0
      } else {
        fits = elementCount(of: others) == size
      }
      guard fits else { return false }
      let leading = target[..<axis].map(\.fixed)
      return leading.contains(-1) || elementCount(of: leading) == prefix
    }
  }

  mutating func squeeze(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    let value = try call.input(0)
    var kept = lengths(value)
    let rank = kept.count
    var axes: Set<Int> = []
    if let given = try integers("axes", orInput: 1, call) {
      for axis in given { axes.insert(try call.axis(axis, rank: rank)) }
    } else {
      axes = Set(kept.indices.filter { kept[$0] == SymbolicLength(1) })
    }
    for axis in axes.sorted(by: >) {
      guard kept[axis] == SymbolicLength(1) else {
        throw call.fault("axis \(axis) of \(description(value)) does not have the length 1")
      }
      kept.remove(at: axis)
    }
    return [try reshaped(value, kept, keepsZeros: true, call)]
  }

  mutating func unsqueeze(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    let value = try call.input(0)
    var result = lengths(value)
    guard let given = try integers("axes", orInput: 1, call), given.count <= 8 else {
      throw call.fault("axes are missing, or more than 8")
    }
    let rank = result.count + given.count
    var axes: Set<Int> = []
    for axis in given { axes.insert(try call.axis(axis, rank: rank)) }
    guard axes.count == given.count else { throw call.fault("the axes \(given) repeat themselves") }
    for axis in axes.sorted() { result.insert(SymbolicLength(1), at: axis) }
    return [try reshaped(value, result, keepsZeros: true, call)]
  }

  mutating func transpose(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    let value = try call.input(0)
    let rank = rank(value)
    let order = call.integers("perm") ?? Array((0..<rank).reversed())
    guard order.sorted() == Array(0..<rank) else {
      throw call.fault("perm \(order) is not an order of the \(rank) axes of \(description(value))")
    }
    if case .joined(let x, let axis) = value {
      // The axes of the graph are those of a sample, and the batch goes with the axis it is joined with.
      let moved = try builder.add(
        Transpose(order: order, shape: builder.shape(of: x)), [x], name: call.name)
      let place = order.firstIndex(of: axis.place) ?? axis.place
      return [.joined(moved, JoinedAxis(place: place, isBatchFirst: axis.isBatchFirst))]
    }
    let batchAxis = value.batchAxis.flatMap { order.firstIndex(of: $0) }
    var sampleOrder: [Int] = []
    for axis in order where axis != value.batchAxis {
      sampleOrder.append(try sampleAxis(axis, of: value, call))
    }
    let shape = sampleShape(value)
    if case .computed(let x, _) = value, sampleOrder == Array(shape.indices) {
      return [.computed(x, batchAxis: batchAxis ?? 0)]
    }
    let operation = Transpose(order: sampleOrder, shape: shape)
    return [try move(operation, value, batchAxis: batchAxis, call)]
  }
}
