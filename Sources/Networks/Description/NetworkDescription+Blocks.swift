import ArrayFiles
package import InputOutput

/// Cutting a network into parts that follow each other, each of which reads only what the one before it gave.
extension NetworkDescription {
  /// The places after which the network may be cut: no layer behind one of them reads a value before it. A
  /// residual branch has none inside. The end of the network is the last.
  package func cuts(source: String) throws(InputError) -> [Int] {
    var lowest = layers.count
    var result = [layers.count]
    for k in layers.indices.reversed() {
      lowest = min(lowest, try places(ofLayer: k, source: source).min() ?? k)
      if k > 0, lowest >= k { result.append(k) }
    }
    return result.reversed()
  }

  /// Blocks that each hold weights: a layer with weights and what follows it up to the next one, or several such
  /// layers where branches join them.
  ///
  /// - Parameter begins: whether a block begins with the stretch of layers between two cuts, which has weights or
  ///   a fixed crossbar; every one does unless something else is said.
  /// - Throws: `InputError` where a layer reads what does not come before it.
  package func blocks(
    source: String, beginningWith begins: ([Layer]) -> Bool = { $0.contains(where: \.hasWeights) }
  ) throws(InputError) -> [Range<Int>] {
    var (result, start, last, isFilled) = ([Range<Int>](), 0, 0, false)
    for cut in try cuts(source: source) {
      let stretch = Array(layers[last..<cut])
      if isFilled, begins(stretch) {
        result.append(start..<last)
        (start, isFilled) = (last, false)
      }
      isFilled = isFilled || stretch.contains(where: \.hasWeights)
      last = cut
    }
    return result + [start..<layers.count]
  }

  /// Blocks that end after the layers called `names`, in their order.
  /// - Throws: `InputError` where there is no such layer, a branch crosses the end of a block, or a block has no
  ///   weights.
  package func blocks(endingAfter names: [String], source: String) throws(InputError) -> [Range<
    Int
  >] {
    let cuts = try cuts(source: source)
    var (result, start) = ([Range<Int>](), 0)
    for name in names + [nil] {
      let end = try name.map { (name: String) throws(InputError) in
        try self.end(ofLayer: name, cuts: cuts, source: source)
      }
      let block = start..<max(start, end ?? layers.count)
      if block.isEmpty, end == nil { break }
      guard layers[block].contains(where: \.hasWeights) else {
        throw InputError(
          source, at: "blocks",
          "the block that ends after '\(name ?? "the last layer")' has no layer with weights")
      }
      result.append(block)
      start = block.upperBound
    }
    return result
  }

  /// The place of the last value of the layer called `name`: activations behind it belong to it.
  private func end(ofLayer name: String, cuts: [Int], source: String) throws(InputError) -> Int {
    guard let place = layers.firstIndex(where: { $0.name == name }) else {
      throw InputError(
        source, at: "blocks",
        unknownName("layer", name, known: layers.compactMap(\.name)))
    }
    var end = place + 1
    while end < layers.count, layers[end].activation != nil, layers[end].name == nil { end += 1 }
    guard cuts.contains(end) else {
      throw InputError(
        source, at: "blocks",
        "a block cannot end after '\(name)': a branch leads past it to a later layer")
    }
    return end
  }

  /// The layers of a block as a network of their own, with the arrays that belong to them.
  ///
  /// - Precondition: nothing in the block reads what is before it but the value at its beginning.
  /// - Throws: `InputError` where a layer does not fit.
  package func part(_ block: Range<Int>, source: String) throws(InputError) -> NetworkDescription {
    var result = self
    result.inputShape = try shapes(source: source)[block.lowerBound]
    result.layers = try block.map { (k) throws(InputError) in
      let places = try places(ofLayer: k, source: source)
      let sources: [LayerSource]? =
        layers[k].from == nil ? nil : places.map { .place($0 - block.lowerBound) }
      return Layer(layers[k].kind, name: layers[k].name, from: sources)
    }
    let names = Set(result.layers.compactMap(\.arrayName))
    let all = layers.compactMap(\.arrayName)
    result.arrays = NamedArrays(
      source: arrays.source,
      arrays.entries.filter { entry in
        // A layer's name may begin with that of another one and a point.
        all.filter { entry.name.hasPrefix("\($0).") }.max { $0.count < $1.count }
          .map(names.contains) ?? false
      })
    result.converters = [:]
    return result
  }

  /// Appends the layers, arrays and converters of `other`, which reads the last value.
  package mutating func append(_ other: NetworkDescription) {
    let shift = layers.count
    for (k, layer) in other.layers.enumerated() {
      var layer = layer
      layer.from = layer.from?.map { source in
        if case .place(let place) = source { .place(place + shift) } else { source }
      }
      layers.append(layer)
      converters[shift + k] = other.converters[k]
    }
    arrays = NamedArrays(source: arrays.source, arrays.entries + other.arrays.entries)
  }

  /// Appends layers without arrays, each of which reads the one before it.
  package mutating func append(_ layers: [Layer]) { self.layers += layers }
}

extension NetworkDescription.Layer {
  /// Whether training changes weight matrices of the layer.
  package var hasWeights: Bool { kind.isProduct }
  /// Whether it is a dense layer.
  package var isDense: Bool { kind is DenseDescription }
  /// Whether it is a crossbar that training does not change.
  package var isFixedCrossbar: Bool { kind is FixedCrossbarDescription }
  /// The function that it applies to every number; `nil` for other layers.
  package var activation: Activation? { (kind as? ActivationDescription)?.activation }
}
