import Networks

extension HardwareProduct {
  /// The converters and their ranges in the units of the exported weights, which hold the digital
  /// factor; `nil` without output converters and a range of inputs, or before the ranges are known.
  ///
  /// - Parameter isNeeded: whether they are described though none has a range.
  func converters(weights: [Float], isNeeded: Bool) -> TrainedConverters? {
    let hasInputRange = settings.inputRange != .absoluteMaximum
    let hasOutputs = settings.outputBits != nil
    guard isNeeded || hasInputRange || hasOutputs, !hasInputRange || inputRange.values[0] > 0,
      !hasOutputs || outputRanges.values.allSatisfy({ $0 > 0 })
    else { return nil }
    let largest = weights.reduce(Float(0)) { max($0, abs($1)) }
    guard largest > 0 else { return nil }
    let factor = scale.values[0]
    return TrainedConverters(
      inputBits: settings.inputBits, inputRange: hasInputRange ? inputRange.values[0] : nil,
      outputBits: settings.outputBits, usesRamps: settings.ramp != nil, tileRows: settings.rows,
      outputRanges: hasOutputs ? outputRanges.values.map { $0 * factor } : [],
      largestWeight: largest * factor)
  }
}
