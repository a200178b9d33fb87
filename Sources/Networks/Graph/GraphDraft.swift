import LinearAlgebra

/// A network's layers while they are simplified: read by value numbers as in `Network`.
struct GraphDraft {
  var layers: [Layer?]
  var sites: [NetworkBuilder.SiteDraft]
  var output: Int
  private let inputShape: [Int]

  init(_ builder: NetworkBuilder, output: Int) {
    layers = builder.layers
    sites = builder.sites
    inputShape = builder.inputShape
    self.output = output
    removeUnread()
  }

  /// The layer that gives a value; `nil` for the input.
  func maker(of value: Int) -> Layer? { value == 0 ? nil : layers[value - 1] }

  /// The numbers of the layers that read a value; the network's result counts as one more.
  func readers(of value: Int) -> [Int] {
    var found = layers.indices.filter { layers[$0]?.inputs.contains(value) ?? false }
    if output == value { found.append(layers.count) }
    return found
  }

  /// Lets everything that reads `value` read `other` instead.
  mutating func replace(_ value: Int, by other: Int) {
    for k in layers.indices {
      guard let layer = layers[k], layer.inputs.contains(value) else { continue }
      layers[k] = Layer(
        name: layer.name, operation: layer.operation,
        inputs: layer.inputs.map { $0 == value ? other : $0 })
    }
    if output == value { output = other }
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
              converters: draft.converters, zeroBlocks: draft.zeroBlocks))
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
    let found = readers(of: value)
    guard found.count == 1, found[0] < layers.count,
      let layer = layers[found[0]]?.operation as? ActivationLayer
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
