import Circuits
import LinearAlgebra
import Networks

/// The input converters of a chip's word lines, and the end of their range.
struct ChipInput: Sendable {
  /// The end of the range; 0 until it is known. Of no meaning where every vector has its own.
  var range: Parameter
  private let settings: HardwareSettings
  private let converters: LineConverters
  private let count: Int
  /// Whether this pass finds the range.
  private var finds = false

  /// The converters of `count` lines.
  init(_ settings: HardwareSettings, count: Int) {
    self.settings = settings
    self.count = count
    let limits = settings.mapping?.limits ?? HardwareSettings.ReadLimits()
    converters = LineConverters(
      LineConverters(bits: settings.inputBits).codes, limit: limits.inputCap,
      asymmetry: limits.inputAsymmetry)
    range = Parameter([settings.inputRange.start], decays: false)
    // The gradient of a range sums over all that passes a converter; this brings its steps to the size
    // of the weights' (Esser et al., arXiv 1902.08153).
    range.rateFactor =
      1 / Float(count * HardwareSettings.levels(settings.inputBits, 1)).squareRoot()
  }

  /// Whether the range of every vector is its own.
  var followsVectors: Bool { settings.inputRange == .absoluteMaximum }
  /// Whether the range can be used.
  var isKnown: Bool { followsVectors || range.values[0] > 0 }

  /// Whether lines carry something else than codes of whole ranges.
  private var isLimited: Bool { settings.mapping?.limits.changesInputs ?? false }

  /// Begins a pass.
  mutating func begin() { finds = range.values[0] <= 0 }

  /// Finds the range where it is not known.
  ///
  /// - Parameter follows: whether a calibrated range follows the values.
  mutating func calibrate(_ x: UnsafePointer<Float>, vectors: Int, follows: Bool) {
    guard !followsVectors else { return }
    settings.inputRange.update(
      &range.values[0], with: UnsafeBufferPointer(start: x, count: vectors * count), finds: finds,
      follows: follows)
  }

  /// The inputs as the word lines have them, in the unit of the inputs.
  func convert(_ x: UnsafePointer<Float>, vectors: Int, into q: UnsafeMutablePointer<Float>) {
    if settings.inputBits == nil, followsVectors, !isLimited {
      q.update(from: x, count: vectors * count)
    } else {
      converters.quantize(
        x, vectors: vectors, count: count, range: followsVectors ? 0 : range.values[0], into: q)
    }
  }

  /// Takes the gradients `dx` back through the converters, and adds to that of the range.
  mutating func passBack(
    _ x: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>?, vectors: Int
  ) {
    guard let dx else { return }
    if converters.asymmetry != 0 {
      for i in 0..<vectors * count where x[i] < 0 { dx[i] *= 1 - converters.asymmetry }
    }
    if followsVectors {
      // A vector's own range clips nothing but what is beyond its limit.
      guard converters.limit < .infinity else { return }
      for i in 0..<vectors * count where abs(x[i]) > converters.limit { dx[i] = 0 }
      return
    }
    let slope = converters.passBack(x, dx, count: vectors * count, range: range.values[0])
    if settings.inputRange == .learned { range.gradient[0] += Float(slope) }
  }

  /// Keeps the range positive.
  mutating func afterUpdate() {
    if range.values[0] > 0 { range.values[0] = max(range.values[0], 1e-4) }
  }

  /// Forgets a calibrated range.
  mutating func recalibrate() {
    if case .calibrated = settings.inputRange { range.values[0] = 0 }
  }
}

extension HardwareSettings {
  /// The converters of a matrix as its exported network describes them; `nil` where there is nothing to describe, or
  /// the ranges are not known yet.
  ///
  /// - Parameters:
  ///   - outputRanges: the ends of the output ranges in units of the exported outputs; empty before they are known.
  ///   - largest: the largest exported |w|.
  ///   - sums: which sums are converted, where these are not products of whole weights.
  ///   - isNeeded: whether converters are described though none has a range.
  func trained(
    _ input: ChipInput, outputRanges: [Float], largest: Float, sums: String? = nil, isNeeded: Bool
  ) -> TrainedConverters? {
    let hasOutputs = outputBits != nil
    guard isNeeded || !input.followsVectors || hasOutputs, input.isKnown, largest > 0,
      !hasOutputs || (!outputRanges.isEmpty && outputRanges.allSatisfy { $0 > 0 })
    else { return nil }
    return TrainedConverters(
      inputBits: inputBits, inputRange: input.followsVectors ? nil : input.range.values[0],
      outputBits: outputBits, usesRamps: ramp != nil, tileRows: rows,
      outputRanges: hasOutputs ? outputRanges : [], convertedSums: sums,
      sliceCount: mapping?.scheme.sliceCount ?? 1, sendsBits: mapping?.coding == .bitSerial,
      boundManagement: mapping?.boundManagement.name,
      largestWeight: largest)
  }

  /// Codes on one side of zero; `none` for no bits.
  static func levels(_ bits: Int?, _ none: Int) -> Int {
    bits.map { (1 << ($0 - 1)) - 1 } ?? none
  }
}
