import Foundation
import InputOutput
import Networks
import TestSupport
import Testing

@Suite struct ONNXReaderTests {
  /// How many samples the export script takes.
  private static let samples = 5

  @Test("the fixtures are all there")
  func fixtures() { #expect(ONNXFixtures.names.count == 54) }

  @Test(
    "a network gives the outputs of PyTorch, ONNX's own evaluator or onnxruntime",
    arguments: ONNXFixtures.names)
  func matches(name: String) throws {
    let network = try ONNXReader.network(at: ONNXFixtures.path(name))
    let input = try ONNXFixtures.floats(name, "input")
    let expected = try ONNXFixtures.floats(name, "output")
    let x = Tensor(shape: [Self.samples] + network.inputShape, elements: input)
    let y = try network.evaluate(x, engine: DigitalEngine(network))
    try #require(y.elements.count == expected.count)
    let largest = expected.reduce(Float(1)) { max($0, abs($1)) }
    var worst: Float = 0
    for (a, b) in zip(y.elements, expected) { worst = max(worst, abs(a - b)) }
    #expect(worst <= 1e-4 * largest, "differs by \(worst), the largest output is \(largest)")
  }

  @Test("lengths that a file leaves open come from the layout, and must fit those that it states")
  func openShape() throws {
    let file = ONNXBytes.model(
      [0, 4], nodes: [ONNXBytes.node("Relu", ["x"], "y")], tensors: [])
    func shape(_ layout: ONNXInputLayout) throws -> [Int] {
      try ONNXReader.network(from: file, source: "open.onnx", layout: layout).inputShape
    }
    #expect {
      _ = try shape(ONNXInputLayout())
    } throws: {
      "\($0)".contains("--input-shape") && "\($0)".contains("N, L")
    }
    #expect(try shape(ONNXInputLayout(sampleShape: [3, 4])) == [3, 4])
    #expect(try shape(ONNXInputLayout(sampleShape: [5, 4], batchAxis: 1)) == [5, 4])
    for bad in [
      ONNXInputLayout(sampleShape: [3, 5]), ONNXInputLayout(sampleShape: [3]),
      ONNXInputLayout(batchAxis: 1), ONNXInputLayout(sampleShape: [3, 4], batchAxis: 3),
    ] { #expect(throws: InputError.self) { try shape(bad) } }
  }

  @Test("samples do not see each other: one at a time gives what all together give")
  func samplesStayApart() throws {
    for name in ONNXFixtures.names {
      let network = try ONNXReader.network(at: ONNXFixtures.path(name))
      let input = try ONNXFixtures.floats(name, "input")
      let x = Tensor(shape: [Self.samples] + network.inputShape, elements: input)
      let engine = DigitalEngine(network)
      let all = try network.evaluate(x, engine: engine)
      let last = try network.evaluate(x.samples(4..<5), engine: engine, firstSample: 4)
      for (a, b) in zip(last.elements, all.samples(4..<5).elements) {
        // Another batch size lets BLAS add in another order.
        #expect(abs(a - b) <= 1e-5 * max(1, abs(b)), "\(name)")
      }
    }
  }

  @Test("batch normalizations, dropout and shape arithmetic leave no layer behind")
  func folding() throws {
    func layers(_ name: String) throws -> [String] {
      try ONNXReader.network(at: ONNXFixtures.path(name)).layers.map {
        "\(type(of: $0.operation))"
      }
    }
    #expect(try layers("gelu") == ["DenseProduct", "ActivationLayer", "DenseProduct"])
    #expect(
      try layers("mlp") == [
        "Reshape", "DenseProduct", "ActivationLayer", "DenseProduct", "ActivationLayer",
        "DenseProduct", "Softmax",
      ])
    #expect(try layers("residual").filter { $0 == "BatchNormalization" }.count == 1)
    #expect(try layers("line").contains("BatchNormalization") == false)
    #expect(try layers("op-norm-first").first == "DenseProduct")
  }

  @Test("the sites of an exported network are its weight matrices, inputs × outputs")
  func sites() throws {
    let lenet = try ONNXReader.network(at: ONNXFixtures.path("lenet"))
    #expect(lenet.sites.map(\.inputs) == [25, 100, 96, 20])
    #expect(lenet.sites.map(\.outputs) == [4, 6, 20, 10])
    #expect(lenet.sites.map(\.vectorsPerInference) == [576, 64, 1, 1])
    #expect(lenet.sites.map(\.activation) == [.relu, .relu, .relu, nil])
    #expect(lenet.sites[0].kind == .convolution(kernel: [5, 5]))
    let depthwise = try ONNXReader.network(at: ONNXFixtures.path("depthwise"))
    #expect(depthwise.sites[0].groups == 4 && depthwise.sites[0].inputs == 36)
    #expect(depthwise.sites[0].weightCount == 36)
    #expect(depthwise.sites[0].activation == .clip(low: 0, high: 6))
    let lstm = try ONNXReader.network(at: ONNXFixtures.path("lstm"))
    #expect(lstm.sites[0].kind == .recurrent && lstm.sites[0].vectorsPerInference == 7)
    #expect(lstm.sites[0].inputs == 4 + 6 && lstm.sites[0].outputs == 24)
    let stacked = try ONNXReader.network(at: ONNXFixtures.path("gru-stacked"))
    #expect(stacked.sites.filter { $0.kind == .recurrent }.count == 4)
  }

  @Test("a damaged file is an error in one sentence")
  func damaged() throws {
    let whole = try ONNXFixtures.bytes("mlp")
    #expect(
      throws: InputError("m.onnx", "is not an ONNX file, or is damaged or cut off")
    ) { try ONNXReader.network(from: whole.prefix(whole.count / 2), source: "m.onnx") }
    #expect(throws: InputError("m.onnx", "is text, an ONNX file is expected")) {
      try ONNXReader.network(from: Data("a,b\n1,2\n".utf8), source: "m.onnx")
    }
    #expect(throws: InputError("m.onnx", "holds no ONNX graph")) {
      try ONNXReader.network(from: Data(), source: "m.onnx")
    }
  }

  @Test("an unknown operator is named, with its node and what is known")
  func unknownOperator() throws {

    let changed = try replacing("Softmax", by: "Softmix", inFile: "mlp-dynamo")
    let error = #expect(throws: InputError.self) {
      try ONNXReader.network(from: changed, source: "m.onnx")
    }
    #expect(error?.problem.hasPrefix("unknown operator 'Softmix', known are Abs, Add, ") == true)
    #expect(error?.place.hasPrefix("node '") == true)
  }

  @Test("all unknown operators are named at once, each with its nodes")
  func unknownOperators() throws {
    let file = ONNXBytes.model(
      [3],
      nodes: [
        ONNXBytes.node("Wobble", ["x"], "a"), ONNXBytes.node("Relu", ["a"], "b"),
        ONNXBytes.node("Wiggle", ["b"], "c"), ONNXBytes.node("Wobble", ["c"], "y"),
        ONNXBytes.node("Unread", ["x"], "nobody"),
      ], tensors: [])
    let error = #expect(throws: InputError.self) {
      try ONNXReader.network(from: file, source: "m.onnx")
    }
    #expect(
      error?.problem.hasPrefix(
        "unknown operators 'Wobble' (nodes 'a', 'y'), 'Wiggle' (node 'c'); "
          + "known are Abs, Add, ") == true, "\(String(describing: error))")
    #expect(error?.problem.contains("Unread") == false)
  }

  @Test("a weight that is not a number is refused")
  func notANumber() throws {
    var data = try ONNXFixtures.bytes("mlp-external")
    let weights = ONNXFixtures.folder.appending(path: "mlp-external.data")
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "ohmweave-onnx-\(UInt32.random(in: 0...(.max)))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var numbers = try Data(contentsOf: weights)
    for (k, byte) in [UInt8(0), 0, 0xC0, 0x7F].enumerated() { numbers[k] = byte }
    try numbers.write(to: folder.appending(path: "mlp-external.data"))
    try data.write(to: folder.appending(path: "m.onnx"))
    let path = folder.appending(path: "m.onnx").path
    let error = #expect(throws: InputError.self) { try ONNXReader.network(at: path) }
    #expect(error?.problem == "element 0 is not a number")

    // A file that is too short, and one outside of the folder.
    try numbers.prefix(40).write(to: folder.appending(path: "mlp-external.data"))
    let short = #expect(throws: InputError.self) { try ONNXReader.network(at: path) }
    #expect(short?.problem.contains("do not lie within the 40 bytes") == true)
    while let range = data.range(of: Data("mlp-external.data".utf8)) {
      data.replaceSubrange(range, with: Data("../external1.data".utf8))
    }
    try data.write(to: folder.appending(path: "m.onnx"))
    let outside = #expect(throws: InputError.self) { try ONNXReader.network(at: path) }
    #expect(outside?.problem.contains("is outside the model's folder") == true)
  }

  private func replacing(
    _ text: String, by other: String, inFile name: String
  ) throws -> Data {
    var data = try ONNXFixtures.bytes(name)
    var start = data.startIndex
    while let range = data.range(of: Data(text.utf8), in: start..<data.endIndex) {
      data.replaceSubrange(range, with: Data(other.utf8))
      start = range.upperBound
    }
    return data
  }
}
