import ArrayFiles
import Foundation
import InputOutput
import Networks
import TestSupport
import Testing

@Suite struct ONNXCasesTests {
  static let folder = ONNXFixtures.folder.deletingLastPathComponent().appending(path: "onnx-cases")

  @Test(
    "files as other exporters write them are read with their outputs",
    arguments: [
      "dead-node", "unsorted-nodes", "conv1d-batch8", "heads-merged-with-batch", "time-distributed",
      "gemm-of-first-state", "lstm-activation-alpha",
    ])
  func cases(name: String) throws {
    let network = try ONNXReader.network(at: Self.folder.appending(path: "\(name).onnx").path)
    let arrays = try NPZ.read(path: Self.folder.appending(path: "\(name).npz").path)
    let (x, y) = (try arrays.array("x"), try arrays.array("y"))
    let found = try network.evaluate(
      Tensor(shape: x.shape, elements: x.floats), engine: DigitalEngine(network))
    try #require(found.elements.count == y.count)
    let largest = y.floats.reduce(1) { max($0, abs($1)) }
    for (a, b) in zip(found.elements, y.floats) { #expect(abs(a - b) <= 2e-6 * largest) }
  }

  /// What `ONNXReader` says to a file of these nodes; `nil` where it reads it.
  private func fault(
    _ nodes: [[UInt8]], _ tensors: [[UInt8]] = [], shape: [Int] = [3]
  ) -> String? {
    do {
      _ = try ONNXReader.network(
        from: ONNXBytes.model(shape, nodes: nodes, tensors: tensors), source: "test.onnx")
      return nil
    } catch { return error.description }
  }

  @Test(
    "remainders of whole numbers have the sign of the divisor, or with fmod that of the dividend",
    arguments: [(7, 3, 0, 1), (-5, 3, 0, 1), (-5, 3, 1, -2), (5, -3, 0, -1), (5, -3, 1, 2)])
  func remainders(a: Int, b: Int, fmod: Int, wanted: Int) throws {
    func integer(_ name: String, _ value: Int) -> [UInt8] {
      ONNXBytes.node("Constant", [], name, [ONNXBytes.attribute("value_int", value)])
    }
    // The remainder picks an element; negative ones count from the end.
    let nodes = [
      integer("a", a), integer("b", b),
      ONNXBytes.node("Mod", ["a", "b"], "place", [ONNXBytes.attribute("fmod", fmod)]),
      ONNXBytes.node("Gather", ["x", "place"], "y", [ONNXBytes.attribute("axis", 1)]),
    ]
    let network = try ONNXReader.network(
      from: ONNXBytes.model([4, 2], nodes: nodes, tensors: []), source: "test.onnx")
    let x = Tensor(shape: [1, 4, 2], elements: [0, 0, 1, 1, 2, 2, 3, 3])
    let y = try network.evaluate(x, engine: DigitalEngine(network))
    #expect(y.elements == Array(repeating: Float(wanted < 0 ? wanted + 4 : wanted), count: 2))
    #expect(fault([integer("a", 1), integer("b", 0), nodes[2], nodes[3]], shape: [4, 2]) != nil)
  }

  @Test(
    "nothing is computed along an axis that holds the batch, whether samples or places come first",
    arguments: [false, true])
  func joinedBatch(placesFirst: Bool) throws {
    let permutation = ONNXBytes.attribute("perm", [1, 0, 2])
    let turned = [ONNXBytes.node("Transpose", ["x"], "t", [permutation])]
    func nodes(softmaxAxis: Int) -> [[UInt8]] {
      (placesFirst ? turned : []) + [
        ONNXBytes.node(
          "Flatten", [placesFirst ? "t" : "x"], "f", [ONNXBytes.attribute("axis", 2)]),
        ONNXBytes.node("Softmax", ["f"], "y", [ONNXBytes.attribute("axis", softmaxAxis)]),
      ]
    }
    for axis in [0, -2] {
      let problem = try #require(fault(nodes(softmaxAxis: axis), shape: [4, 3]))
      #expect(problem.contains("samples stay apart"))
    }
    #expect(fault(nodes(softmaxAxis: 1), shape: [4, 3]) == nil)
  }

  @Test("operators in training mode are rejected")
  func trainingMode() {
    let four = ["scale", "bias", "mean", "variance"]
    let tensors = four.map { ONNXBytes.tensor($0, [3], [1, 1, 1]) }
    func normalization(_ mode: Int) -> [UInt8] {
      ONNXBytes.node(
        "BatchNormalization", ["x"] + four, "y", [ONNXBytes.attribute("training_mode", mode)])
    }
    #expect(fault([normalization(0)], tensors) == nil)
    #expect(fault([normalization(1)], tensors)?.contains("training_mode") == true)
    func dropout(_ mode: Float) -> String? {
      fault(
        [
          ONNXBytes.node("Relu", ["x"], "h"),
          ONNXBytes.node("Cast", ["mode"], "flag", [ONNXBytes.attribute("to", 9)]),
          ONNXBytes.node("Dropout", ["h", "", "flag"], "y"),
        ], [ONNXBytes.tensor("mode", [], [mode])])
    }
    #expect(dropout(0) == nil)
    #expect(dropout(1)?.contains("training_mode") == true)
  }

  @Test("a graph that depends on itself is rejected")
  func circle() {
    let nodes = [ONNXBytes.node("Add", ["x", "y"], "h"), ONNXBytes.node("Relu", ["h"], "y")]
    #expect(fault(nodes)?.contains("depends on itself") == true)
  }

  @Test("a name of two values is rejected")
  func twice() {
    let give = { (output: String) in
      [
        ONNXBytes.node("Relu", ["x"], "h"), ONNXBytes.node("Tanh", ["x"], output),
        ONNXBytes.node("Add", ["h", "b"], "y"),
      ]
    }
    let bias = [ONNXBytes.tensor("b", [3], [1, 2, 3])]
    #expect(fault(give("g"), bias) == nil)
    for name in ["h", "x", "b"] {
      #expect(fault(give(name), bias)?.contains("the name of another value") == true, "\(name)")
    }
  }

  static let casts: [(type: Int, from: [Float], to: [Float])] = [
    (9, [0, 0.25, -3], [0, 1, 1]),  // bool: whether it is 0
    (2, [3.9, 255.2, 258], [3, 255, 2]),  // uint8: toward zero, then the low bits
    (3, [127, 130, -129.5], [127, -126, 127]),  // int8
    (7, [3.9, -3.9, 0], [3, -3, 0]),  // int64
    // 1 + 2⁻¹¹ lies between two half-precision numbers and rounds to the even one, as 1 + 3·2⁻¹¹ does.
    (10, [1 + 0x1p-11, 1 + 0x3p-11, 65520], [1, 1 + 0x1p-9, .infinity]),
    (16, [1 + 0x1p-8, 1 + 0x3p-8, 3], [1, 1 + 0x1p-6, 3]),  // bfloat16
    (1, [0.1, 1e-30, 7], [0.1, 1e-30, 7]),  // float
  ]

  @Test("constants are cast as the specification says", arguments: casts.indices)
  func cast(which: Int) throws {
    let (type, from, to) = Self.casts[which]
    let nodes = [
      ONNXBytes.node("Cast", ["c"], "narrow", [ONNXBytes.attribute("to", type)]),
      ONNXBytes.node("Cast", ["narrow"], "wide", [ONNXBytes.attribute("to", 1)]),
      ONNXBytes.node("Relu", ["x"], "h"), ONNXBytes.node("Add", ["h", "wide"], "y"),
    ]
    let network = try ONNXReader.network(
      from: ONNXBytes.model([3], nodes: nodes, tensors: [ONNXBytes.tensor("c", [3], from)]),
      source: "test.onnx")
    let y = try network.evaluate(
      Tensor(shape: [1, 3], elements: [0, 0, 0]), engine: DigitalEngine(network))
    #expect(y.elements == to)
  }

  @Test("data whose axes are in another order than the network's are rejected, flat data are not")
  func layout() throws {
    var builder = try NetworkBuilder(source: "test", name: "image", inputShape: [3, 5, 5])
    let value = try builder.flatten(builder.input, name: "flat")
    let network = try builder.network(output: value)
    func set(_ shape: [Int]) throws -> DataSet {
      DataSet(
        name: "data.npz", samples: Tensor(shape: [2] + shape), targets: .classes([0, 1]),
        classNames: ["a", "b"])
    }
    for shape in [[3, 5, 5], [75], [1, 3, 5, 5], [75, 1]] {
      _ = try set(shape).fitting(inputShape: network.inputShape)
    }
    for shape in [[5, 5, 3], [15, 5], [3, 25]] {
      let error = #expect(throws: InputError.self) {
        try set(shape).fitting(inputShape: network.inputShape)
      }
      #expect(error?.description.contains("transpose") == (shape == [5, 5, 3]))
    }
  }
}
