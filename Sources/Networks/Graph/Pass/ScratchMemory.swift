/// Numbered pieces of memory that grow where more is needed and are kept until their owner goes.
///
/// A piece keeps its contents and its place as long as nobody asks for more of it. Used by one thread at
/// a time; threads may share what it gave out.
public final class ScratchMemory: @unchecked Sendable {
  private var floats: [UnsafeMutableBufferPointer<Float>] = []
  private var integers: [UnsafeMutableBufferPointer<Int32>] = []

  /// Empty.
  public init() {}

  deinit {
    for piece in floats { piece.deallocate() }
    for piece in integers { piece.deallocate() }
  }

  /// Piece `slot` of floats, at least `count` long; undefined where it had to grow.
  public func floats(_ slot: Int, _ count: Int) -> UnsafeMutablePointer<Float> {
    Self.piece(slot, count, of: &floats)
  }

  /// Piece `slot` of whole numbers, at least `count` long; undefined where it had to grow.
  public func integers(_ slot: Int, _ count: Int) -> UnsafeMutablePointer<Int32> {
    Self.piece(slot, count, of: &integers)
  }

  private static func piece<Element: BitwiseCopyable>(
    _ slot: Int, _ count: Int, of pieces: inout [UnsafeMutableBufferPointer<Element>]
  ) -> UnsafeMutablePointer<Element> {
    while pieces.count <= slot { pieces.append(.allocate(capacity: 1)) }
    if pieces[slot].count < count {
      pieces[slot].deallocate()
      pieces[slot] = .allocate(capacity: count)
    }
    return pieces[slot].baseAddress!
  }
}
