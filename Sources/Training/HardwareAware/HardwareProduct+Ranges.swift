import LinearAlgebra
import Networks

extension HardwareProduct {
  func factor(group: Int) -> Float { scale.values[0] }

  mutating func forEachParameter(_ body: (String, inout Parameter) throws -> Void) rethrows {
    try body("input-range", &input.range)
    try forEachOutputParameter(body)
  }

  mutating func forEachOutputParameter(_ body: (String, inout Parameter) throws -> Void) rethrows {
    try body("output-ranges", &outputRanges)
    try body("output-scale", &scale)
  }

  /// Keeps ranges and the factor positive.
  mutating func afterUpdate() {
    input.afterUpdate()
    for b in outputRanges.values.indices where outputRanges.values[b] != 0 {
      outputRanges.values[b] = max(outputRanges.values[b], 1e-4)
    }
    scale.values[0] = max(scale.values[0], 1e-4)
  }

  /// Forgets calibrated ranges, so that the next pass finds them anew.
  mutating func recalibrate() {
    input.recalibrate()
    if case .calibrated = settings.outputRange {
      for b in outputRanges.values.indices { outputRanges.values[b] = 0 }
    }
  }

  /// The ends of the output ranges in units of the exported outputs; empty without output converters.
  var exportedRanges: [Float] {
    settings.outputBits == nil ? [] : outputRanges.values.map { $0 * scale.values[0] }
  }

  func converters(weights: [Float], isNeeded: Bool) -> TrainedConverters? {
    let largest = weights.reduce(Float(0)) { max($0, abs($1)) }
    return settings.trained(
      input, outputRanges: exportedRanges, largest: largest * scale.values[0], isNeeded: isNeeded)
  }

  mutating func clearGradients() {
    input.range.gradient[0] = 0
    scale.gradient[0] = 0
    for b in outputRanges.gradient.indices { outputRanges.gradient[b] = 0 }
  }

  /// Σ dz·(what the converters of tile `b` gave).
  func converted(
    _ raw: UnsafePointer<Float>, _ count: Int, _ b: Int, dot dz: UnsafePointer<Float>
  ) -> Float {
    withScratch(count) { values in
      values.update(repeating: 0, count: count)
      convertOutput(b, raw, values, count: count, factor: 1)
      var sum = 0.0
      for i in 0..<count { sum += Double(dz[i] * values[i]) }
      return Float(sum)
    }
  }

  mutating func calibrateOutput(_ b: Int, _ raw: UnsafeBufferPointer<Float>) {
    guard settings.outputBits != nil else { return }
    let before = outputRanges.values[b]
    settings.outputRange.update(
      &outputRanges.values[b], with: raw, finds: findsRanges,
      follows: followsValues && pass.isTraining)
    if outputRanges.values[b] != before {
      outputConverters[b] = outputConverters[b].with(range: outputRanges.values[b])
    }
  }
}
