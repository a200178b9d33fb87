import Networks

extension DigitalSite {
  /// "weight" and "bias", and what the chips learn.
  public mutating func forEachParameter(
    _ body: (String, inout Parameter) throws -> Void
  ) rethrows {
    try body("weight", &weights)
    for g in chips.indices {
      let end = chips.count == 1 ? "" : ".\(g)"
      try chips[g].forEachParameter { try body("\($0)\(end)", &$1) }
    }
    if ramped?.range.values.isEmpty == false { try body("ramp-range", &ramped!.range) }
    if !bias.values.isEmpty { try body("bias", &bias) }
  }

  /// What the wires and the read noise of the chips leave for the passes that follow.
  public mutating func visit(_ visitor: inout SavedState) {
    for g in chips.indices {
      let end = chips.count == 1 ? "" : ".\(g)"
      chips[g].forEachMemory { name, count, values in
        visitor.optionalFloats("\(name)\(end)", &values, count: count)
      }
    }
  }

  /// Limits weights, ranges and factors.
  public mutating func afterUpdate() {
    loop?.limit(&weights.values)
    ramped?.afterUpdate()
    guard let settings = chips.first?.settings else { return }
    for g in chips.indices { chips[g].afterUpdate() }
    settings.clipping.limit(&weights.values)
  }

  /// Forgets calibrated ranges.
  public mutating func recalibrate() {
    for g in chips.indices { chips[g].recalibrate() }
    ramped?.recalibrate()
  }

  /// The weights with the digital factors of the chips in them.
  public func exported() -> (weights: [Float], bias: [Float]?) {
    var result: [Float] = []
    result.reserveCapacity(weights.values.count)
    for g in 0..<blocks.groups {
      let factor = chips.isEmpty ? 1 : chips[g].factor
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
    guard chips.count == 1, loop?.converters == nil else { return nil }
    return ramped.map { $0.converters(of: chips[0], weights: weights.values) }
      ?? chips[0].converters(weights: weights.values)
  }
}
