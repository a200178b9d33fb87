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
    try AtomicFile.write(text(weights: (weights as NSString).lastPathComponent), to: path)
  }

  /// The text of the description, whose weights are in the file `weights` beside it.
  public func text(weights: String) -> String {
    var text = "title: \(yaml(title))\ninput: \(yaml(inputShape))\n"
    text += "weights: \(yaml(weights))\nlayers:\n"
    for (k, layer) in layers.enumerated() {
      var keys = [(key: "type", value: layer.kind.type)]
      if let name = layer.name { keys.append((key: "name", value: yaml(name))) }
      if let from = layer.from {
        keys.append((key: "from", value: "[\(from.map(\.yaml).joined(separator: ", "))]"))
      }
      keys += layer.kind.keys
      if let found = converters[k] {
        keys.append((key: "converters", value: TrainedConverters.text(of: found)))
      }
      text += "  - {\(keys.map { "\($0.key): \($0.value)" }.joined(separator: ", "))}\n"
    }
    return text
  }
}

extension LayerSource {
  /// A number, or a name in quotes.
  var yaml: String {
    switch self {
    case .place(let place): "\(place)"
    case .name(let name): Networks.yaml(name)
    }
  }
}
