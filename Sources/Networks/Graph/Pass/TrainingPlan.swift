/// Where the values of a network and the gradients at them lie while a whole batch is trained.
///
/// A value that an adjoint reads keeps its place until the end of the pass; others give theirs back after
/// their last reader. Layers that may work in place do so where no adjoint needs what they overwrite.
struct TrainingPlan: Sendable {
  enum Place: Sendable, Equatable {
    /// The memory of the caller: the input, or the gradient at the output.
    case caller
    /// A stretch of the workspace: its start, in floats a sample.
    case workspace(Int)
  }

  /// Where the gradient at one input of a layer goes.
  enum Target: Sendable, Equatable {
    /// Nobody needs it.
    case none
    /// To the place of the gradient of that value, which has none yet.
    case first
    /// To this place of the workspace, and is added to the gradient of that value from there.
    case added(Int)
    /// The gradient at the output is added to the gradient of that value as it is.
    case addedAsIs
  }

  /// The work of one layer in the backward pass.
  struct Step: Sendable {
    let layer: Int
    let targets: [Target]
    /// Whether the layer's adjoint is called: not where only the shape changes.
    let isComputed: Bool
  }

  /// The place of each value, the input first.
  let values: [Place]
  /// The size of the values' workspace, in floats a sample.
  let valueSize: Int
  /// The place of the gradient at each value; `nil` where nobody needs it.
  let gradients: [Place?]
  /// The size of the gradients' workspace, in floats a sample.
  let gradientSize: Int
  /// The backward pass: last layer first.
  let steps: [Step]

  /// - Parameters:
  ///   - sizes: how many numbers one sample of each value has, the input first.
  ///   - wantsInputGradient: whether the gradient at the network's input is needed.
  init(layers: [Layer], sizes: [Int], output: Int, wantsInputGradient: Bool) {
    let needs = Self.needed(layers, wantsInputGradient)
    (values, valueSize) = Self.values(layers, sizes: sizes, output: output, needs)
    (gradients, gradientSize, steps) = Self.gradients(layers, sizes: sizes, output: output, needs)
  }

  /// The values with a gradient that something learns from: those below which there are weights.
  private static func needed(_ layers: [Layer], _ wantsInputGradient: Bool) -> [Bool] {
    var needs = [wantsInputGradient]
    for layer in layers {
      let operation = layer.operation
      let learns = operation is any SiteReading || !operation.parameters.isEmpty
      needs.append(
        learns || operation.passesGradients && layer.inputs.contains { needs[$0] })
    }
    return needs
  }

  private static func values(
    _ layers: [Layer], sizes: [Int], output: Int, _ needs: [Bool]
  ) -> ([Place], Int) {
    // Whether an adjoint reads a value.
    var isKept = Array(repeating: false, count: sizes.count)
    var lastRead = isKept.indices.map { $0 - 1 }
    for (k, layer) in layers.enumerated() {
      for value in layer.inputs { lastRead[value] = k }
      guard needs[k + 1] else { continue }
      if layer.operation.adjointReads.contains(.output) { isKept[k + 1] = true }
      if layer.operation.adjointReads.contains(.inputs) {
        for value in layer.inputs { isKept[value] = true }
      }
    }
    isKept[output] = true
    // A root is the first of the values that share one place; what holds for one holds for all.
    var root = Array(sizes.indices)
    for (k, layer) in layers.enumerated() {
      guard let first = layer.inputs.first, sizes[first] == sizes[k + 1] else { continue }
      let r = root[first]
      let group = root.indices.filter { root[$0] == r && $0 <= k }
      switch layer.operation.storage {
      case .own: break
      case .sameAsInput: root[k + 1] = r
      case .overInput:
        let isFree = group.allSatisfy { !isKept[$0] && lastRead[$0] <= k }
        if r != 0, isFree, layer.inputs.dropFirst().allSatisfy({ root[$0] != r }) {
          root[k + 1] = r
        }
      }
    }
    var layout = WorkspaceLayout()
    var stretches: [Int: Range<Int>] = [:]
    for k in layers.indices {
      let v = k + 1
      if root[v] == v { stretches[v] = layout.take(sizes[v]) }
      for (r, stretch) in stretches.sorted(by: { $0.key < $1.key }) {
        let group = root.indices.filter { root[$0] == r }
        guard group.allSatisfy({ !isKept[$0] }), group.map({ lastRead[$0] }).max() == k else {
          continue
        }
        layout.release(stretch)
      }
    }
    return (root.map { $0 == 0 ? .caller : .workspace(stretches[$0]!.lowerBound) }, layout.size)
  }

  private static func gradients(
    _ layers: [Layer], sizes: [Int], output: Int, _ needs: [Bool]
  ) -> ([Place?], Int, [Step]) {
    var layout = WorkspaceLayout()
    var places: [Place?] = Array(repeating: nil, count: sizes.count)
    var stretches: [Int: Range<Int>] = [:]
    var steps: [Step] = []
    if needs[output] { places[output] = .caller }
    for k in layers.indices.reversed() {
      let (v, layer) = (k + 1, layers[k])
      // A value without a gradient does not reach the result.
      guard places[v] != nil else { continue }
      let onlyShapes = layer.operation.storage == .sameAsInput
      var isPassedOn = false
      var temporary: [Range<Int>] = []
      let targets = layer.inputs.enumerated().map { place, u -> Target in
        guard needs[u], layer.operation.passesGradients else { return .none }
        if places[u] != nil {
          if onlyShapes { return .addedAsIs }
          let stretch = layout.take(sizes[u])
          temporary.append(stretch)
          return .added(stretch.lowerBound)
        }
        if place == 0, layer.operation.storage != .own, sizes[u] == sizes[v] {
          // The gradient at the output is not needed any more: its place is passed on.
          isPassedOn = true
          places[u] = places[v]
          stretches[u] = stretches[v]
        } else {
          let stretch = layout.take(sizes[u])
          places[u] = .workspace(stretch.lowerBound)
          stretches[u] = stretch
        }
        return .first
      }
      steps.append(Step(layer: k, targets: targets, isComputed: !onlyShapes))
      for stretch in temporary { layout.release(stretch) }
      if !isPassedOn, let stretch = stretches[v] { layout.release(stretch) }
    }
    return (places, layout.size, steps)
  }
}
