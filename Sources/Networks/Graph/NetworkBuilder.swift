public import InputOutput
import LinearAlgebra

/// Puts a network together layer by layer and checks every shape on the way.
///
/// Every method adds one layer and gives the value that comes out of it; what does not fit is an
/// `InputError` that names the layer and both shapes.
public struct NetworkBuilder: Sendable {
  /// What a layer reads or gives.
  public struct Value: Hashable, Sendable {
    let index: Int
  }

  /// A weight matrix on the way into the network; `weights` as in `ProductSite`.
  struct SiteDraft: Sendable {
    var name: String
    var kind: ProductSite.Kind
    var weights: Matrix<Float>
    var bias: [Float]?
    var groups = 1
    var vectors = 1
    var converters: TrainedConverters?
    var zeroBlocks: [MatrixBlock] = []
    var gates: [GateFunction] = []
    var fixed: FixedWeights?
  }

  /// The file the network comes from, as errors name it.
  public let source: String
  /// The network's name.
  public let name: String
  let inputShape: [Int]
  var layers: [Layer] = []
  var sites: [SiteDraft] = []
  /// What the network's weights, constants and values are spent from.
  let budget: InputBudget

  /// The most numbers that one value or matrix may hold.
  package static let sizeLimit = 1 << 28
  /// What a number that a layer gives takes while the network is evaluated: its place in the workspace, and
  /// what its layer keeps for it, on two threads.
  private static let bytesPerValue = 8

  /// An empty network for samples of `inputShape`.
  ///
  /// - Parameter budget: what the network is spent from; that of a file where `nil`.
  /// - Throws: `InputError` where an axis is empty or the sample too large.
  public init(
    source: String, name: String, inputShape: [Int], budget: InputBudget? = nil
  ) throws(InputError) {
    self.source = source
    self.name = name
    self.inputShape = inputShape
    self.budget = budget ?? InputBudget(source)
    try self.budget.spend(
      shape: inputShape, times: Self.bytesPerValue, at: "input",
      "a sample of \(describe(shape: inputShape)) numbers")
    guard inputShape.allSatisfy({ $0 > 0 }), elementCount(of: inputShape) != nil else {
      throw InputError(
        source, at: "input", "the shape \(describe(shape: inputShape)) is empty or too large")
    }
  }

  /// The network's input.
  public var input: Value { Value(index: 0) }

  /// The shape of one sample of a value.
  public func shape(of value: Value) -> [Int] {
    value.index == 0 ? inputShape : layers[value.index - 1].operation.outputShape
  }

  /// Adds a layer.
  /// - Throws: `InputError` where its result would be empty or too large.
  package mutating func add(
    _ operation: any LayerOperation, _ inputs: [Value], name: String
  ) throws(InputError) -> Value {
    guard elementCount(of: operation.outputShape) != nil else {
      throw fault(
        name, "a result of \(describe(shape: operation.outputShape)) numbers is too large")
    }
    try budget.spend(
      shape: operation.outputShape, times: Self.bytesPerValue, at: "layer '\(name)'",
      "a result of \(describe(shape: operation.outputShape)) numbers")
    guard !operation.outputShape.contains(0) else {
      throw fault(name, "a result of \(describe(shape: operation.outputShape)) numbers is empty")
    }
    layers.append(Layer(name: name, operation: operation, inputs: inputs.map(\.index)))
    return Value(index: layers.count)
  }

  /// Takes a matrix into the network.
  /// - Throws: `InputError` where its weights are beyond the budget.
  mutating func append(_ site: SiteDraft) throws(InputError) {
    try budget.spend(
      shape: [site.weights.rowCount, site.weights.columnCount], times: 4,
      at: "layer '\(site.name)'",
      "a matrix of \(site.weights.rowCount)×\(site.weights.columnCount) weights")
    sites.append(site)
  }

  package func fault(_ layer: String, _ problem: String) -> InputError {
    InputError(source, at: "layer '\(layer)'", problem)
  }

  /// Takes what training found for the matrices from number `first` on; `nil` for a matrix of which it says nothing.
  /// - Throws: `InputError` where there are more or fewer matrices, or one has another number of tiles.
  mutating func describeConverters(
    _ converters: [TrainedConverters?]?, from first: Int
  ) throws(InputError) {
    guard let converters, first < sites.count else { return }
    guard converters.count == sites.count - first else {
      throw fault(
        sites[first].name,
        "'converters' describes \(converters.count) matrices, the layer has \(sites.count - first)")
    }
    for (site, own) in zip(first..., converters) {
      guard let own else { continue }
      let (rows, groups, slices) = (
        sites[site].weights.rowCount, sites[site].groups, own.sliceCount
      )
      if let count = own.rangeCount(rows: rows, groups: groups), own.outputRanges.count != count {
        throw fault(
          sites[site].name,
          "'output-ranges' has \(own.outputRanges.count) numbers, \(rows) rows in tiles of "
            + "\(own.tileRows) need \(count)" + (groups == 1 ? "" : " for \(groups) groups")
            + (slices == 1 ? "" : " for \(slices) slices"))
      }
      sites[site].converters = own
    }
  }

  /// The finished network, without the layers that nothing reads.
  ///
  /// - Parameter folding: what becomes part of the weight matrices where that is possible.
  /// - Precondition: `output` came from this builder.
  /// - Throws: `InputError` where a weight or a bias is not a finite number.
  public func network(
    output: Value, folding: ScaleFolding = .everything
  ) throws(InputError) -> Network {
    precondition(output.index <= layers.count, "the result is a value of this builder")
    var graph = GraphDraft(self, output: output.index)
    graph.fuseGelu()
    graph.foldScales(folding)
    let total = graph.sites.reduce(0) { $0 + $1.weights.elements.count }
    guard total <= Self.sizeLimit else {
      throw InputError(
        source, "the network has \(total) weights, at most \(Self.sizeLimit) are read")
    }
    for site in graph.sites {
      guard site.weights.elements.allSatisfy(\.isFinite) else {
        throw fault(site.name, "a weight is not a finite number")
      }
      guard site.bias?.allSatisfy(\.isFinite) ?? true else {
        throw fault(site.name, "a bias is not a finite number")
      }
    }
    return graph.network(name: name, inputShape: inputShape)
  }
}

/// Which scales and shifts become part of the weight matrices beside them when a network is finished.
public enum ScaleFolding: Sendable, Hashable {
  /// Batch normalizations and constant scales.
  case everything
  /// Constant scales: batch normalizations stay layers of their own.
  case allButNormalizations
  /// None: for training, which changes weights and normalizations on their own.
  case nothing
}

/// The number of elements of a shape, or `nil` where it is beyond what a network may hold.
package func elementCount(of shape: [Int]) -> Int? {
  var count = 1
  // A length of 0 counts as 1: the axes beside it must not have lengths that nothing could fill.
  for length in shape {
    guard length >= 0 else { return nil }
    let (product, overflow) = count.multipliedReportingOverflow(by: max(1, length))
    guard !overflow, product <= NetworkBuilder.sizeLimit else { return nil }
    count = product
  }
  return shape.contains(0) ? 0 : count
}
