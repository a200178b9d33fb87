import Foundation
import InputOutput

/// How one number stands in a file.
enum ElementType: String, Sendable {
  case float16 = "f2"
  case float32 = "f4"
  case float64 = "f8"
  case int8 = "i1"
  case int16 = "i2"
  case int32 = "i4"
  case int64 = "i8"
  case uint8 = "u1"
  case uint16 = "u2"
  case uint32 = "u4"
  case uint64 = "u8"
  case boolean = "b1"
  /// The upper half of a 32-bit float; safetensors' BF16.
  case brainFloat16 = "bf16"

  /// Bytes a number.
  var size: Int {
    switch self {
    case .int8, .uint8, .boolean: 1
    case .float16, .int16, .uint16, .brainFloat16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// Reads `count` numbers from `data`.
  /// - Throws: `InputError` where an unsigned number does not fit 63 bits.
  /// - Precondition: `data.count == count * size`.
  func decode(
    _ data: Data, count: Int, bigEndian: Bool, source: String, place: String
  ) throws(InputError) -> NumericArray.Values {
    precondition(data.count == count * size, "as many bytes as the numbers need")
    let values = data.withUnsafeBytes { raw -> NumericArray.Values? in
      func load<T: FixedWidthInteger>(_: T.Type, _ i: Int) -> T {
        let x = raw.loadUnaligned(fromByteOffset: i * MemoryLayout<T>.size, as: T.self)
        return bigEndian ? T(bigEndian: x) : T(littleEndian: x)
      }
      func integers<T: FixedWidthInteger>(_ type: T.Type) -> NumericArray.Values {
        .integer((0..<count).map { Int64(load(type, $0)) })
      }
      switch self {
      case .float32: return .float((0..<count).map { Float(bitPattern: load(UInt32.self, $0)) })
      case .float64: return .double((0..<count).map { Double(bitPattern: load(UInt64.self, $0)) })
      case .float16: return .float((0..<count).map { widen(half: load(UInt16.self, $0)) })
      case .brainFloat16:
        return .float(
          (0..<count).map { Float(bitPattern: UInt32(load(UInt16.self, $0)) << 16) })
      case .int8: return integers(Int8.self)
      case .int16: return integers(Int16.self)
      case .int32: return integers(Int32.self)
      case .int64: return integers(Int64.self)
      case .uint8, .boolean: return integers(UInt8.self)
      case .uint16: return integers(UInt16.self)
      case .uint32: return integers(UInt32.self)
      case .uint64:
        var result: [Int64] = []
        result.reserveCapacity(count)
        for i in 0..<count {
          guard let x = Int64(exactly: load(UInt64.self, i)) else { return nil }
          result.append(x)
        }
        return .integer(result)
      }
    }
    guard let values else { throw InputError(source, at: place, "a number is above 2^63 − 1") }
    return values
  }
}

/// IEEE 754 half precision, widened.
private func widen(half bits: UInt16) -> Float {
  let sign = UInt32(bits & 0x8000) << 16
  let exponent = Int(bits >> 10) & 0x1F
  let fraction = UInt32(bits & 0x3FF)
  switch exponent {
  case 0:
    let magnitude = Float(fraction) * 0x1p-24
    return sign == 0 ? magnitude : -magnitude
  case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
  default: return Float(bitPattern: sign | UInt32(exponent + 112) << 23 | fraction << 13)
  }
}

/// The number of elements of `shape`, or `nil` where it is negative or too large to count.
func elementCount(_ shape: [Int]) -> Int? {
  var count = 1
  for extent in shape {
    guard extent >= 0 else { return nil }
    let (product, overflow) = count.multipliedReportingOverflow(by: extent)
    guard !overflow else { return nil }
    count = product
  }
  return count
}
