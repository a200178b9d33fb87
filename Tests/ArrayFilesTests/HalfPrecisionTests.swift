import ArrayFiles
import Testing

@Suite struct HalfPrecisionTests {
  @Test("every finite 16-bit pattern survives the way to Float and back")
  func patterns() {
    for type in [ElementType.float16, .bfloat16] {
      let patterns = (0...UInt16.max).filter { pattern in
        let mask: UInt16 = type == .float16 ? 0x7c00 : 0x7f80
        return pattern & mask != mask
      }
      let bytes = patterns.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
      let array = NumericArray(shape: [patterns.count], bytes: bytes, elementType: type)
      let again = NumericArray(shape: [patterns.count], rounding: array.floats, to: type)
      #expect(again == array)
    }
  }

  @Test("halfway cases round to even, large numbers become infinite")
  func rounding() {
    let values: [Float] = [1 + 0x1p-11, 1 + 0x3p-11, 65519.99, 65520, 0x1p-25, 0x1.8p-24, -0.0]
    let expected: [Float] = [1, 1 + 0x1p-9, 65504, .infinity, 0, 0x1p-23, -0.0]
    let stored = NumericArray(shape: [7], rounding: values, to: .float16).floats
    #expect(stored.map(\.bitPattern) == expected.map(\.bitPattern))
    let brain = NumericArray(shape: [2], rounding: [1 + 0x1p-8, 1 + 0x3p-8], to: .bfloat16).floats
    #expect(brain == [1, 1 + 0x1p-6])
  }
}
