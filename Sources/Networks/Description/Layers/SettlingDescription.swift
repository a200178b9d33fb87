import ArrayFiles
import InputOutput
internal import StrictYAML

/// A layered network that settles, as one layer: NAME.weight_0, NAME.weight_1, … units of the layer before × units
/// of the layer behind (conductances for `resistive`), NAME.bias_0, …
struct SettlingDescription: LayerDescription {
  static let types = ["settling"]
  var type: String { "settling" }
  var hasArrays: Bool { true }

  let kind: SettlingNetwork.Kind
  let layers: Int
  let sweeps: Int
  let eulerStep: Float?

  init(_ network: SettlingNetwork, sweeps: Int) {
    kind = network.kind
    layers = network.layerCount
    eulerStep = network.eulerStep
    self.sweeps = sweeps
  }

  init?(type: String, _ node: StrictNode) {
    let model = node.choice("model", of: ["resistive", "energy"])
    layers = node.integer("layers", in: 1...64)
    sweeps = node.integer("sweeps", in: 1...100_000)
    eulerStep = node.has("step") ? Float(node.number("step", in: 1e-6...1)) : nil
    kind =
      model == "resistive"
      ? .resistive(inputGain: Float(node.number("input-gain", in: 1e-6...1e9, default: 1)))
      : .energy
  }

  var keys: [(key: String, value: String)] {
    var keys = [("layers", "\(layers)"), ("sweeps", "\(sweeps)")]
    switch kind {
    case .energy: keys.insert(("model", "energy"), at: 0)
    case .resistive(let gain):
      keys.insert(("model", "resistive"), at: 0)
      keys.append(("input-gain", "\(gain)"))
    }
    if let eulerStep { keys.append(("step", "\(eulerStep)")) }
    return keys
  }

  func add(
    to builder: inout NetworkBuilder, _ inputs: [Value], name: String, _ arrays: LayerArrays
  ) throws(InputError) -> Value {
    var matrices: [SettlingMatrix] = []
    var biases: [[Float]] = []
    for k in 0..<layers {
      let place = "\(name).weight_\(k)"
      let weights = try arrays.matrix(place)
      if let before = matrices.last?.columnCount, before != weights.rowCount {
        throw arrays.fault(
          place, "has \(weights.rowCount) rows, the layer before has \(before) units")
      }
      if case .resistive = kind, weights.elements.contains(where: { $0 < 0 }) {
        throw arrays.fault(place, "has a negative conductance, 0 or more is expected")
      }
      matrices.append(
        SettlingMatrix(
          rowCount: weights.rowCount, columnCount: weights.columnCount, weights: weights.elements))
      biases.append(try arrays.vector("\(name).bias_\(k)", count: weights.columnCount))
    }
    let lines = matrices[0].rowCount
    guard lines % kind.inputCopies == 0 else {
      throw arrays.fault(
        "\(name).weight_0", "has \(lines) rows, two for every input are expected")
    }
    let network = SettlingNetwork(
      kind: kind, inputCount: lines / kind.inputCopies, matrices: matrices, biases: biases,
      eulerStep: eulerStep)
    return try builder.settling(inputs[0], network, sweeps: sweeps, name: name)
  }
}

extension NetworkDescription {
  /// A network that settles, as a file: one layer called "settling".
  package init(title: String, inputShape: [Int], settling network: SettlingNetwork, sweeps: Int) {
    var arrays: [(name: String, array: NumericArray)] = []
    for (k, matrix) in network.matrices.enumerated() {
      arrays.append(
        (
          "settling.weight_\(k)",
          NumericArray(
            shape: [matrix.rowCount, matrix.columnCount], floats: matrix.weights)
        ))
      arrays.append(
        (
          "settling.bias_\(k)",
          NumericArray(shape: [network.biases[k].count], floats: network.biases[k])
        ))
    }
    self.init(
      title: title, inputShape: inputShape,
      layers: [
        Layer(SettlingDescription(network, sweeps: sweeps), name: "settling")
      ], arrays: NamedArrays(source: "settling", arrays))
  }
}
