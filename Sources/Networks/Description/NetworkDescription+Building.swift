import ArrayFiles
public import InputOutput

extension NetworkDescription {
  /// The network that is described.
  ///
  /// - Parameters:
  ///   - source: the name that errors carry.
  ///   - folding: what becomes part of the weight matrices where that is possible.
  /// - Throws: `InputError`: a missing array (with the nearest name), a shape that does not fit the layer
  ///   before it (both are named), a weight that is not finite.
  public func network(
    source: String, folding: ScaleFolding = .everything
  ) throws(InputError) -> Network {
    let (builder, values) = try build(source: source)
    return try builder.network(output: values[values.count - 1], folding: folding)
  }

  /// The shape of one sample of the input and of what every layer gives.
  /// - Throws: like `network(source:folding:)`.
  package func shapes(source: String) throws(InputError) -> [[Int]] {
    let (builder, values) = try build(source: source)
    return values.map { builder.shape(of: $0) }
  }

  /// The places of what a layer reads: 0 is the input, k + 1 what layer k gives.
  /// - Throws: `InputError` where a source does not come before it.
  package func places(ofLayer k: Int, source: String) throws(InputError) -> [Int] {
    guard let from = layers[k].from else { return [k] }
    return try from.map { (wanted) throws(InputError) in
      func fault(_ problem: String) -> InputError {
        InputError(source, at: "layer '\(layers[k].name ?? "\(k + 1)")'", problem)
      }
      switch wanted {
      case .place(let place):
        guard (0...k).contains(place) else {
          throw fault(
            "reads layer \(place), which does not come before it; 0, the input, to \(k) are allowed"
          )
        }
        return place
      case .name("input"): return 0
      case .name(let name):
        let found = (0..<k).filter { layers[$0].name == name }
        guard found.count <= 1 else {
          throw fault(
            "reads '\(name)', a name of \(found.count) layers: give its place in the list")
        }
        guard let place = found.first else {
          let known = ["input"] + layers[..<k].compactMap(\.name)
          throw fault("\(unknownName("layer", name, known: known)) before it")
        }
        return place + 1
      }
    }
  }

  private func build(
    source: String
  ) throws(InputError) -> (builder: NetworkBuilder, values: [NetworkBuilder.Value]) {
    var builder = try NetworkBuilder(source: source, name: title, inputShape: inputShape)
    var values = [builder.input]
    for (k, layer) in layers.enumerated() {
      let read = try places(ofLayer: k, source: source).map { values[$0] }
      let name = layer.name ?? "\(layer.kind.type) \(k)"
      let before = builder.sites.count
      values.append(
        try layer.kind.add(to: &builder, read, name: name, LayerArrays(all: arrays)))
      try builder.describeConverters(converters[k], from: before)
    }
    return (builder, values)
  }
}
