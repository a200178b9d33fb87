import ArrayFiles
import Foundation
public import InputOutput
import Randomness
package import StrictYAML

extension NetworkDescription {
  /// Reads the description at `path` and the weights that it names, a file in the same folder, or draws
  /// those whose shapes it lists.
  ///
  /// - Throws: `InputErrors` with every fault of the description and its line, or the fault of the
  ///   weights' file.
  public init(path: String) throws(InputErrors) {
    let file = try StrictFile(path: path)
    let root = file.root
    let title = root.text("title")
    let shape = root.child("input").sizes() ?? []
    if shape.isEmpty { root.fault("'input' must be the shape of one sample, such as [784]") }
    let drawn = root.child("weights").keys.isEmpty ? nil : Self.drawnShapes(root.mapping("weights"))
    let weights = drawn == nil ? root.text("weights") : ""
    var layers: [Layer] = []
    var converters: [Int: [TrainedConverters?]] = [:]
    for node in root.child("layers").elements() {
      guard let layer = LayerDescriptions.layer(node) else { continue }
      if layer.kind.isProduct { converters[layers.count] = TrainedConverters.all(layer: node) }
      layers.append(layer)
    }
    if layers.isEmpty { root.fault("'layers' must list at least one layer") }
    try file.finish()
    do throws(InputError) {
      let arrays: NamedArrays
      if let drawn {
        arrays = try drawn.arrays(source: path)
      } else {
        arrays = try Self.weights(weights, beside: path)
      }
      self.init(
        title: title, inputShape: shape, layers: layers, arrays: arrays, converters: converters)
    } catch { throw InputErrors([error]) }
  }

  /// Whether the file at `path` is a description that lists the shapes of its weights, which are then drawn.
  public static func drawsWeights(at path: String) -> Bool {
    guard path.hasSuffix(".yaml") || path.hasSuffix(".yml"), let file = try? StrictFile(path: path)
    else { return false }
    return !file.root.child("weights").keys.isEmpty
  }

  /// The files that make the description at `path`: itself, and that with the weights where there is one; none where it
  /// cannot be read.
  package static func files(of path: String) -> [String] {
    guard let file = try? StrictFile(path: path) else { return [] }
    let weights = file.root.child("weights").keys.isEmpty ? file.root.unaskedText("weights") : nil
    return [path] + (weights.map { [beside(path, $0)] } ?? [])
  }

  private static func beside(_ path: String, _ name: String) -> String {
    let folder = (path as NSString).deletingLastPathComponent
    return folder.isEmpty ? name : "\(folder)/\(name)"
  }

  private static func drawnShapes(_ node: StrictNode) -> DrawnArrays {
    let shapes = node.mapping("shapes")
    let names = shapes.keys
    if names.isEmpty {
      shapes.fault("must list the shape of each array, such as fc.weight: [10, 784]")
    }
    return DrawnArrays(
      seed: UInt64(node.integer("seed", in: 0...Int.max)),
      shapes: names.map { ($0, shapes.child($0).sizes() ?? []) })
  }

  private static func weights(_ name: String, beside path: String) throws(InputError) -> NamedArrays
  {
    guard !name.contains("/"), name != "..", !name.isEmpty else {
      throw InputError(path, at: "weights", "'\(name)' must be a file in the same folder")
    }
    let file = beside(path, name)
    if name.hasSuffix(".npz") { return try NPZ.read(path: file).withRealMatrices() }
    if name.hasSuffix(".safetensors") { return try Safetensors.read(path: file) }
    throw InputError(path, at: "weights", "'\(name)' must end in .safetensors or .npz")
  }
}

extension NetworkDescription {
  /// The network of one matrix, y = A·x with A outputs × inputs, in an NPY file, or under `weight` in an NPZ file with
  /// an optional `bias`. A complex matrix becomes its real block matrix: samples are real parts, then imaginary parts.
  /// - Throws: `InputError` where there is no matrix of finite numbers.
  public init(matrix path: String) throws(InputError) {
    let name = "matrix"
    var arrays: [(name: String, array: NumericArray)] = []
    if path.hasSuffix(".npy") {
      arrays = [("\(name).weight", try NPY.read(path: path, allowsComplex: true))]
    } else {
      let file = try NPZ.read(path: path)
      if file["weight"]?.isComplex != true { _ = try file.array("weight") }
      arrays = file.entries.filter { ["weight", "bias"].contains($0.name) }.map {
        ("\(name).\($0.name)", $0.array)
      }
    }
    let real = try NamedArrays(source: path, arrays).withRealMatrices()
    let shape = try real.finite("\(name).weight").shape
    guard shape.count == 2, !shape.contains(0) else {
      throw InputError(
        path, "has the shape \(arrays[0].array.shapeText), outputs × inputs is expected")
    }
    self.init(
      title: "one matrix", inputShape: [shape[1]], layers: [.dense(name: name)], arrays: real)
  }
}

extension StrictNode {
  /// A list of sizes, each at least `from`; `nil` where nothing is there.
  package func sizes(from least: Int = 1) -> [Int]? {
    guard exists else { return nil }
    return elements().compactMap { element in
      guard let text = element.text(), let size = Int(text), (least...1 << 24).contains(size) else {
        element.fault("a whole number from \(least) to \(1 << 24) is expected")
        return nil
      }
      return size
    }
  }
}
