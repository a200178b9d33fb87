import ArrayFiles
import Foundation
public import InputOutput
import StrictYAML

extension NetworkDescription {
  /// Reads the description at `path` and the weights that it names, a file in the same folder.
  ///
  /// - Throws: `InputErrors` with every fault of the description and its line, or the fault of the
  ///   weights' file.
  public init(path: String) throws(InputErrors) {
    let file = try StrictFile(path: path)
    let root = file.root
    let title = root.text("title")
    let shape = Self.sizes(root.child("input")) ?? []
    if shape.isEmpty { root.fault("'input' must be the shape of one sample, such as [784]") }
    let weights = root.text("weights")
    var layers: [Layer] = []
    var converters: [Int: TrainedConverters] = [:]
    for node in root.child("layers").elements() {
      guard let layer = Self.layer(node) else { continue }
      switch layer {
      case .dense, .convolution: converters[layers.count] = TrainedConverters(layer: node)
      default: break
      }
      layers.append(layer)
    }
    if layers.isEmpty { root.fault("'layers' must list at least one layer") }
    try file.finish()
    do throws(InputError) {
      let arrays = try Self.weights(weights, beside: path)
      self.init(
        title: title, inputShape: shape, layers: layers, arrays: arrays,
        converters: converters)
    } catch { throw InputErrors([error]) }
  }

  private static func weights(_ name: String, beside path: String) throws(InputError) -> NamedArrays
  {
    guard !name.contains("/"), name != "..", !name.isEmpty else {
      throw InputError(path, at: "weights", "'\(name)' must be a file in the same folder")
    }
    let folder = (path as NSString).deletingLastPathComponent
    let file = folder.isEmpty ? name : "\(folder)/\(name)"
    if name.hasSuffix(".npz") { return try NPZ.read(path: file) }
    if name.hasSuffix(".safetensors") { return try Safetensors.read(path: file) }
    throw InputError(path, at: "weights", "'\(name)' must end in .safetensors or .npz")
  }

  private static func layer(_ node: StrictNode) -> Layer? {
    let type = node.choice("type", of: types)
    if let activation = plainActivations[type] { return .activation(activation) }
    switch type {
    case "dense": return .dense(name: node.text("name"))
    case "convolution":
      return .convolution(
        name: node.text("name"), strides: sizes(node.child("strides")),
        padding: sizes(node.child("padding"), from: 0), dilations: sizes(node.child("dilations")),
        groups: node.integer("groups", in: 1...1_000_000, default: 1))
    case "leaky-relu":
      return .activation(
        .leakyRelu(slope: Float(node.number("slope", in: -10...10, default: 0.01))))
    case "hard-sigmoid":
      return .activation(
        .hardSigmoid(
          slope: Float(node.number("slope", in: 0...100, default: 0.2)),
          offset: Float(node.number("offset", in: -100...100, default: 0.5))))
    case "clip":
      return .activation(
        .clip(
          low: Float(node.number("low", in: -1e30...1e30)),
          high: Float(node.number("high", in: -1e30...1e30))))
    case "softmax", "log-softmax": return .softmax(isLogarithmic: type == "log-softmax")
    case "max-pool", "average-pool":
      let kernel = sizes(node.child("kernel")) ?? []
      if kernel.isEmpty { node.fault("'kernel' is missing") }
      return .pool(
        isMaximum: type == "max-pool", kernel: kernel, strides: sizes(node.child("strides")),
        padding: sizes(node.child("padding"), from: 0))
    case "global-average-pool": return .globalAveragePool
    case "mean-over-time": return .meanOverTime
    case "one-hot": return .oneHot(node.integer("symbols", in: 1...1 << 20))
    case "last-steps": return .lastSteps(node.integer("steps", in: 1...1 << 24))
    case "length-normalization": return .lengthNormalization
    case "overlay":
      return .overlay(
        count: node.integer("count", in: 1...1 << 24),
        value: Float(node.number("value", in: -1e30...1e30)))
    case "concatenate", "multiply":
      let places = sizes(node.child("of"), from: 0) ?? []
      if places.isEmpty { node.fault("'of' must list the layers that it reads, such as [3, 6]") }
      return type == "multiply" ? .multiply(places) : .concatenate(places)
    case "flatten": return .flatten
    case "reshape": return .reshape(sizes(node.child("shape")) ?? [])
    case "batch-normalization":
      return .batchNormalization(
        name: node.text("name"), epsilon: Float(node.number("epsilon", in: 0...1, default: 1e-5)))
    case "rnn", "lstm", "gru":
      let cell: RecurrentCell =
        type == "rnn" ? .plain : type == "lstm" ? .lstm : .gru(resetsAfter: true)
      return .recurrent(
        name: node.text("name"), cell: cell,
        isBidirectional: node.flag("bidirectional", default: false),
        givesLast: node.choice("output", of: ["sequence", "last"], default: "last") == "last")
    default: return nil
    }
  }

  /// A list of sizes, each at least `from`; `nil` where nothing stands there.
  private static func sizes(_ node: StrictNode, from least: Int = 1) -> [Int]? {
    guard node.exists else { return nil }
    return node.elements().compactMap { element in
      guard let text = element.text(), let size = Int(text), (least...1 << 24).contains(size) else {
        element.fault("a whole number from \(least) to \(1 << 24) is expected")
        return nil
      }
      return size
    }
  }
}
