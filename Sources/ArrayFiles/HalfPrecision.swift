/// Conversions between `Float` and the 16-bit formats, on bit patterns, so that they are the same on
/// every machine (Swift's `Float16` does not exist on every platform).
package enum HalfPrecision {
  /// The exact value of an IEEE 754 binary16 pattern.
  package static func float(binary16 pattern: UInt16) -> Float {
    let sign = UInt32(pattern & 0x8000) << 16
    let magnitude = UInt32(pattern & 0x7fff)
    if magnitude >= 0x7c00 {
      return Float(bitPattern: sign | 0x7f80_0000 | (magnitude & 0x3ff) << 13)
    }
    // The exponents' biases differ by 112; the product also normalizes subnormal patterns.
    let scaled = Float(bitPattern: magnitude << 13) * 0x1p112
    return Float(bitPattern: sign | scaled.bitPattern)
  }

  /// The nearest binary16 pattern, ties to even; above 65519.99… it is infinity.
  package static func binary16(_ value: Float) -> UInt16 {
    let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16) & 0x8000
    let magnitude = value.bitPattern & 0x7fff_ffff
    if magnitude > 0x7f80_0000 { return sign | 0x7e00 }
    if magnitude >= 0x477f_f000 { return sign | 0x7c00 }
    if magnitude < 0x3880_0000 {
      // Adding 0.5 rounds to multiples of 2^-24, the spacing of subnormal binary16 numbers.
      let rounded = Float(bitPattern: magnitude) + 0.5
      return sign | UInt16(truncatingIfNeeded: rounded.bitPattern - 0x3f00_0000)
    }
    let rounded = magnitude + 0xfff + (magnitude >> 13 & 1)
    return sign | UInt16(truncatingIfNeeded: (rounded - 0x3800_0000) >> 13)
  }

  /// The exact value of a bfloat16 pattern (the upper half of a binary32 pattern).
  package static func float(bfloat16 pattern: UInt16) -> Float {
    Float(bitPattern: UInt32(pattern) << 16)
  }

  /// The nearest bfloat16 pattern, ties to even.
  package static func bfloat16(_ value: Float) -> UInt16 {
    if value.isNaN { return UInt16(truncatingIfNeeded: value.bitPattern >> 16) | 0x40 }
    let rounded = value.bitPattern + 0x7fff + (value.bitPattern >> 16 & 1)
    return UInt16(truncatingIfNeeded: rounded >> 16)
  }
}
