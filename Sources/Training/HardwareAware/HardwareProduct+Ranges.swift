internal import CConversionKernels
import LinearAlgebra
import Networks

extension HardwareProduct {
  var factor: Float { scale.values[0] }

  mutating func forEachParameter(_ body: (String, inout Parameter) throws -> Void) rethrows {
    try body("input-range", &inputRange)
    try body("output-ranges", &outputRanges)
    try body("output-scale", &scale)
  }

  /// Keeps ranges and the factor positive.
  mutating func afterUpdate() {
    if inputRange.values[0] > 0 { inputRange.values[0] = max(inputRange.values[0], 1e-4) }
    for b in outputRanges.values.indices where outputRanges.values[b] != 0 {
      outputRanges.values[b] = max(outputRanges.values[b], 1e-4)
    }
    scale.values[0] = max(scale.values[0], 1e-4)
  }

  /// Forgets calibrated ranges, so that the next pass finds them anew.
  mutating func recalibrate() {
    if case .calibrated = settings.inputRange { inputRange.values[0] = 0 }
    if case .calibrated = settings.outputRange {
      for b in outputRanges.values.indices { outputRanges.values[b] = 0 }
    }
  }

  mutating func clearGradients() {
    inputRange.gradient[0] = 0
    scale.gradient[0] = 0
    for b in outputRanges.gradient.indices { outputRanges.gradient[b] = 0 }
  }

  func convertInput(
    _ x: UnsafePointer<Float>, samples: Int, into q: inout [Float]
  ) {
    let isPlain = settings.inputBits == nil && settings.inputRange == .absoluteMaximum
    q.withUnsafeMutableBufferPointer { q in
      if isPlain {
        q.baseAddress!.update(from: x, count: samples * inputs)
      } else {
        inputConverters.quantize(
          x, vectors: samples, count: inputs,
          range: settings.inputRange == .absoluteMaximum ? 0 : inputRange.values[0],
          into: q.baseAddress!)
      }
    }
  }

  mutating func passInputBack(
    _ x: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>?, count: Int
  ) {
    guard let dx, settings.inputRange != .absoluteMaximum else { return }
    let slope = inputConverters.passBack(x, dx, count: count, range: inputRange.values[0])
    if settings.inputRange == .learned { inputRange.gradient[0] += Float(slope) }
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

  mutating func calibrateInput(_ x: UnsafePointer<Float>, count: Int) {
    guard settings.inputRange != .absoluteMaximum else { return }
    calibrate(
      &inputRange.values[0], settings.inputRange, UnsafeBufferPointer(start: x, count: count),
      finds: findsRanges.inputs)
  }

  mutating func calibrateOutput(_ b: Int, _ raw: UnsafeBufferPointer<Float>) {
    guard settings.outputBits != nil else { return }
    let before = outputRanges.values[b]
    calibrate(
      &outputRanges.values[b], settings.outputRange, raw, finds: findsRanges.outputs)
    if outputRanges.values[b] != before {
      outputConverters[b] = outputConverters[b].with(range: outputRanges.values[b])
    }
  }

  func calibrate(
    _ end: inout Float, _ range: HardwareSettings.Range, _ values: UnsafeBufferPointer<Float>,
    finds: Bool
  ) {
    if followsValues, pass.isTraining, case .calibrated(let quantile) = range {
      let now =
        quantile < 1
        ? range.end(of: values) : ow_largest(values.baseAddress!, values.count)
      end = max(now, 0.99 * end)
    }
    // The reads of the pass that finds a range widen it: the first one of a sequence sees no states yet.
    if end <= 0 {
      end = range.end(of: values)
    } else if finds {
      end = max(end, range.end(of: values))
    }
  }

  /// Steps on one side of zero; `none` for no bits.
  static func levels(_ bits: Int?, _ none: Int) -> Int {
    bits.map { (1 << ($0 - 1)) - 1 } ?? none
  }
}
