import ArrayFiles
import Foundation
import InputOutput
import Networks
import TestSupport
import Testing

@Suite struct ParametricRectifierTests {
  private func evaluate(_ network: Network, _ x: Tensor) throws -> [Float] {
    try network.evaluate(x, engine: DigitalEngine(network)).elements
  }

  @Test("gradients of the inputs and of the slopes", arguments: [1, 3])
  func gradients(slopes: Int) throws {
    let check = try GraphGradientTests.check([3, 4, 5], samples: 40) { builder, x in
      let value = try builder.parametricRectifier(
        x, slopes: Array([0.25, -0.5, 1.5].prefix(slopes)), name: "act")
      return try builder.activation(value, .tanh, name: "f")
    }
    #expect(check() > 0.8)
  }

  @Test("slope 0 is the rectifier, slope 1 the identity, each channel has its own")
  func limits() throws {
    var builder = try NetworkBuilder(source: "test", name: "test", inputShape: [2, 3])
    let y = try builder.parametricRectifier(builder.input, slopes: [0, 1], name: "act")
    let network = try builder.network(output: y)
    let x = Tensor(shape: [1, 2, 3], elements: [-1, 2, -3, -1, 2, -3])
    #expect(try evaluate(network, x) == [0, 2, 0, -1, 2, -3])
  }

  @Test(
    "an ONNX node with slopes per channel, aligned at the last axis, or one for all",
    arguments: [([2, 1], [0.5, -2]), ([1], [0.1]), ([1, 1, 1], [3])] as [([Int], [Float])])
  func imported(shape: [Int], slopes: [Float]) throws {
    let network = try ONNXReader.network(
      from: ONNXBytes.model(
        [2, 2], nodes: [ONNXBytes.node("PRelu", ["x", "slope"], "y")],
        tensors: [ONNXBytes.tensor("slope", shape, slopes)]), source: "test.onnx")
    let x: [Float] = [-1, 4, 2, -3]
    let found = try evaluate(network, Tensor(shape: [1, 2, 2], elements: x))
    let expected = x.enumerated().map { k, v in
      v > 0 ? v : v * slopes[slopes.count == 1 ? 0 : k / 2]
    }
    #expect(found == expected)
  }

  @Test("slopes that do not fit are refused")
  func refused() {
    for (shape, count) in [([3], 3), ([2, 2], 4)] {
      let error = #expect(throws: InputError.self) {
        try ONNXReader.network(
          from: ONNXBytes.model(
            [2, 2], nodes: [ONNXBytes.node("PRelu", ["x", "slope"], "y")],
            tensors: [ONNXBytes.tensor("slope", shape, Array(repeating: 1, count: count))]),
          source: "test.onnx")
      }
      #expect(error?.description.contains("slopes") == true)
    }
  }

  @Test(
    "a described network reads back from the ONNX file that it becomes", arguments: [true, false])
  func written(shared: Bool) throws {
    let scratch = try ScratchFolder()
    let path = scratch.path + "/net.yaml"
    try NPZ.write(
      [
        (
          "act.weight", NumericArray(shape: [shared ? 1 : 2], floats: shared ? [0.3] : [0.3, -0.7])
        ),
        ("out.weight", NumericArray(shape: [3, 8], floats: normal(24, seed: 3, "w"))),
      ], to: scratch.path + "/net.npz")
    try AtomicFile.write(
      """
      title: rectifier
      input: [2, 2, 2]
      weights: net.npz
      layers:
        - {type: prelu, name: act, shared: \(shared)}
        - {type: flatten}
        - {type: dense, name: out}
      """, to: path)
    let description = try NetworkDescription(path: path)
    let network = try description.network(source: path)
    let read = try ONNXReader.network(
      from: Data(try ONNXWriter.bytes(of: description)), source: "written")
    let x = Tensor(shape: [4, 2, 2, 2], elements: normal(32, seed: 4, "x"))
    for (a, b) in zip(try evaluate(network, x), try evaluate(read, x)) {
      #expect(abs(a - b) <= 1e-6)
    }
  }
}
