import ArrayFiles
import Foundation
import InputOutput
import LinearAlgebra
import Networks
import TestSupport
import Testing

@Suite struct GraphDescriptionTests {
  /// Random arrays under their names.
  static func arrays(_ shapes: [(String, [Int])]) -> NamedArrays {
    NamedArrays(
      source: "test",
      shapes.map { name, shape in
        (
          name,
          NumericArray(
            shape: shape,
            floats: normal(shape.reduce(1, *), seed: 3, name).map {
              // Variances are positive.
              name.hasSuffix("var") ? 0.5 + abs($0) : 0.5 * $0
            })
        )
      })
  }

  static func norm(_ name: String, _ count: Int) -> [(String, [Int])] {
    ["weight", "bias", "running_mean", "running_var"].map { ("\(name).\($0)", [count]) }
  }

  /// A network with every type of layer on an image.
  static let image = NetworkDescription(
    title: "residual", inputShape: [4, 6, 6],
    layers: [
      .convolution(name: "stem", padding: [1, 1]), .activation(.relu).called("trunk"),
      .convolution(name: "block", padding: [1, 1], groups: 2),
      .batchNormalization(name: "norm", epsilon: 1e-4),
      .add(from: [.name("norm"), .name("trunk")]).called("sum"),
      .groupNormalization(name: "groups", groups: 2),
      .activation(.geluTanh), .instanceNormalization(name: "instance"),
      .concatenate(from: [.place(8), .name("sum")], axis: 0),
      .pool(isMaximum: true, kernel: [2, 2]),
      .pool(isMaximum: false, kernel: [2, 2], strides: [1, 1]),
      .scaleShift(scale: 0.5, shift: 0.25), .flatten,
      .layerNormalization(name: "layer"), .dense(name: "head"), .softmax(isLogarithmic: true),
    ],
    arrays: arrays(
      [
        ("stem.weight", [4, 4, 3, 3]), ("stem.bias", [4]), ("block.weight", [4, 2, 3, 3]),
        ("groups.weight", [4]), ("groups.bias", [4]), ("layer.weight", [32]), ("layer.bias", [32]),
        ("head.weight", [3, 32]),
      ] + norm("norm", 4)))

  /// A network with every type of layer on a sequence: attention over a bidirectional projected LSTM.
  static let sequence = NetworkDescription(
    title: "attention", inputShape: [5, 6],
    layers: [
      .recurrent(name: "lstm", cell: .lstm, isBidirectional: true, givesLast: false),
      .dense(name: "query"),
      .dense(name: "key").called(nil, from: [.name("lstm")]), .transpose([1, 0]).called("turned"),
      .matrixProduct(from: [.name("query"), .name("turned")]), .softmax(isLogarithmic: false),
      .matrixProduct(from: [.place(6), .name("lstm")]).called("mixed"),
      .multiply([7, 1]), .layerNormalization(name: "wide", axes: 2),
      .recurrent(name: "gru", cell: .gru(resetsAfter: false), givesLast: false),
      .recurrent(name: "rnn", cell: .plain, givesLast: false), .lastSteps(3), .meanOverTime,
      .overlay(count: 1, value: 0.5), .lengthNormalization,
      .add(from: [.place(15), .place(14), .place(13)]), .activation(.clip(low: -1, high: 2)),
    ],
    arrays: arrays([
      ("lstm.weight_ih_l0", [16, 6]), ("lstm.weight_hh_l0", [16, 3]),
      ("lstm.weight_hr_l0", [3, 4]),
      ("lstm.bias_ih_l0", [16]), ("lstm.weight_ih_l0_reverse", [16, 6]),
      ("lstm.weight_hh_l0_reverse", [16, 3]), ("lstm.weight_hr_l0_reverse", [3, 4]),
      ("query.weight", [4, 6]), ("query.bias", [4]), ("key.weight", [4, 6]),
      ("gru.weight_ih_l0", [12, 6]), ("gru.weight_hh_l0", [12, 4]), ("gru.bias_hh_l0", [12]),
      ("rnn.weight_ih_l0", [7, 4]), ("rnn.weight_hh_l0", [7, 7]),
    ]))

  @Test(
    "networks with branches are written, read back and give the same", arguments: [true, false])
  func roundTrip(isImage: Bool) throws {
    let description = isImage ? Self.image : Self.sequence
    let folder = FileManager.default.temporaryDirectory.path + "/ow-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try description.write(to: "\(folder)/n.yaml")
    let copy = try NetworkDescription(path: "\(folder)/n.yaml")
    #expect(copy.layers == description.layers)
    let (a, b) = (try description.network(source: "a"), try copy.network(source: "b"))
    let x = Tensor(
      shape: [3] + a.inputShape, elements: normal(3 * a.inputShape.reduce(1, *), seed: 4, "x"))
    let y = try a.evaluate(x, engine: DigitalEngine(a))
    let again = try b.evaluate(x, engine: DigitalEngine(b))
    #expect(y == again)
    let isFinite = y.elements.allSatisfy { $0.isFinite }
    #expect(isFinite)
  }

  @Test("networks with branches have gradients", arguments: [true, false])
  func gradients(isImage: Bool) throws {
    let network = try (isImage ? Self.image : Self.sequence).network(
      source: "test", folding: .nothing)
    var check = GradientCheck(
      network: network,
      x: Tensor(
        shape: [3] + network.inputShape,
        elements: normal(3 * network.inputShape.reduce(1, *), seed: 4, "x")), tolerance: 4e-3,
      probes: 12)
    check.step = 0.01
    #expect(check() > 0.5)
  }

  @Test("a branching image network is an ONNX file that reads back the same")
  func onnx() throws {
    // Without the kinds of normalization that have no operator.
    var description = Self.image
    for k in description.layers.indices
    where ["group-normalization", "instance-normalization", "layer-normalization"].contains(
      description.layers[k].type)
    {
      description.layers[k] = .scaleShift(scale: 0.7, shift: 0.1)
    }
    #expect(ONNXWriter.canWrite(description) && !ONNXWriter.canWrite(Self.image))
    let read = try ONNXReader.network(
      from: Data(try ONNXWriter.bytes(of: description)), source: "written")
    let network = try description.network(source: "test")
    let x = Tensor(shape: [3, 4, 6, 6], elements: normal(432, seed: 4, "x"))
    let (a, b) = (
      try network.evaluate(x, engine: DigitalEngine(network)),
      try read.evaluate(x, engine: DigitalEngine(read))
    )
    for (u, v) in zip(a.elements, b.elements) { #expect(abs(u - v) <= 1e-5 * max(1, abs(v))) }
  }

  @Test("a dense layer on a sequence is a MatMul in ONNX, not a Gemm")
  func onnxSequence() throws {
    let description = NetworkDescription(
      title: "steps", inputShape: [4, 3],
      layers: [.dense(name: "a"), .activation(.gelu), .activation(.absolute), .meanOverTime],
      arrays: Self.arrays([("a.weight", [5, 3]), ("a.bias", [5])]))
    let read = try ONNXReader.network(
      from: Data(try ONNXWriter.bytes(of: description)), source: "written")
    let network = try description.network(source: "test")
    let x = Tensor(shape: [2, 4, 3], elements: normal(24, seed: 4, "x"))
    let (a, b) = (
      try network.evaluate(x, engine: DigitalEngine(network)),
      try read.evaluate(x, engine: DigitalEngine(read))
    )
    for (u, v) in zip(a.elements, b.elements) { #expect(abs(u - v) <= 1e-5) }
  }

  @Test(
    "faults of references are reported with their place",
    arguments: [
      ("{type: add, from: [one, tow]}", "did you mean 'two'"),
      ("{type: add, from: [1, 9]}", "reads layer 9, which does not come before it"),
      ("{type: relu, from: [1, 2]}", "reads one value, 'from' lists 2"),
      ("{type: relu, from: []}", "lists no layer"), ("{type: add, from: []}", "lists no layer"),
      ("{type: add}", "'from' must list the layers that it reads"),
      ("{type: relu, name: input}", "the layer needs another name"),
      ("{type: add, from: [twin, one]}", "a name of 2 layers"),
      ("{type: concatenate, from: [1], of: [1]}", "give one"),
    ])
  func faults(layer: String, message: String) throws {
    let folder = FileManager.default.temporaryDirectory.path + "/ow-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try NPZ.write(Self.arrays([("one.weight", [3, 3])]).entries, to: "\(folder)/w.npz")
    try AtomicFile.write(
      """
      title: t
      input: [3]
      weights: w.npz
      layers:
        - {type: dense, name: one}
        - {type: relu, name: two}
        - {type: tanh, name: twin}
        - {type: tanh, name: twin}
        - \(layer)

      """, to: "\(folder)/n.yaml")
    var reported = ""
    do {
      _ = try NetworkDescription(path: "\(folder)/n.yaml").network(source: "n.yaml")
    } catch let error as InputErrors {
      reported = error.description
    } catch let error as InputError {
      reported = error.description
    }
    #expect(reported.contains(message), "\(reported)")
  }
}
