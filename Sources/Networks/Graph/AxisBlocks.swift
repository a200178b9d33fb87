/// How a value lies in memory seen from one of its axes: for every combination of the axes before it, `length` places of
/// `inner` numbers each.
struct AxisBlocks: Sendable {
  /// Places of the axis.
  let length: Int
  /// Numbers of the axes behind it, and combinations of those before it.
  let inner, outer: Int

  /// - Precondition: `shape` has this axis.
  init(axis: Int, of shape: [Int]) {
    length = shape[axis]
    inner = shape[(axis + 1)...].reduce(1, *)
    outer = shape[..<axis].reduce(1, *)
  }

  /// Sends gradients back from `places` places of the same axis: clears what each combination of the outer axes has at
  /// its places, then calls `add` with it and with the gradients at the result. Combinations are laid over threads.
  func passBack(
    from places: Int, _ values: AdjointValues, _ context: TrainingContext,
    _ add:
      @Sendable (_ gradient: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>) -> Void
  ) {
    guard let target = values.inputGradients[0] else { return }
    // Safe: samples are disjoint.
    nonisolated(unsafe) let (dy, dx) = (values.outputGradient, target)
    context.forEachBlock(size: outer * max(length, places) * inner) { samples in
      for o in samples.lowerBound * outer..<samples.upperBound * outer {
        let to = dx + o * length * inner
        to.update(repeating: 0, count: length * inner)
        add(dy + o * places * inner, to)
      }
    }
  }
}

extension [Int] {
  /// The same shape with another length of one axis.
  func replacing(axis: Int, by length: Int) -> [Int] {
    var result = self
    result[axis] = length
    return result
  }
}
