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

  /// A weight matrix on the way into the network.
  struct SiteDraft: Sendable {
    var name: String
    var kind: ProductSite.Kind
    var weights: Matrix<Float>
    var bias: [Float]?
    var groups = 1
    var vectors = 1
    var converters: TrainedConverters?
    var zeroBlocks: [MatrixBlock] = []
  }

  /// The file the network comes from, as errors name it.
  public let source: String
  /// The network's name.
  public let name: String
  let inputShape: [Int]
  var layers: [Layer] = []
  var sites: [SiteDraft] = []

  /// The largest value a network may hold, in floats a sample: 1 GiB.
  package static let sizeLimit = 1 << 28

  /// An empty network for samples of `inputShape`.
  /// - Throws: `InputError` where an axis is empty or the sample too large.
  public init(source: String, name: String, inputShape: [Int]) throws(InputError) {
    self.source = source
    self.name = name
    self.inputShape = inputShape
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
  /// - Throws: `InputError` where its result would be too large.
  package mutating func add(
    _ operation: any LayerOperation, _ inputs: [Value], name: String
  ) throws(InputError) -> Value {
    guard elementCount(of: operation.outputShape) != nil else {
      throw fault(
        name, "a result of \(describe(shape: operation.outputShape)) numbers is too large")
    }
    layers.append(Layer(name: name, operation: operation, inputs: inputs.map(\.index)))
    return Value(index: layers.count)
  }

  package func fault(_ layer: String, _ problem: String) -> InputError {
    InputError(source, at: "layer '\(layer)'", problem)
  }

  /// Tells what training found for the matrix that was added last.
  /// - Throws: `InputError` where the matrix has another number of tiles.
  mutating func describeConverters(_ converters: TrainedConverters?) throws(InputError) {
    guard let converters, let last = sites.indices.last else { return }
    let rows = sites[last].weights.rowCount
    if let blocks = converters.blockCount(rows: rows), converters.outputRanges.count != blocks {
      throw fault(
        sites[last].name,
        "'output-ranges' has \(converters.outputRanges.count) numbers, \(rows) rows in tiles of "
          + "\(converters.tileRows) need \(blocks)")
    }
    sites[last].converters = converters
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
  for length in shape {
    guard length >= 0 else { return nil }
    let (product, overflow) = count.multipliedReportingOverflow(by: length)
    guard !overflow, product <= NetworkBuilder.sizeLimit else { return nil }
    count = product
  }
  return count
}
