import InputOutput

/// Resize, and Upsample of old operator sets: axis by axis, by the nearest place or by linear interpolation.
extension ONNXImporter {
  /// How the places of a result lie on the axis that is read.
  private struct Sampling {
    let mode: String
    let coordinates: String
    let rounding: String

    static let coordinateModes = [
      "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric",
      "tf_half_pixel_for_nn",
    ]
    static let roundings = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]

    /// Where place `k` of `count` lies on an axis of `length` that is stretched by `scale`.
    func coordinate(_ k: Int, count: Int, length: Int, scale: Float) -> Float {
      let middle = Float(k) + 0.5
      switch coordinates {
      case "align_corners":
        return count == 1 ? 0 : Float(k) * Float(length - 1) / Float(count - 1)
      case "asymmetric": return Float(k) / scale
      case "tf_half_pixel_for_nn": return middle / scale
      case "pytorch_half_pixel": return count == 1 ? 0 : middle / scale - 0.5
      case "half_pixel_symmetric":
        let adjustment = Float(count) / (scale * Float(length))
        return Float(length) / 2 * (1 - adjustment) + middle / scale - 0.5
      default: return middle / scale - 0.5
      }
    }

    /// The nearest place on an axis of `length`.
    func nearest(_ place: Float, length: Int) -> Int {
      let rounded =
        switch rounding {
        case "floor": place.rounded(.down)
        case "ceil": place.rounded(.up)
        case "round_prefer_ceil": (place + 0.5).rounded(.down)
        default: (place - 0.5).rounded(.up)
        }
      return Int(min(max(rounded, 0), Float(length - 1)))
    }
  }

  mutating func resize(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    var value = try floating(call.input(0), call)
    let isOld = call.opset < 11
    let sampling = Sampling(
      mode: call.text("mode", "nearest"),
      coordinates: call.text(
        "coordinate_transformation_mode", isOld ? "asymmetric" : "half_pixel"),
      rounding: call.text("nearest_mode", isOld ? "floor" : "round_prefer_floor"))
    func require(_ name: String, _ given: String, _ known: [String]) throws(InputError) {
      guard known.contains(given) else {
        throw call.fault("\(name) '\(given)' cannot be read, \(known.joined(separator: ", ")) can")
      }
    }
    try require("mode", sampling.mode, ["nearest", "linear"])
    try require(
      "coordinate_transformation_mode", sampling.coordinates, Sampling.coordinateModes)
    try require("nearest_mode", sampling.rounding, Sampling.roundings)
    try require(
      "keep_aspect_ratio_policy", call.text("keep_aspect_ratio_policy", "stretch"), ["stretch"])
    guard call.integer("antialias", 0) == 0 else {
      throw call.fault("antialias 1 cannot be read, 0 can")
    }
    let rank = rank(value)
    for (axis, target) in try resizedAxes(value, rank: rank, call) {
      guard let length = lengths(value)[axis].known else { continue }
      let (count, scale) = target
      if count == length, scale == 1 { continue }
      try spend(4 * count, call)
      let places = (0..<count).map {
        sampling.coordinate($0, count: count, length: length, scale: scale)
      }
      let own = try sampleAxis(axis, of: value, call)
      let shape = sampleShape(value)
      let operation: any LayerOperation =
        sampling.mode == "linear"
        ? Interpolation(axis: own, places: places, shape: shape)
        : Selection(
          axis: own, places: places.map { sampling.nearest($0, length: length) }, shape: shape)
      value = try apply(operation, [value], batchAxis: value.batchAxis, call)
    }
    return [value]
  }

  /// The axes that an operator resizes, each with its new length and the factor between the lengths.
  private func resizedAxes(
    _ value: ONNXValue, rank: Int, _ call: ONNXCall
  ) throws(InputError) -> [(axis: Int, target: (count: Int, scale: Float))] {
    var axes = Array(0..<rank)
    if let given = call.integers("axes") {
      axes = []
      for axis in given { axes.append(try call.axis(axis, rank: rank)) }
    }
    let old = lengths(value)
    let scales = try factors(call)
    let sizes = try call.optional(call.opset < 11 ? 4 : 3).map { (sizes) throws(InputError) in
      try symbolic(sizes, "sizes", call)
    }
    let given = sizes?.count ?? scales?.count
    guard let given, (sizes?.isEmpty ?? true) || (scales?.isEmpty ?? true) else {
      throw call.fault("has neither scales nor sizes, or both; one of them is needed")
    }
    guard given == axes.count, Set(axes).count == axes.count else {
      throw call.fault("has \(given) scales or sizes for \(axes.count) axes, one each is needed")
    }
    var result: [(axis: Int, target: (count: Int, scale: Float))] = []
    for (k, axis) in axes.enumerated() {
      let (count, scale): (Int, Float)
      guard let length = old[axis].known else {
        let isKept =
          if let sizes {
            sizes[k] == .batch || sizes[k].known.map { $0 == writtenBatch } ?? false
          } else {
            scales?[k] == 1
          }
        guard isKept else { throw call.fault("resizes the batch: samples stay apart") }
        continue
      }
      guard length > 0 else { throw call.fault("axis \(axis) of \(description(value)) is empty") }
      if let sizes {
        guard let size = sizes[k].known else {
          throw call.fault("the size of axis \(axis) must not depend on the size of the batch")
        }
        (count, scale) = (size, Float(size) / Float(length))
      } else {
        scale = scales?[k] ?? 1
        guard scale.isFinite, scale > 0, scale * Float(length) < Float(1 << 22) else {
          throw call.fault("the scale \(scale) of axis \(axis) is not above 0, or is too large")
        }
        count = Int(scale * Float(length))
      }
      guard count > 0, count <= 1 << 22 else {
        throw call.fault(
          "axis \(axis) would have the length \(count), from 1 to \(1 << 22) can be read")
      }
      result.append((axis, (count, scale)))
    }
    return result
  }

  /// The factors of the axes; `nil` if the node gives sizes instead.
  private func factors(_ call: ONNXCall) throws(InputError) -> [Float]? {
    guard let value = call.optional(call.opset < 11 ? 1 : 2) else { return nil }
    let factors = try constant(value, "scales", call).elements
    return factors.isEmpty ? nil : factors
  }
}
