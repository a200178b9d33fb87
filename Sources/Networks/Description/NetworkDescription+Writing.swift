import ArrayFiles
import Foundation
public import InputOutput

extension NetworkDescription {
  /// Writes the description to `path` and the weights beside it, to a file of the same name that ends
  /// in .safetensors (or in .npz where `asNPZ`); both whole or not at all.
  public func write(to path: String, asNPZ: Bool = false) throws(RunError) {
    let stem = (path as NSString).deletingPathExtension
    let weights = stem + (asNPZ ? ".npz" : ".safetensors")
    if asNPZ {
      try NPZ.write(arrays.entries, to: weights)
    } else {
      try Safetensors.write(arrays.entries, to: weights)
    }
    var text = "title: \(quoted(title))\ninput: \(list(inputShape))\n"
    text += "weights: \(quoted((weights as NSString).lastPathComponent))\nlayers:\n"
    for (k, layer) in layers.enumerated() {
      let found = converters[k].map { [(key: "converters", value: $0.text)] } ?? []
      let keys = (keys(of: layer) + found).map { "\($0.key): \($0.value)" }
      text += "  - {\(keys.joined(separator: ", "))}\n"
    }
    try AtomicFile.write(text, to: path)
  }

  /// Writes the arrays alone, under their names, as an NPZ archive.
  public func writeNPZ(to path: String) throws(RunError) { try NPZ.write(arrays.entries, to: path) }

  private func keys(of layer: Layer) -> [(key: String, value: String)] {
    func optional(_ key: String, _ sizes: [Int]?) -> [(key: String, value: String)] {
      sizes.map { [(key, list($0))] } ?? []
    }
    switch layer {
    case .dense(let name): return [("type", "dense"), ("name", quoted(name))]
    case .convolution(let name, let strides, let padding, let dilations, let groups):
      return [("type", "convolution"), ("name", quoted(name))] + optional("strides", strides)
        + optional("padding", padding) + optional("dilations", dilations)
        + [("groups", "\(groups)")]
    case .activation(let activation):
      switch activation {
      case .leakyRelu(let slope): return [("type", "leaky-relu"), ("slope", "\(slope)")]
      case .hardSigmoid(let slope, let offset):
        return [("type", "hard-sigmoid"), ("slope", "\(slope)"), ("offset", "\(offset)")]
      case .clip(let low, let high):
        return [("type", "clip"), ("low", "\(low)"), ("high", "\(high)")]
      default: return [("type", activation.name)]
      }
    case .softmax(let isLogarithmic):
      return [("type", isLogarithmic ? "log-softmax" : "softmax")]
    case .pool(let isMaximum, let kernel, let strides, let padding):
      return [("type", isMaximum ? "max-pool" : "average-pool"), ("kernel", list(kernel))]
        + optional("strides", strides) + optional("padding", padding)
    case .globalAveragePool: return [("type", "global-average-pool")]
    case .meanOverTime: return [("type", "mean-over-time")]
    case .oneHot(let symbols): return [("type", "one-hot"), ("symbols", "\(symbols)")]
    case .lastSteps(let steps): return [("type", "last-steps"), ("steps", "\(steps)")]
    case .lengthNormalization: return [("type", "length-normalization")]
    case .overlay(let count, let value):
      return [("type", "overlay"), ("count", "\(count)"), ("value", "\(value)")]
    case .concatenate(let places): return [("type", "concatenate"), ("of", list(places))]
    case .multiply(let places): return [("type", "multiply"), ("of", list(places))]
    case .flatten: return [("type", "flatten")]
    case .reshape(let shape): return [("type", "reshape"), ("shape", list(shape))]
    case .batchNormalization(let name, let epsilon):
      return [
        ("type", "batch-normalization"), ("name", quoted(name)), ("epsilon", "\(epsilon)"),
      ]
    case .recurrent(let name, let cell, let isBidirectional, let givesLast):
      return [
        ("type", cell.name), ("name", quoted(name)), ("bidirectional", "\(isBidirectional)"),
        ("output", givesLast ? "last" : "sequence"),
      ]
    }
  }

  private func list(_ sizes: [Int]) -> String {
    "[\(sizes.map(String.init).joined(separator: ", "))]"
  }

  private func quoted(_ text: String) -> String { YAMLText.quoted(text) }
}
