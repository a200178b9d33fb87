import ArrayFiles
import InputOutput
import LinearAlgebra
import Networks
import Randomness

/// A network before its first step: layers with random weights, put together one after the other, and what
/// only training knows of them.
///
/// Layer k, counted from 1, is called `layerk` unless it has a name, and draws its weights from child k of the
/// key. A layer reads the one before it unless `read` says something else.
public struct TrainingNetwork: Sendable {
  /// The shape of one input sample.
  public let inputShape: [Int]
  /// The converters in the loops of recurrent layers, by their names.
  public private(set) var loops: [String: GateLoop] = [:]
  /// Changes of input samples while training.
  public var augmentation: InputAugmentation?
  /// The devices of layers of neurons; `nil` where the rule has no neurons that fire at random.
  var neurons: NeuronDesign?
  /// What fixed crossbars are drawn from; `nil` where the rule has none.
  var crossbar: RandomCrossbar?
  /// The names of the layers of neurons, of the fixed crossbars, and of the measured systems.
  var neuronLayers: [String] = []
  var crossbarLayers: [String] = []
  var systemLayers: [String] = []
  private let initial: InitialWeights
  private let hasBias: Bool
  private let key: StreamKey
  /// The graph so far, and the value of every layer of the description, the input first.
  private var builder: NetworkBuilder
  private var values: [NetworkBuilder.Value]
  private var layers: [NetworkDescription.Layer] = []
  private var arrays: [(name: String, array: NumericArray)] = []
  /// The name and the place in `values` of the last value of each layer.
  private var results = [(name: "input", place: 0)]
  /// The places of what the next layer reads; `nil` for the layer before it.
  private var sources: [Int]?

  /// A network without layers.
  ///
  /// - Parameters:
  ///   - initial: how weights are drawn.
  ///   - hasBias: whether dense layers and convolutions have a bias.
  ///   - key: the root of the random weights.
  /// - Precondition: a sample has numbers, at most as many as a network may hold.
  public init(
    inputShape: [Int], initial: InitialWeights = .normal, hasBias: Bool = true, key: StreamKey
  ) {
    guard
      let builder = try? NetworkBuilder(source: "network", name: "network", inputShape: inputShape)
    else { preconditionFailure("a sample has numbers") }
    self.builder = builder
    values = [builder.input]
    self.inputShape = inputShape
    self.initial = initial
    self.hasBias = hasBias
    self.key = key
  }

  /// Dense layers of these sizes, inputs first, with `hidden` behind each but the last.
  /// - Throws: `InputError` where a layer is too large.
  public init(
    sizes: [Int], hidden: Activation? = .relu, initial: InitialWeights = .normal,
    hasBias: Bool = true, key: StreamKey
  ) throws(InputError) {
    precondition(sizes.count >= 2, "a network has inputs and outputs")
    self.init(inputShape: [sizes[0]], initial: initial, hasBias: hasBias, key: key)
    for (k, size) in sizes.enumerated().dropFirst() {
      try dense(size, k == sizes.count - 1 ? nil : hidden)
    }
  }

  /// Whether there is no layer yet.
  var isEmpty: Bool { layers.isEmpty }

  /// The shape of one sample of what the next layer reads first; without `read`, of what the last layer gives.
  public var shape: [Int] { builder.shape(of: values[sources?.first ?? values.count - 1]) }

  /// The network as a file holds it.
  public func description(title: String) -> NetworkDescription {
    NetworkDescription(
      title: title, inputShape: inputShape, layers: layers,
      arrays: NamedArrays(source: title, arrays))
  }

  /// The graph, with no scale folded into a weight matrix.
  /// - Throws: `InputError` where there are too many weights.
  func network() throws(InputError) -> Network {
    try builder.network(output: values[values.count - 1], folding: .nothing)
  }

  /// The converters in the loop of the layer that `site` belongs to.
  func loop(of site: ProductSite) -> GateLoop? {
    // Of "lstm" and "lstm 2" the longer name is that of the layer.
    loops.filter { site.name == $0.key || site.name.hasPrefix("\($0.key) ") }
      .max { $0.key.count < $1.key.count }?.value
  }

  /// The next layer reads these layers, by name or by number; 0 and "input" are the network's input.
  /// - Throws: `InputError` where there is no such layer.
  public mutating func read(_ layers: [LayerSource]) throws(InputError) {
    var places: [Int] = []
    for layer in layers {
      let place: Int?
      switch layer {
      case .place(let number):
        place = results.indices.contains(number) ? results[number].place : nil
      case .name(let name): place = results.last { $0.name == name }?.place
      }
      guard let place else {
        throw InputError(
          "layer \(results.count)",
          "it reads \(layer.text), and before it are "
            + results.enumerated().map { "\($0.offset) ('\($0.element.name)')" }.joined(
              separator: ", "))
      }
      places.append(place)
    }
    sources = places
  }

  /// A dense layer, on the last axis (`eachStep`) or on all numbers of a sample; of fixed weights without a bias where it
  /// is `random`.
  /// - Throws: `InputError` where the layer is too large.
  mutating func dense(
    _ outputs: Int, _ activation: Activation?, eachStep: Bool, random: RandomMatrix?,
    name: String? = nil
  ) throws(InputError) {
    let inputs = denseInputs(eachStep: eachStep)
    let (name, key) = try next(name)
    try check(inputs, outputs, name)
    let weights =
      random?.drawn(inputs, outputs, key).transposed().elements
      ?? drawn(inputs, outputs, activation, key)
    try append(
      name,
      (eachStep || shape.count == 1 ? [] : [.flatten])
        + [.dense(name: name, fixed: random?.fixed)], activation,
      [("weight", [outputs, inputs], weights)] + (random == nil ? bias(outputs) : []))
  }

  /// A dense layer with weights that learn, on the last axis (`eachStep`) or on all numbers of a sample.
  /// - Throws: `InputError` where the layer is too large.
  public mutating func dense(
    _ outputs: Int, _ activation: Activation? = nil, eachStep: Bool = false, name: String? = nil
  ) throws(InputError) {
    try dense(outputs, activation, eachStep: eachStep, random: nil, name: name)
  }

  /// How many inputs the next dense layer has.
  func denseInputs(eachStep: Bool) -> Int { eachStep ? shape.last ?? 1 : shape.reduce(1, *) }

  /// A convolution on channels × length or channels × height × width, with weights like a dense layer's of as
  /// many inputs.
  /// - Throws: `InputError` where the window or the groups do not fit the shape.
  public mutating func convolution(
    channels: Int, kernel: [Int], strides: [Int]? = nil, padding: [Int]? = nil,
    dilations: [Int]? = nil, groups: Int = 1, _ activation: Activation? = nil, name: String? = nil
  ) throws(InputError) {
    let (name, key) = try next(name)
    guard groups > 0, let before = shape.first, before % groups == 0, channels % groups == 0 else {
      throw InputError(
        "layer '\(name)'",
        "\(groups) groups do not divide \(shape.first ?? 0) channels before it "
          + "and \(channels) channels of its own")
    }
    let inputs = before / groups * kernel.reduce(1, *)
    try check(inputs, channels, name)
    try append(
      name,
      [
        .convolution(
          name: name, strides: strides, padding: padding, dilations: dilations, groups: groups)
      ], activation,
      [
        ("weight", [channels, before / groups] + kernel, drawn(inputs, channels, activation, key))
      ] + bias(channels))
  }

  /// A recurrent layer over time × inputs, with weights uniform within ±1/√hidden; an LSTM has a bias of 1 at
  /// its forget gates.
  ///
  /// - Parameter projection: how many numbers the state of an LSTM has behind a projection; `nil` for none.
  /// - Throws: `InputError` where the value before is no sequence.
  public mutating func recurrent(
    _ cell: RecurrentCell, hidden: Int, projection: Int? = nil, givesLast: Bool,
    isBidirectional: Bool = false, loop: GateLoop? = nil, name: String? = nil
  ) throws(InputError) {
    let (name, key) = try next(name)
    guard shape.count == 2 else {
      throw InputError(
        "layer '\(name)'",
        "a recurrent layer reads time × inputs, the layer before it gives "
          + describe(shape: shape))
    }
    let (inputs, state, width) = (shape[1], projection ?? hidden, cell.gateCount * hidden)
    try check(inputs + state, width, name)
    let bound = 1 / Float(hidden).squareRoot()
    func drawn(_ rows: Int, _ columns: Int, _ key: StreamKey) -> Matrix<Float> {
      Matrix(
        rowCount: rows, columnCount: columns,
        elements: Noise.uniform(rows * columns, key).map { (2 * $0 - 1) * bound })
    }
    var arrays: [OwnArray] = []
    for (end, key) in [("_l0", key), ("_l0_reverse", key.child("reverse"))]
    where end == "_l0" || isBidirectional {
      let all = drawn(inputs + state, width, key)
      func part(_ rows: Range<Int>) -> [Float] {
        all.block(rows: rows, columns: 0..<width).transposed().elements
      }
      var bias = [Float](repeating: 0, count: width)
      if cell == .lstm { for j in hidden..<2 * hidden { bias[j] = 1 } }
      arrays += [
        ("weight_ih\(end)", [width, inputs], part(0..<inputs)),
        ("weight_hh\(end)", [width, state], part(inputs..<inputs + state)),
        ("bias_ih\(end)", [width], bias),
      ]
      if case .gru = cell {
        arrays.append(("bias_hh\(end)", [width], Array(repeating: 0, count: width)))
      }
      if projection != nil {
        let matrix = drawn(state, hidden, key.child("projection"))
        arrays.append(("weight_hr\(end)", [state, hidden], matrix.elements))
      }
    }
    loops[name] = loop
    try append(
      name,
      [
        .recurrent(
          name: name, cell: cell, isBidirectional: isBidirectional, givesLast: givesLast)
      ], nil, arrays)
  }

  /// A batch normalization with scale 1 and shift 0.
  /// - Throws: `InputError` where it does not fit the shape.
  public mutating func batchNormalization(
    _ activation: Activation? = nil, name: String? = nil
  ) throws(InputError) {
    let (name, _) = try next(name)
    let channels = shape.first ?? 1
    func same(_ value: Float) -> [Float] { Array(repeating: value, count: channels) }
    try append(
      name, [.batchNormalization(name: name)], activation,
      [
        ("weight", [channels], same(1)), ("bias", [channels], same(0)),
        ("running_mean", [channels], same(0)), ("running_var", [channels], same(1)),
      ])
  }

  /// A normalization of every sample on its own, with scale 1 and shift 0: the layer that `make` gives for its
  /// name, with arrays of the shape `arrayShape`.
  /// - Throws: `InputError` where it does not fit the shape.
  public mutating func normalization(
    arrayShape: [Int], _ activation: Activation? = nil, name: String? = nil,
    _ make: (_ name: String) -> NetworkDescription.Layer
  ) throws(InputError) {
    let (name, _) = try next(name)
    let count = arrayShape.reduce(1, *)
    try append(
      name, [make(name)], activation,
      [
        ("weight", arrayShape, Array(repeating: 1, count: count)),
        ("bias", arrayShape, Array(repeating: 0, count: count)),
      ])
  }

  /// Layers without weights.
  /// - Throws: `InputError` where they do not fit the shape.
  public mutating func append(
    _ layers: [NetworkDescription.Layer], _ activation: Activation? = nil, name: String? = nil
  ) throws(InputError) {
    try append(try next(name).name, layers, activation, [])
  }

  /// An array of a layer: its name within the layer, its shape and its numbers.
  typealias OwnArray = (name: String, shape: [Int], values: [Float])

  mutating func append(
    _ name: String, _ layers: [NetworkDescription.Layer], _ activation: Activation?,
    _ arrays: [OwnArray]
  ) throws(InputError) {
    let own = arrays.map {
      ("\(name).\($0.name)", NumericArray(shape: $0.shape, floats: $0.values))
    }
    let known = LayerArrays(all: NamedArrays(source: "network", own))
    for var layer in layers + (activation.map { [.activation($0)] } ?? []) {
      let places = sources ?? [values.count - 1]
      guard places.count == 1 || layer.kind.readsSeveral else {
        throw InputError(
          "layer '\(name)'",
          "a layer of type '\(layer.type)' reads one value, and 'from' lists \(places.count)")
      }
      layer.from = sources?.map { .place($0) }
      sources = nil
      values.append(
        try layer.kind.add(
          to: &builder, places.map { values[$0] },
          name: layer.name ?? "\(layer.type) \(self.layers.count)", known))
      self.layers.append(layer)
    }
    self.arrays += own
    results.append((name, values.count - 1))
  }

  /// The name and the key of the next layer.
  mutating func next(_ name: String?) throws(InputError) -> (name: String, key: StreamKey) {
    let number = results.count
    let name = name ?? "layer\(number)"
    guard !results.contains(where: { $0.name == name }) else {
      throw InputError("layer \(number)", "the name '\(name)' is taken by a layer before it")
    }
    return (name, key.child(number))
  }

  /// The most weights of a layer: 1 GiB.
  static let largest = 1 << 28

  func check(_ inputs: Int, _ outputs: Int, _ name: String) throws(InputError) {
    let (product, overflow) = inputs.multipliedReportingOverflow(by: outputs)
    guard overflow || product > Self.largest else { return }
    throw InputError(
      "layer '\(name)'",
      "\(inputs) × \(outputs) weights are too many, at most \(Self.largest) are allowed")
  }

  private func bias(_ count: Int) -> [OwnArray] {
    hasBias ? [("bias", [count], Array(repeating: 0, count: count))] : []
  }

  /// The first weights of a layer, outputs × inputs.
  private func drawn(
    _ inputs: Int, _ outputs: Int, _ activation: Activation?, _ key: StreamKey
  ) -> [Float] {
    initial.draw(inputs, outputs, gain: activation?.initialGain ?? 1, key).transposed().elements
  }
}

extension LayerSource {
  /// The source as a file names it.
  fileprivate var text: String {
    switch self {
    case .place(let number): "layer \(number)"
    case .name(let name): "'\(name)'"
    }
  }
}
