public import ArrayFiles

/// A network in a text file: layers, each of which reads the one before it or others by name, with the
/// weights in a safetensors or NPZ file beside it.
///
/// Arrays carry the names and the order that PyTorch's `state_dict` gives them: NAME.weight (outputs ×
/// inputs), NAME.bias, NAME.running_mean, NAME.weight_ih_l0, …, so that a saved state needs no
/// conversion. docs/networks.md shows the keys.
public struct NetworkDescription: Sendable {
  /// One layer: what it does, its name and what it reads. The types have one file each in `Layers`.
  public struct Layer: Sendable {
    /// The name: of the arrays, where it has some, and for `from` of other layers.
    public var name: String?
    /// What it reads; `nil`: what the layer before gives.
    public var from: [LayerSource]?
    /// What it does.
    package var kind: any LayerDescription

    package init(_ kind: any LayerDescription, name: String? = nil, from: [LayerSource]? = nil) {
      self.kind = kind
      self.name = name
      self.from = from
    }

    /// The type as files have it: "dense", "lstm".
    public var type: String { kind.type }
    /// The name of the layer's arrays; `nil` where it has none.
    public var arrayName: String? { kind.hasArrays ? name : nil }

    /// The same layer under a name, reading other layers.
    public func called(_ name: String?, from: [LayerSource]? = nil) -> Layer {
      Layer(kind, name: name ?? self.name, from: from ?? self.from)
    }
  }

  /// One line that says what the network is.
  public var title: String
  /// The shape of one input sample.
  public var inputShape: [Int]
  /// The layers, first to last.
  public var layers: [Layer]
  /// The weights.
  public var arrays: NamedArrays
  /// The converters that training found, by the place of the layer in `layers`: one for each of its matrices, `nil` for
  /// one of which training says nothing.
  public var converters: [Int: [TrainedConverters?]]

  /// A description; see the members.
  public init(
    title: String, inputShape: [Int], layers: [Layer], arrays: NamedArrays,
    converters: [Int: [TrainedConverters?]] = [:]
  ) {
    self.converters = converters
    self.title = title
    self.inputShape = inputShape
    self.layers = layers
    self.arrays = arrays
  }
}

/// What a layer reads.
public enum LayerSource: Sendable, Hashable {
  /// A layer by its place in the list, the first is 1; 0 is the network's input.
  case place(Int)
  /// A layer by its name, or "input".
  case name(String)
}

extension NetworkDescription.Layer: Hashable {
  /// Whether both do the same under the same names.
  public static func == (a: Self, b: Self) -> Bool {
    a.name == b.name && a.from == b.from && AnyHashable(a.kind) == AnyHashable(b.kind)
  }

  /// Name, sources and type.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(from)
    hasher.combine(AnyHashable(kind))
  }
}
