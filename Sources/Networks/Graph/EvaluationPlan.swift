/// Where each value of a network lies while a chunk of samples is evaluated.
///
/// Values that are no longer read give their place to later ones, layers that may work in place do so,
/// and layers that only change a shape cost nothing.
struct EvaluationPlan: Sendable {
  enum Place: Sendable, Equatable {
    case input
    case output
    /// A stretch of the workspace: its start, in floats a sample.
    case workspace(Int)
  }

  /// The place of each value, the input first.
  let places: [Place]
  /// The size of the workspace, in floats a sample.
  let workspaceSize: Int
  /// How many samples are evaluated together.
  let chunkSize: Int
  /// Whether the result lies in the caller's input and has to be copied.
  let outputIsInput: Bool

  /// The largest chunk, and the workspace one chunk may take, in floats: what a processor's last cache holds.
  private static let largestChunk = 128
  private static let workspaceLimit = 1 << 22

  init(inputShape: [Int], layers: [Layer], output: Int) {
    let sizes = [inputShape.reduce(1, *)] + layers.map { $0.operation.outputShape.reduce(1, *) }
    // A root is the first of the values that share one place.
    var root = Array(sizes.indices)
    var lastRead = Array(repeating: 0, count: sizes.count)
    for (k, layer) in layers.enumerated() {
      for value in layer.inputs { lastRead[value] = k }
    }
    lastRead[output] = layers.count
    // A root is read as long as any view of it.
    var lastReadOfRoot = lastRead
    func join(_ value: Int, _ r: Int) {
      root[value] = r
      lastReadOfRoot[r] = max(lastReadOfRoot[r], lastRead[value])
    }
    for (k, layer) in layers.enumerated() {
      guard let first = layer.inputs.first, sizes[first] == sizes[k + 1] else { continue }
      switch layer.operation.storage {
      case .own: break
      case .sameAsInput: join(k + 1, root[first])
      case .overInput:
        // Values after this one have not joined the root yet.
        let r = root[first]
        if r != 0, lastReadOfRoot[r] == k, layer.inputs.dropFirst().allSatisfy({ root[$0] != r }) {
          join(k + 1, r)
        }
      }
    }

    var layout = WorkspaceLayout()
    var roomOfRoot: [Int: Range<Int>] = [:]
    var releaseAt: [Int: [Int]] = [:]
    for r in Set(root) where r != 0 && r != root[output] {
      releaseAt[lastReadOfRoot[r], default: []].append(r)
    }
    for k in layers.indices {
      let v = k + 1
      if root[v] == v, v != root[output] { roomOfRoot[v] = layout.take(sizes[v]) }
      for r in (releaseAt[k] ?? []).sorted() where roomOfRoot[r] != nil {
        layout.release(roomOfRoot[r]!)
      }
    }
    let result = root[output]
    places = root.map { r in
      if r == 0 { return .input }
      if r == result { return .output }
      // A value that nobody reads and that was never given room stands at the start.
      return .workspace(roomOfRoot[r]?.lowerBound ?? 0)
    }
    workspaceSize = layout.size
    outputIsInput = result == 0
    let perSample = max(1, layout.size + sizes[0])
    chunkSize = max(1, min(Self.largestChunk, Self.workspaceLimit / perSample))
  }
}
