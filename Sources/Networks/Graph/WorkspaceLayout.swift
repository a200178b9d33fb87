/// Hands out stretches of one workspace whose size is not fixed before, and takes them back.
///
/// Sizes are floats a sample. Places are multiples of 16, so that the rows of a chunk start on cache
/// lines.
struct WorkspaceLayout {
  /// How far the workspace reaches.
  private(set) var size = 0
  private var free: [Range<Int>] = []

  /// A stretch of at least `count` floats: the smallest free one that fits, or a new one at the end.
  mutating func take(_ count: Int) -> Range<Int> {
    let needed = (max(1, count) + 15) & ~15
    let fitting = free.indices.filter { free[$0].count >= needed }
      .min { free[$0].count < free[$1].count }
    guard let slot = fitting else {
      size += needed
      return size - needed..<size
    }
    let range = free.remove(at: slot)
    let taken = range.lowerBound..<range.lowerBound + needed
    if range.count > needed { free.append(taken.upperBound..<range.upperBound) }
    return taken
  }

  /// Gives a stretch back.
  mutating func release(_ stretch: Range<Int>) {
    // Joined with free neighbors, so that large values find room again.
    var joined = stretch
    free.removeAll { other in
      guard other.upperBound == joined.lowerBound || other.lowerBound == joined.upperBound else {
        return false
      }
      joined = min(other.lowerBound, joined.lowerBound)..<max(other.upperBound, joined.upperBound)
      return true
    }
    free.append(joined)
  }
}
