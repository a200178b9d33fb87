import InputOutput

/// Keys and values of earlier versions: they are read, and a notice names today's spelling.
extension StrictNode {
  /// The same piece, which also reads keys by names that they had in earlier versions.
  ///
  /// - Parameter names: the earlier name of each key, by its name today.
  public func renaming(_ names: [String: String]) -> StrictNode {
    var result = self
    result.earlierNames.merge(names) { _, new in new }
    return result
  }

  /// Records that this piece is spelled as in an earlier version; `today` is today's spelling.
  public func noticeEarlierSpelling(today: String) {
    faults.notice("\(faults.source): \(place): this is now spelled '\(today)'")
  }

  /// The piece under the earlier name `old` of `key`; `nil` where the file does not use that name.
  func renamed(_ old: String, to key: String, isGiven: Bool) -> StrictNode? {
    guard let found = node?.mapping?[old] else { return nil }
    faults.ask(for: old, in: path)
    let piece = StrictNode(
      node: found, path: path.isEmpty ? old : "\(path).\(old)", faults: faults)
    if isGiven {
      piece.fault("'\(old)' is the earlier name of '\(key)', which is given too")
      return nil
    }
    piece.noticeEarlierSpelling(today: key)
    return piece
  }

  /// The whole number under `key`, or `nil` where it is `none`; `fallback` where the key is missing.
  public func optionalInteger(
    _ key: String, in range: ClosedRange<Int>, default fallback: Int?
  ) -> Int? {
    let next = child(key)
    guard next.exists else {
      keepDefault(key, fallback.map { "\($0)" } ?? "none")
      return fallback
    }
    return next.text() == "none"
      ? nil : integer(key, in: range, default: fallback ?? range.lowerBound)
  }
}
