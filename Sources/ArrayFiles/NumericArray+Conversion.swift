extension NumericArray {
  /// The elements as `Float`, row major. Wider types are rounded to nearest. Costs a pass over the
  /// bytes, so keep the result.
  public var floats: [Float] {
    switch elementType {
    case .float32: elements(Float.self) { $0 }
    case .float64: elements(Double.self) { Float($0) }
    case .float16: elements(UInt16.self) { HalfPrecision.float(binary16: $0) }
    case .bfloat16: elements(UInt16.self) { HalfPrecision.float(bfloat16: $0) }
    case .int8: elements(Int8.self) { Float($0) }
    case .int16: elements(Int16.self) { Float($0) }
    case .int32: elements(Int32.self) { Float($0) }
    case .int64: elements(Int64.self) { Float($0) }
    case .uint8: elements(UInt8.self) { Float($0) }
    case .uint16: elements(UInt16.self) { Float($0) }
    case .uint32: elements(UInt32.self) { Float($0) }
    case .uint64: elements(UInt64.self) { Float($0) }
    case .bool: elements(UInt8.self) { $0 == 0 ? 0 : 1 }
    }
  }

  /// The elements as `Double`, row major. 64-bit integers are rounded to nearest. Costs a pass over
  /// the bytes, so keep the result.
  public var doubles: [Double] {
    switch elementType {
    case .float64: elements(Double.self) { $0 }
    case .int32: elements(Int32.self) { Double($0) }
    case .int64: elements(Int64.self) { Double($0) }
    case .uint32: elements(UInt32.self) { Double($0) }
    case .uint64: elements(UInt64.self) { Double($0) }
    default: floats.map { Double($0) }
    }
  }

  /// The elements as whole numbers, row major, or `nil` where one is not: a fraction, not finite, or
  /// outside the range of `Int64`. Costs a pass over the bytes.
  public var integers: [Int64]? {
    switch elementType {
    case .int8: return elements(Int8.self) { Int64($0) }
    case .int16: return elements(Int16.self) { Int64($0) }
    case .int32: return elements(Int32.self) { Int64($0) }
    case .int64: return elements(Int64.self) { Int64($0) }
    case .uint8: return elements(UInt8.self) { Int64($0) }
    case .uint16: return elements(UInt16.self) { Int64($0) }
    case .uint32: return elements(UInt32.self) { Int64($0) }
    case .bool: return elements(UInt8.self) { $0 == 0 ? 0 : 1 }
    case .uint64:
      let values = elements(UInt64.self) { $0 }
      return values.contains { $0 > UInt64(Int64.max) } ? nil : values.map { Int64($0) }
    case .float64, .float32, .float16, .bfloat16:
      let values = doubles
      var integers = [Int64]()
      integers.reserveCapacity(values.count)
      for value in values {
        guard let whole = Int64(exactly: value) else { return nil }
        integers.append(whole)
      }
      return integers
    }
  }

  /// Whether no element is NaN or infinite.
  public var isFinite: Bool { firstNotFinite() == nil }

  /// The row-major position of the first element that is NaN or infinite, or `nil`.
  public func firstNotFinite() -> Int? {
    guard elementType.isFloatingPoint else { return nil }
    return elementType == .float64
      ? elements(Double.self) { $0 }.firstIndex { !$0.isFinite }
      : floats.firstIndex { !$0.isFinite }
  }

  private func elements<Stored: BitwiseCopyable, Result: BitwiseCopyable>(
    _: Stored.Type, _ convert: (Stored) -> Result
  ) -> [Result] {
    let count = count
    return bytes.withUnsafeBytes { raw in
      [Result](unsafeUninitializedCapacity: count) { out, filled in
        for i in 0..<count {
          out.initializeElement(
            at: i,
            to: convert(
              raw.loadUnaligned(fromByteOffset: i * MemoryLayout<Stored>.size, as: Stored.self)))
        }
        filled = count
      }
    }
  }
}
