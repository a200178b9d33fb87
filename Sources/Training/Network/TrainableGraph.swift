import InputOutput
import LinearAlgebra
import Networks
import Randomness

/// A network, or a part of one, that learns: the graph, the weights of its sites, and what optimizers remember of
/// the operations' own parameters. Schedules of forward and backward passes over it are learning rules.
///
/// A value: copies train on their own.
struct TrainableGraph: Sendable {
  /// The network without its weights.
  let structure: Network
  private let outline: DescriptionOutline
  /// Both are copied together before a change where they are shared.
  private(set) var sites: TrainableSites
  private(set) var graph: GraphPass
  /// What optimizers remember of the operations' own parameters, in the order of the graph.
  private var memories: [Parameter] = []
  /// What the last `values` read: kept, since `backward` reads it again.
  private var input = Matrix<Float>(rowCount: 0, columnCount: 0)

  /// - Parameters:
  ///   - network: what `description` describes, with no scale folded into its weights.
  ///   - firstSite: how many sites other parts of the whole network have before this one.
  ///   - operation: gives another operation for a layer of the graph, of the same shape; `nil` leaves it.
  ///   - site: makes the weights of a site.
  /// - Throws: what `site` throws.
  init(
    _ description: NetworkDescription, network: Network, firstSite: Int = 0,
    replacing operation: (Layer) -> (any LayerOperation)? = { _ in nil },
    _ site: (ProductSite) throws -> any TrainableSite
  ) rethrows {
    let network = network.replacingOperations(operation)
    sites = try TrainableSites(network, firstNumber: firstSite, site)
    graph = GraphPass(network)
    outline = DescriptionOutline(description)
    structure = network.withoutWeights
    graph.forEachParameter { _, decays, _, _ in
      memories.append(Parameter([], decays: decays))
    }
  }

  /// The graph of a description.
  /// - Throws: `InputError` where its layers do not fit, or what `site` throws.
  init(
    _ description: NetworkDescription, firstSite: Int = 0,
    _ site: (ProductSite) throws -> any TrainableSite
  ) throws {
    try self.init(
      description,
      network: try description.network(source: description.title, folding: .nothing),
      firstSite: firstSite, site)
  }

  /// How many numbers a sample of the result has.
  var outputCount: Int { structure.outputShape.reduce(1, *) }
  /// How many numbers a sample of the input has.
  var inputCount: Int { structure.inputShape.reduce(1, *) }
  /// Whether operations normalize by statistics of batches.
  var hasStatistics: Bool { structure.hasNormalizations }

  /// Begins a pass of `samples` samples: draws the chips and the noise of the weights.
  ///
  /// - Parameter readsAgain: whether other reads of the same chips follow, after `newRead`.
  mutating func begin(_ pass: TrainingPass, samples: Int, readsAgain: Bool = false) {
    own()
    sites.begin(pass, samples: samples, graph: graph, readsAgain: readsAgain)
  }

  /// The reads that follow go through the same chips with noise of their own.
  mutating func newRead(_ key: StreamKey) {
    own()
    sites.newRead(key)
  }

  /// Changes the fixed crossbars.
  mutating func perturb(_ perturbation: PhysicalPerturbation, key: StreamKey) {
    own()
    sites.perturb(perturbation, key: key)
  }

  /// The result for a batch, samples × outputs, valid until the next pass; `begin` comes before it, and `x` stays where
  /// it is until `backward`.
  func forward(
    _ x: UnsafePointer<Float>, samples: Int, _ pass: TrainingPass
  ) -> UnsafePointer<Float> {
    graph.forward(x, samples: samples, pass, engine: sites)
  }

  /// The result for a batch, one sample per row; `backward` may follow.
  mutating func values(_ x: Matrix<Float>, _ pass: TrainingPass) -> Matrix<Float> {
    let samples = x.rowCount
    precondition(x.columnCount == inputCount, "as many inputs as the network has")
    input = x
    begin(pass, samples: samples)
    return input.elements.withUnsafeBufferPointer { x in
      let y = forward(x.baseAddress!, samples: samples, pass)
      return Matrix(
        rowCount: samples, columnCount: outputCount,
        elements: Array(UnsafeBufferPointer(start: y, count: samples * outputCount)))
    }
  }

  /// The gradients of everything that learns, or the updates of the sites where `change` says how.
  ///
  /// - Parameter gradient: at the result of the last `forward`, samples × outputs; overwritten.
  func backward(_ gradient: UnsafeMutablePointer<Float>, _ change: SiteChange = .gradients) {
    sites.change = change
    graph.backward(gradient, engine: sites)
    sites.change = .gradients
  }

  /// A step of an optimizer against the gradients of the sites, where their weights are digital.
  mutating func updateSites(_ optimizer: Optimizer, rate: Float, step: Int) {
    sites.forEachParameter { $1.update(optimizer, rate: rate, step: step) }
  }

  /// A step of an optimizer against the gradients of the operations' own parameters.
  mutating func updateOperations(_ optimizer: Optimizer, rate: Float, step: Int) {
    forEachOperationParameter { $1.update(optimizer, rate: rate, step: step) }
  }

  /// Makes the weights and the graph this copy's own.
  mutating func own() {
    if isKnownUniquelyReferenced(&sites) && isKnownUniquelyReferenced(&graph) { return }
    sites = sites.copy()
    graph = graph.copy()
  }

  /// Calls `body` for each parameter of the operations under its name: "layer2.weight".
  mutating func forEachOperationParameter(
    _ body: (String, inout Parameter) throws -> Void
  ) rethrows {
    own()
    var k = 0
    var memories: [Parameter] = []
    swap(&memories, &self.memories)
    defer { swap(&memories, &self.memories) }
    try graph.forEachParameter { name, _, values, gradient in
      swap(&values, &memories[k].values)
      swap(&gradient, &memories[k].gradient)
      defer {
        swap(&values, &memories[k].values)
        swap(&gradient, &memories[k].gradient)
        k += 1
      }
      try body(name, &memories[k])
    }
  }

  /// Shows `visitor` the parameters and buffers, and what else the next step depends on.
  mutating func visit(_ visitor: inout SavedState) {
    own()
    sites.visit(&visitor)
    forEachOperationParameter { visitor.parameter($0, &$1, isWeight: $0.hasSuffix(".weight")) }
    let isStart = visitor.mode == .start
    graph.forEachBuffer { name, values in
      if isStart {
        visitor.optionalFloats(name, &values, count: values.count)
      } else {
        visitor.floats(name, &values)
      }
    }
  }

  /// The network as a file holds it: its description with the trained arrays and the converters in it.
  func exported() -> NetworkDescription {
    var arrays = structure.describedArrays { sites.sites[$0].exported() }
    graph.forEachParameter { name, _, values, _ in arrays[name] = values }
    graph.forEachBuffer { name, values in arrays[name] = values }
    var result = outline.filled(arrays)
    for (place, layer) in result.layers.enumerated() {
      guard layer.hasWeights, let name = layer.arrayName else { continue }
      let own = structure.sites(ofLayer: name).map { sites.sites[$0].converters }
      if own.contains(where: { $0 != nil }) { result.converters[place] = own }
    }
    return result
  }
}
