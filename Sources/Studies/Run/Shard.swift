import InputOutput

/// One part of a study's points: part 2 of 4 holds points 1, 5, 9, …
public struct Shard: Hashable, Sendable, CustomStringConvertible {
  /// 1 … `count`.
  public var index: Int
  /// How many parts there are.
  public var count: Int

  /// - Throws: `InputError` where `text` is not "i/n" with 1 ≤ i ≤ n.
  public init(_ text: String) throws(InputError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1], count >= 1,
      count <= 1_000_000, (1...count).contains(index)
    else {
      throw InputError("--shard", "'\(text)' is not a part such as 2/4")
    }
    self.index = index
    self.count = count
  }

  /// "2/4".
  public var description: String { "\(index)/\(count)" }

  /// Whether the part holds `point`.
  public func contains(_ point: Int) -> Bool { point % count == index - 1 }

  /// The part's file below the folder of the study.
  public var file: String { "shards/\(index)-of-\(count).sqlite" }
}
