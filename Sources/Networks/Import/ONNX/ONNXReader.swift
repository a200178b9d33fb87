public import Foundation
public import InputOutput

/// What a file leaves open about its input.
public struct ONNXInputLayout: Sendable, Hashable {
  /// The shape of one sample, without the batch; `nil` for that of the file.
  public var sampleShape: [Int]?
  /// Which axis of the input is the batch, from 0; `nil`: the one of unknown length, else the first.
  public var batchAxis: Int?

  /// A layout; see the members.
  public init(sampleShape: [Int]? = nil, batchAxis: Int? = nil) {
    self.sampleShape = sampleShape
    self.batchAxis = batchAxis
  }
}

/// Reads trained networks from ONNX files.
///
/// Operator sets from version 9 on. The batch may have any size; all other lengths must be known, from the file or from
/// an `ONNXInputLayout`. The
/// first output of the graph is the network's result. What is supported is listed in
/// `ONNXReader.operators`.
public enum ONNXReader {
  /// The names of the operators that can be read.
  public static var operators: [String] { onnxOperators.keys.sorted() }

  /// The network in the file at `path`. External data must lie in the same folder or below.
  ///
  /// - Parameters:
  ///   - folding: what becomes part of the weight matrices where that is possible.
  ///   - layout: what the file leaves open about its input.
  /// - Throws: `InputError` where the file is missing, damaged, or holds what cannot be read.
  public static func network(
    at path: String, folding: ScaleFolding = .everything,
    layout: ONNXInputLayout = ONNXInputLayout()
  ) throws(InputError) -> Network {
    let data = try InputFile.bytes(of: path)
    let folder = (path as NSString).deletingLastPathComponent
    return try network(
      from: data, source: path, folder: folder.isEmpty ? "." : folder,
      folding: folding, layout: layout)
  }

  /// The network in the bytes of an ONNX file.
  ///
  /// - Parameters:
  ///   - source: the file's name, for errors.
  ///   - folder: where external data may lie; `nil`: nowhere.
  ///   - folding: what becomes part of the weight matrices where that is possible.
  ///   - layout: what the file leaves open about its input.
  /// - Throws: `InputError` where the bytes are damaged or hold what cannot be read.
  public static func network(
    from data: Data, source: String, folder: String? = nil, folding: ScaleFolding = .everything,
    layout: ONNXInputLayout = ONNXInputLayout()
  ) throws(InputError) -> Network {
    if let fault = FileKind.mismatch(data, source: source, expected: "an ONNX file") {
      throw fault
    }
    let model = try ONNXModel(data, source: source)
    guard let graph = model.graph else { throw InputError(source, "holds no ONNX graph") }
    let main = model.operatorSets.first { $0.domain.isEmpty || $0.domain == "ai.onnx" }
    guard let opset = main.map({ Int(clamping: $0.version) }), opset >= 9 else {
      throw InputError(
        source, "uses operator set \(main?.version ?? 0), versions from 9 on can be read")
    }
    func read(triesSequenceFirst: Bool) throws(InputError) -> Network {
      var importer = try ONNXImporter(
        graph, opset: opset, tensors: ONNXTensorReader(source: source, folder: folder),
        triesSequenceFirst: triesSequenceFirst, layout: layout, budget: InputBudget(source))
      return try importer.network(folding: folding)
    }
    do throws(InputError) {
      return try read(triesSequenceFirst: true)
    } catch {
      // A file with a written batch says nowhere which axis it is: where samples do not stay apart along
      // one, it is another.
      if layout.batchAxis == nil, let network = try? read(triesSequenceFirst: false) {
        return network
      }
      throw error
    }
  }
}
