import ArrayFiles
import LinearAlgebra

extension Network {
  /// The weights and biases of the sites as the arrays of a description, by their names: the inverse of how
  /// `NetworkDescription.network` puts matrices together.
  ///
  /// Two biases that were added to each other come back as the first, and the second is 0.
  /// - Parameter weights: the weights of a site, outputs × inputs of a group, and its bias.
  /// - Precondition: the network was made from a description, and no scales were folded into its weights.
  package func describedArrays(
    _ weights: (_ site: Int) -> (weights: [Float], bias: [Float]?)
  ) -> [String: [Float]] {
    var arrays: [String: [Float]] = [:]
    for layer in layers {
      if let recurrent = layer.operation as? Recurrent {
        for direction in recurrent.backwards.indices {
          let site = recurrent.site(direction)
          recurrent.describe(weights(site), direction, name: layer.name, into: &arrays)
          guard recurrent.state != recurrent.hidden else { continue }
          let end = recurrent.backwards[direction] ? "_l0_reverse" : "_l0"
          arrays["\(layer.name).weight_hr\(end)"] = weights(site + 1).weights
        }
      } else if let reader = layer.operation as? any SiteReading, reader.sites.count == 1 {
        let site = weights(reader.sites[0])
        arrays["\(layer.name).weight"] = site.weights
        arrays["\(layer.name).bias"] = site.bias
      }
    }
    return arrays
  }
}

extension Network {
  /// The sites of the layers called `name`, in the order in which a description adds them.
  package func sites(ofLayer name: String) -> [Int] {
    layers.flatMap { layer in
      layer.name == name ? (layer.operation as? any SiteReading)?.sites ?? [] : []
    }
  }

  /// The same network with another operation in the place of each for which `other` gives one; shapes stay.
  package func replacingOperations(_ other: (Layer) -> (any LayerOperation)?) -> Network {
    Network(
      name: name, inputShape: inputShape,
      layers: layers.map { layer in
        Layer(name: layer.name, operation: other(layer) ?? layer.operation, inputs: layer.inputs)
      }, sites: sites, output: output)
  }

  /// The sites that a pass reads several times, step after step.
  package var sitesReadInTurns: Set<Int> {
    Set(
      layers.compactMap { $0.operation as? any SiteReading }.filter(\.isReadInTurns)
        .flatMap(\.sites))
  }

  /// The same layers and the names and kinds of the sites, without any weights: what a training keeps beside the
  /// weights that change.
  package var withoutWeights: Network {
    Network(
      name: name, inputShape: inputShape, layers: layers,
      sites: sites.map {
        ProductSite(
          index: $0.index, name: $0.name, kind: $0.kind,
          weights: Matrix(rowCount: 0, columnCount: 0), bias: nil)
      }, output: output)
  }
}

/// A description with the names and the shapes of its arrays, whose numbers are elsewhere.
package struct DescriptionOutline: Sendable {
  private let description: NetworkDescription
  private let shapes: [(name: String, shape: [Int])]

  /// The outline of a description.
  package init(_ description: NetworkDescription) {
    shapes = description.arrays.map { ($0.name, $0.array.shape) }
    var empty = description
    empty.arrays = NamedArrays(source: description.arrays.source, [])
    self.description = empty
  }

  /// The description with these numbers in its arrays.
  /// - Precondition: there are as many for each array as its shape says.
  package func filled(_ values: [String: [Float]]) -> NetworkDescription {
    var result = description
    result.arrays = NamedArrays(
      source: description.arrays.source,
      shapes.map { name, shape in
        guard let floats = values[name] else { preconditionFailure("no numbers for '\(name)'") }
        return (name, NumericArray(shape: shape, floats: floats))
      })
    return result
  }
}

extension Recurrent {
  /// Where the gates of PyTorch's order are among the blocks of columns: the block that holds what a gate
  /// takes from the inputs, and that for the hidden state.
  private var blocks: [(input: Int, hidden: Int)] {
    switch cell {
    case .plain: [(0, 0)]
    // i, f, g, o among i, o, f, c.
    case .lstm: [(0, 0), (2, 2), (3, 3), (1, 1)]
    // r, z, n among z, r and the two parts of the candidate.
    case .gruResetAfter: [(1, 1), (0, 0), (2, 3)]
    case .gruResetBefore: preconditionFailure("descriptions hold GRUs whose reset comes after")
    }
  }

  /// Takes the joined matrix of one direction, gates × (inputs + hidden), apart.
  fileprivate func describe(
    _ site: (weights: [Float], bias: [Float]?), _ direction: Int, name: String,
    into arrays: inout [String: [Float]]
  ) {
    let width = inputs + state
    func rows(_ block: Int, _ columns: Range<Int>) -> [Float] {
      (block * hidden..<(block + 1) * hidden).flatMap { row in
        site.weights[row * width + columns.lowerBound..<row * width + columns.upperBound]
      }
    }
    func bias(_ block: Int) -> [Float] {
      Array((site.bias ?? [])[block * hidden..<(block + 1) * hidden])
    }
    let end = backwards[direction] ? "_l0_reverse" : "_l0"
    arrays["\(name).weight_ih\(end)"] = blocks.flatMap { rows($0.input, 0..<inputs) }
    arrays["\(name).weight_hh\(end)"] = blocks.flatMap { rows($0.hidden, inputs..<width) }
    guard site.bias != nil else { return }
    arrays["\(name).bias_ih\(end)"] = blocks.flatMap { bias($0.input) }
    arrays["\(name).bias_hh\(end)"] = blocks.flatMap {
      $0.input == $0.hidden ? Array(repeating: 0, count: hidden) : bias($0.hidden)
    }
  }
}
