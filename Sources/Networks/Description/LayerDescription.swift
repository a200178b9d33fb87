import Foundation
package import InputOutput
package import StrictYAML

/// A type of layer that a network file can name: how it is read, written and added to a network.
///
/// A new type is one file in `Layers` and its line in `LayerDescriptions.registry`.
package protocol LayerDescription: Sendable, Hashable {
  /// A value of the network that is built.
  typealias Value = NetworkBuilder.Value
  /// The types in files that this description reads.
  static var types: [String] { get }
  /// Reads the keys of an entry of type `type`; faults are told to `node`.
  init?(type: String, _ node: StrictNode)
  /// The type as files have it.
  var type: String { get }
  /// The keys that `init(type:_:)` reads, without `type`, `name` and `from`, as YAML.
  var keys: [(key: String, value: String)] { get }
  /// Whether arrays belong to it, which its name begins; it then needs one.
  var hasArrays: Bool { get }
  /// Whether it multiplies by weight matrices that training changes and may have found converters for.
  var isProduct: Bool { get }
  /// Whether it may read several values.
  var readsSeveral: Bool { get }
  /// Adds the layer to a network.
  ///
  /// - Parameters:
  ///   - inputs: the values that it reads; one, unless it reads several.
  ///   - name: the layer's name, or its type and place where it has none.
  func add(
    to builder: inout NetworkBuilder, _ inputs: [Value], name: String, _ arrays: LayerArrays
  ) throws(InputError) -> Value
  /// The arrays that a training begins with, named within the layer, for a value of the shape `input`; none where
  /// the layer has no arrays, or a run file says more of it than a network file.
  func initialArrays(input: [Int]) -> [(name: String, shape: [Int], values: [Float])]
  /// Whether `write(to:)` knows an ONNX operator for the layer.
  var hasOperator: Bool { get }
  /// Appends the layer's nodes to an ONNX graph.
  func write(to graph: inout ONNXGraphWriter, _ layer: ONNXGraphWriter.Context) throws(InputError)
}

extension LayerDescription {
  package var keys: [(key: String, value: String)] { [] }
  package var hasArrays: Bool { false }
  package var isProduct: Bool { false }
  package var readsSeveral: Bool { false }
  package func initialArrays(input: [Int]) -> [(name: String, shape: [Int], values: [Float])] { [] }
  package var hasOperator: Bool { false }
  package func write(
    to graph: inout ONNXGraphWriter, _ layer: ONNXGraphWriter.Context
  ) throws(InputError) {
    preconditionFailure("a layer of type '\(type)' has no operator here")
  }

  /// A key with a list of sizes, where there is one.
  func optional(_ key: String, _ sizes: [Int]?) -> [(key: String, value: String)] {
    sizes.map { [(key, yaml($0))] } ?? []
  }
}

/// A type of layer whose ONNX operators are read by its own file.
protocol ONNXReadable: LayerDescription {
  /// The operators by their names.
  static var operators: [String: ONNXOperator] { get }
}

/// The types of layers.
package enum LayerDescriptions {
  /// One line a type or family of types.
  static let registry: [any LayerDescription.Type] = [
    DenseDescription.self,
    ConvolutionDescription.self,
    ActivationDescription.self,
    ParametricRectifierDescription.self,
    SoftmaxDescription.self,
    PoolingDescription.self,
    NormalizationDescription.self,
    BatchNormalizationDescription.self,
    LengthNormalizationDescription.self,
    RecurrentDescription.self,
    UnitsDescription.self,
    ShapeDescription.self,
    SequenceDescription.self,
    RateCodingDescription.self,
    ScaleDescription.self,
    OverlayDescription.self,
    CombinationDescription.self,
    FixedCrossbarDescription.self,
    LabelRowsDescription.self,
    SettlingDescription.self,
  ]

  /// The ONNX operators that descriptions read.
  static var operators: [String: ONNXOperator] {
    registry.reduce(into: [:]) { all, type in
      all.merge((type as? any ONNXReadable.Type)?.operators ?? [:]) { a, _ in a }
    }
  }

  /// Every type that a file can name.
  package static let types = registry.flatMap { $0.types }

  /// Reads the entry of a layer; `nil` where it has faults.
  ///
  /// - Parameter needsName: whether a layer with arrays must have a name, which theirs begin with.
  package static func layer(
    _ node: StrictNode, needsName: Bool = true
  ) -> NetworkDescription.Layer? {
    let type = node.choice("type", of: types)
    guard let found = registry.first(where: { $0.types.contains(type) }) else { return nil }
    let kind = found.init(type: type, node)
    let hasArrays = kind?.hasArrays ?? false
    let name = (hasArrays && needsName) || node.has("name") ? node.text("name") : nil
    let from = sources(node)
    if let kind, let from, from.count > 1, !kind.readsSeveral {
      node.fault("a layer of type '\(type)' reads one value, 'from' lists \(from.count)")
    }
    if name == "input" {
      node.fault("'input' is the network's input: the layer needs another name")
    }
    return kind.map { NetworkDescription.Layer($0, name: name, from: from) }
  }

  /// The layers that an entry reads, under `from` or `of`; `nil` where it reads the one before it.
  package static func sources(_ node: StrictNode) -> [LayerSource]? {
    if node.has("from"), node.has("of") { node.fault("'from' and 'of' say the same: give one") }
    return sources(node, key: "from") ?? sources(node, key: "of")
  }

  /// A name or a place, or a list of such; `nil` where nothing is said.
  private static func sources(_ node: StrictNode, key: String) -> [LayerSource]? {
    guard node.has(key) else { return nil }
    let part = node.child(key)
    func source(_ text: String) -> LayerSource { Int(text).map { .place($0) } ?? .name(text) }
    if part.isList {
      let list = part.elements()
      if list.isEmpty { part.fault("lists no layer, at least one is expected") }
      return list.compactMap { $0.text().map(source) }
    }
    return part.text().map { [source($0)] }
  }
}

/// A list of sizes as YAML.
func yaml(_ sizes: [Int]) -> String { "[\(sizes.map(String.init).joined(separator: ", "))]" }

/// A text as YAML.
func yaml(_ text: String) -> String { YAMLText.quoted(text) }
