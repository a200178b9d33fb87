/// The place of a random stream in the tree of all streams of a run.
///
/// A run has one root, made from its seed. Every part of the run that draws numbers derives a child
/// by name or by number: `root.child("programming").child(tile).child(step)`. Two different paths
/// give independent streams, and what a path gives depends on nothing but the seed and the path:
/// not on the order of draws elsewhere and not on threads.
public struct StreamKey: Hashable, Sendable {
  /// Philox's key.
  public let key: UInt64
  /// The upper half of Philox's counter.
  public let stream: UInt64

  /// The root of a run.
  public init(seed: UInt64) {
    key = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15)
    stream = Self.mix(key ^ 0xD1B5_4A32_D192_ED03)
  }

  private init(key: UInt64, stream: UInt64) {
    self.key = key
    self.stream = stream
  }

  /// The child with number `index`.
  public func child(_ index: Int) -> StreamKey {
    child(tag: UInt64(bitPattern: Int64(index)), kind: 0x8CB9_2BA7_2F3D_8DD7)
  }

  /// The child called `name`.
  public func child(_ name: String) -> StreamKey {
    // FNV-1a over the name's bytes; `mix` does the rest.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return child(tag: hash, kind: 0x2545_F491_4F6C_DD1D)
  }

  private func child(tag: UInt64, kind: UInt64) -> StreamKey {
    let a = Self.mix(key ^ Self.mix(tag &+ kind))
    return StreamKey(key: a, stream: Self.mix(stream &+ Self.mix(a ^ tag)))
  }

  /// The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
  static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
