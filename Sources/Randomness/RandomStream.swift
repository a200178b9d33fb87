/// A sequence of random numbers that belongs to one key.
///
/// For a few numbers at a time; `Noise` fills whole arrays faster, from the same keys but in an
/// order of its own.
public struct RandomStream: RandomNumberGenerator, Sendable {
  private let key: StreamKey
  private var counter: UInt64 = 0
  private var spare: UInt64 = 0
  private var hasSpare = false

  /// The stream of `key`, from its first number.
  public init(_ key: StreamKey) { self.key = key }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    if hasSpare {
      hasSpare = false
      return spare
    }
    let w = Philox.words(key: key.key, counter: counter, stream: key.stream)
    counter &+= 1
    spare = UInt64(w.3) << 32 | UInt64(w.2)
    hasSpare = true
    return UInt64(w.1) << 32 | UInt64(w.0)
  }

  /// A number uniform in the open interval (0, 1), of 52 bits.
  public mutating func uniform() -> Double {
    (Double(next() >> 12) + 0.5) * 0x1p-52
  }

  /// A whole number uniform in `0 ..< bound`, without bias (Lemire, ACM TOMACS 29, 2019).
  /// - Precondition: `bound > 0`.
  public mutating func index(below bound: Int) -> Int {
    precondition(bound > 0, "there must be something to choose from")
    let range = UInt64(bound)
    var product = next().multipliedFullWidth(by: range)
    if product.low < range {
      let threshold = (0 &- range) % range
      while product.low < threshold { product = next().multipliedFullWidth(by: range) }
    }
    return Int(product.high)
  }

  /// The numbers `0 ..< count` in a random order.
  public mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for i in stride(from: count - 1, to: 0, by: -1) { order.swapAt(i, index(below: i + 1)) }
    return order
  }
}
