internal import CRandomKernels

/// Whole arrays of random numbers, by a vectorised kernel.
///
/// Number `i` of a key is a function of the key and of `i` alone: filling an array in parts, in any
/// order and on any number of threads, gives the same numbers as filling it at once.
public enum Noise {
  /// Fills `buffer` with standard normal numbers `first ..< first + buffer.count` of `key`.
  ///
  /// Box and Muller's transform of 31 random bits: the tails reach 6.6 standard deviations.
  public static func fillNormal(
    _ buffer: UnsafeMutableBufferPointer<Float>, _ key: StreamKey, from first: Int = 0
  ) {
    precondition(first >= 0, "numbers are counted from zero")
    guard let base = buffer.baseAddress, !buffer.isEmpty else { return }
    ow_normal_f32(base, buffer.count, key.key, key.stream, UInt64(first))
  }

  /// Fills `buffer` with numbers uniform in (0, 1), 23 bits each.
  public static func fillUniform(
    _ buffer: UnsafeMutableBufferPointer<Float>, _ key: StreamKey, from first: Int = 0
  ) {
    precondition(first >= 0, "numbers are counted from zero")
    guard let base = buffer.baseAddress, !buffer.isEmpty else { return }
    ow_uniform_f32(base, buffer.count, key.key, key.stream, UInt64(first))
  }

  /// `count` standard normal numbers of `key`.
  public static func normal(_ count: Int, _ key: StreamKey, from first: Int = 0) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      fillNormal(UnsafeMutableBufferPointer(rebasing: buffer[..<count]), key, from: first)
      initialized = count
    }
  }

  /// `count` numbers of `key`, uniform in (0, 1).
  public static func uniform(_ count: Int, _ key: StreamKey, from first: Int = 0) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      fillUniform(UnsafeMutableBufferPointer(rebasing: buffer[..<count]), key, from: first)
      initialized = count
    }
  }
}
