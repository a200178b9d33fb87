import LinearAlgebra

/// A network's layers while they are simplified: read by value numbers as in `Network`.
struct GraphDraft {
  var layers: [Layer?]
  var sites: [NetworkBuilder.SiteDraft]
  var output: Int
  /// For every value the layers that may read it, each once; some may be gone or read another one.
  private var candidates: [[Int]]
  /// How many more weights folding may multiply: a chain of scales behind a large matrix stays as it is.
  var foldingLeft = 1 << 31

  init(_ builder: NetworkBuilder, output: Int) {
    layers = builder.layers
    sites = builder.sites
    self.output = output
    candidates = Array(repeating: [], count: layers.count + 1)
    removeUnread()
    for k in layers.indices {
      for value in Set(layers[k]?.inputs ?? []) { candidates[value].append(k) }
    }
  }

  /// The layer that gives a value; `nil` for the input.
  func maker(of value: Int) -> Layer? { value == 0 ? nil : layers[value - 1] }

  /// The number of the layer that is the only one to read a value; `nil` where none or several do, or the
  /// value is the network's result.
  func onlyReader(of value: Int) -> Int? {
    guard output != value else { return nil }
    var found: Int?
    for k in candidates[value] where layers[k]?.inputs.contains(value) ?? false {
      guard found == nil || found == k else { return nil }
      found = k
    }
    return found
  }

  /// Lets everything that reads `value` read `other` instead.
  mutating func replace(_ value: Int, by other: Int) {
    for k in candidates[value] {
      guard let layer = layers[k], layer.inputs.contains(value) else { continue }
      layers[k] = Layer(
        name: layer.name, operation: layer.operation,
        inputs: layer.inputs.map { $0 == value ? other : $0 })
      candidates[other].append(k)
    }
    candidates[value] = []
    if output == value { output = other }
  }

  /// Puts a layer in the place of layer `k`.
  mutating func set(_ k: Int, _ layer: Layer) {
    layers[k] = layer
    for value in Set(layer.inputs) { candidates[value].append(k) }
  }

  /// Drops the layers whose result nobody reads.
  mutating func removeUnread() {
    var isRead = Array(repeating: false, count: layers.count + 1)
    isRead[output] = true
    for k in layers.indices.reversed() {
      guard isRead[k + 1], let layer = layers[k] else {
        layers[k] = nil
        continue
      }
      for value in layer.inputs { isRead[value] = true }
    }
  }

  /// The finished network: layers and sites numbered anew, activations told to their sites.
  func network(name: String, inputShape: [Int]) -> Network {
    var graph = self
    graph.removeUnread()
    var number = Array(repeating: 0, count: layers.count + 1)
    var kept: [Layer] = []
    var finished: [ProductSite] = []
    var siteOfValue: [Int: Int] = [:]
    for k in graph.layers.indices {
      guard let layer = graph.layers[k] else { continue }
      var operation = layer.operation
      if var reader = operation as? any SiteReading {
        for old in reader.sites {
          let draft = sites[old]
          finished.append(
            ProductSite(
              index: finished.count, name: draft.name, kind: draft.kind, weights: draft.weights,
              bias: draft.bias, groups: draft.groups, vectorsPerInference: draft.vectors,
              activation: reader.sites.count == 1 && reader.isPlainProduct
                ? graph.activation(after: k + 1) : nil,
              converters: draft.converters, zeroBlocks: draft.zeroBlocks, gates: draft.gates,
              fixed: draft.fixed))
        }
        let first = finished.count - reader.sites.count
        if reader.isPlainProduct { siteOfValue[k + 1] = first }
        reader.sites = Array(first..<finished.count)
        operation = reader
      }
      if var activation = operation as? ActivationLayer, let site = siteOfValue[layer.inputs[0]],
        finished[site].activation == activation.activation
      {
        activation.site = site
        operation = activation
      }
      kept.append(
        Layer(name: layer.name, operation: operation, inputs: layer.inputs.map { number[$0] }))
      number[k + 1] = kept.count
    }
    return Network(
      name: name, inputShape: inputShape, layers: kept, sites: finished, output: number[output])
  }

  /// The activation that is the only thing to read a value.
  private func activation(after value: Int) -> Activation? {
    guard let reader = onlyReader(of: value),
      let layer = layers[reader]?.operation as? ActivationLayer
    else { return nil }
    return layer.activation
  }
}

/// A layer that reads weight matrices.
protocol SiteReading: LayerOperation {
  /// The numbers of the sites it reads.
  var sites: [Int] { get set }
  /// Whether its result is the product of its one site and nothing else.
  var isPlainProduct: Bool { get }
  /// Whether a pass reads its sites several times, step after step, and not once with all vectors.
  var isReadInTurns: Bool { get }
}

extension SiteReading {
  var isReadInTurns: Bool { false }
}

extension DenseProduct: SiteReading {
  var sites: [Int] {
    get { [site] }
    set { site = newValue[0] }
  }
  var isPlainProduct: Bool { true }
}

extension Convolution: SiteReading {
  var sites: [Int] {
    get { [site] }
    set { site = newValue[0] }
  }
  var isPlainProduct: Bool { true }
}
