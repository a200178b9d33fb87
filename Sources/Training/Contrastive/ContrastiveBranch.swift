import InputOutput
import LinearAlgebra
import Networks
import Randomness

/// The network of one of two kinds of samples: layers at its beginning that learn nothing, and the others, through which alone
/// errors are passed back.
struct ContrastiveBranch: Sendable, SavedByVisit {
  /// The layers before the first one that learns; `nil` where there are none.
  private var front: TrainableGraph?
  /// The layers from there to the embedding.
  private var head: TrainableGraph

  /// How many numbers an embedding has.
  var dimensions: Int { head.outputCount }

  /// - Throws: `InputError` where no layer learns, or the last one gives no vector.
  init(_ network: TrainingNetwork, title: String) throws {
    let whole = network.description(title: title)
    guard network.shape.count == 1 else {
      throw InputError(
        "network",
        "an embedding is a vector, and the last layer gives \(describe(shape: network.shape))")
    }
    func graph(_ range: Range<Int>, firstSite: Int = 0) throws -> TrainableGraph {
      try TrainableGraph(whole.part(range, source: title), firstSite: firstSite) {
        DigitalSite($0, loop: network.loop(of: $0))
      }
    }
    var start = 0
    for cut in try whole.cuts(source: title) {
      var part = try graph(0..<cut)
      if part.learns {
        head = try graph(
          start..<whole.layers.count, firstSite: front?.sites.sites.count ?? 0)
        return
      }
      (front, start) = (part, cut)
    }
    throw InputError(
      "network", "no layer learns: a dense layer whose weights are not fixed is needed")
  }

  /// The embeddings of samples × features, one per row; their gradients may be passed back until the next call.
  mutating func embeddings(_ x: Matrix<Float>, _ pass: TrainingPass) -> Matrix<Float> {
    let inputs = front?.values(x, pass) ?? x
    return head.values(inputs, pass)
  }

  /// A step of `optimizer` against the gradient at the embeddings of the last pass.
  /// - Parameter step: how many steps came before.
  mutating func descend(
    _ gradient: Matrix<Float>, _ optimizer: Optimizer, rate: Float, step: Int
  ) {
    var gradient = gradient
    gradient.elements.withUnsafeMutableBufferPointer { head.backward($0.baseAddress!) }
    head.updateSites(optimizer, rate: rate, step: step)
    head.updateOperations(optimizer, rate: rate, step: step)
    head.sites.afterUpdate()
  }

  mutating func visit(_ visitor: inout SavedState) {
    front?.visit(&visitor)
    head.visit(&visitor)
  }

  /// The whole branch as a file holds it.
  func exported() -> NetworkDescription {
    guard var result = front?.exported() else { return head.exported() }
    result.append(head.exported())
    return result
  }
}

extension TrainableGraph {
  /// Whether training changes anything in it.
  fileprivate var learns: Bool {
    mutating get {
      var count = sites.sites.count { !($0 is FixedSite) }
      forEachOperationParameter { _, _ in count += 1 }
      return count > 0
    }
  }
}
