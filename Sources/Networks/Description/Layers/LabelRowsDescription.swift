import InputOutput
internal import StrictYAML

/// A vector once for each class with its label written into it: classes × numbers.
struct LabelRowsDescription: LayerDescription {
  static let types = ["label-rows"]
  var type: String { "label-rows" }

  let classes: Int
  let strength: Float
  let replaces: Bool

  init(classes: Int, strength: Float, replaces: Bool) {
    self.classes = classes
    self.strength = strength
    self.replaces = replaces
  }

  init?(type: String, _ node: StrictNode) {
    classes = node.integer("classes", in: 1...1 << 16)
    strength = Float(node.number("strength", in: -1e30...1e30))
    replaces = node.choice("label", of: ["prepend", "replace"], default: "prepend") == "replace"
  }

  var keys: [(key: String, value: String)] {
    [
      ("classes", "\(classes)"), ("strength", "\(strength)"),
      ("label", replaces ? "replace" : "prepend"),
    ]
  }

  func add(
    to builder: inout NetworkBuilder, _ inputs: [Value], name: String, _ arrays: LayerArrays
  ) throws(InputError) -> Value {
    try builder.labelRows(
      inputs[0], classes: classes, strength: strength, replaces: replaces, name: name)
  }
}

extension NetworkDescription {
  /// The same layers for rows of vectors in the place of one vector; `nil` where a layer is not known to work on
  /// every vector along the last axis.
  package var onRows: NetworkDescription? {
    guard inputShape.count == 1 else { return nil }
    var result = self
    for k in layers.indices {
      switch layers[k].kind {
      case is DenseDescription, is ActivationDescription, is FixedCrossbarDescription,
        is LengthNormalizationDescription, is ScaleDescription:
        continue
      case let combination as CombinationDescription where combination.rule != .matrixProduct:
        let axis = combination.rule == .concatenate ? combination.axis + 1 : 0
        result.layers[k].kind = CombinationDescription(rule: combination.rule, axis: axis)
      default: return nil
      }
    }
    return result
  }
}
