import Networks

extension DigitalSite {
  /// "weight" and "bias", and what the chip learns.
  public mutating func forEachParameter(_ body: (String, inout Parameter) throws -> Void) rethrows {
    try body("weight", &weights)
    try chip?.forEachParameter(body)
    if ramped?.range.values.isEmpty == false { try body("ramp-range", &ramped!.range) }
    if !bias.values.isEmpty { try body("bias", &bias) }
  }

  /// What the wires and the read noise of the chip leave for the passes that follow.
  public mutating func visit(_ visitor: inout SavedState) {
    chip?.forEachMemory { name, count, values in
      visitor.optionalFloats(name, &values, count: count)
    }
  }

  /// Limits weights, ranges and factors.
  public mutating func afterUpdate() {
    loop?.limit(&weights.values)
    ramped?.afterUpdate()
    chip?.afterUpdate()
    chip?.settings.clipping.limit(&weights.values)
  }

  /// Forgets calibrated ranges.
  public mutating func recalibrate() {
    chip?.recalibrate()
    ramped?.recalibrate()
  }

  /// The weights with the digital factors of the chip in them.
  public func exported() -> (weights: [Float], bias: [Float]?) {
    var result: [Float] = []
    result.reserveCapacity(weights.values.count)
    for g in 0..<blocks.groups {
      let factor = chip?.factor(group: g) ?? 1
      for j in 0..<blocks.columns {
        for i in 0..<blocks.rows {
          result.append(factor * weights.values[g * blocks.blockCount + i * blocks.columns + j])
        }
      }
    }
    return (result, bias.values.isEmpty ? nil : bias.values)
  }

  /// The converters for the exported weights.
  public var converters: TrainedConverters? {
    // Converters in the loop of a recurrent layer belong to its gates, not to the matrix.
    guard let chip, loop?.ramps == nil else { return nil }
    return ramped.map { $0.converters(of: chip, weights: weights.values) }
      ?? chip.converters(weights: weights.values)
  }
}
