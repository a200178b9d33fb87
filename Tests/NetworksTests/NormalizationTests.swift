import Foundation
import InputOutput
import LinearAlgebra
import Networks
import TestSupport
import Testing

@Suite struct NormalizationTests {
  /// (x − μ)/√(σ² + ε) of the numbers at `places`, in double precision.
  private func normalized(_ x: [Float], _ places: [Int], _ epsilon: Double) -> [Int: Double] {
    let own = places.map { Double(x[$0]) }
    let mean = own.reduce(0, +) / Double(own.count)
    let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(own.count)
    return Dictionary(
      uniqueKeysWithValues: zip(places, own.map { ($0 - mean) / (variance + epsilon).squareRoot() })
    )
  }

  private static let shape = [6, 3, 5]

  /// Which places of a sample each kind normalizes together, and the γ of a place.
  private func parts(_ kind: Int) -> (parts: [[Int]], parameter: (Int) -> Int) {
    let all = Array(0..<90)
    switch kind {
    case 0: return ((0..<18).map { Array($0 * 5..<($0 + 1) * 5) }, { $0 % 5 })
    case 1: return ((0..<6).map { Array($0 * 15..<($0 + 1) * 15) }, { $0 % 15 })
    case 2: return ([Array(all[..<45]), Array(all[45...])], { $0 / 15 })
    default: return ((0..<6).map { Array($0 * 15..<($0 + 1) * 15) }, { $0 / 15 })
    }
  }

  @Test(
    "layers of the builder and ONNX operators give the double-precision values",
    arguments: 0..<4, [true, false])
  func values(kind: Int, isFile: Bool) throws {
    let (parts, parameter) = parts(kind)
    let count = [5, 15, 6, 6][kind]
    let scale = normal(count, seed: 1, "scale")
    let shift = normal(count, seed: 1, "shift")
    let epsilon = 1e-3
    let network: Network
    if isFile {
      let (type, attributes): (String, [[UInt8]]) =
        switch kind {
        case 0: ("LayerNormalization", [])
        case 1: ("LayerNormalization", [ONNXBytes.attribute("axis", 2)])
        case 2: ("GroupNormalization", [ONNXBytes.attribute("num_groups", 2)])
        default: ("InstanceNormalization", [])
        }
      let epsilonAttribute = ONNXBytes.attribute("epsilon", Float(epsilon))
      network = try ONNXReader.network(
        from: ONNXBytes.model(
          Self.shape,
          nodes: [
            ONNXBytes.node(type, ["x", "scale", "shift"], "y", attributes + [epsilonAttribute])
          ],
          tensors: [
            ONNXBytes.tensor("scale", [count], scale), ONNXBytes.tensor("shift", [count], shift),
          ], opset: 21), source: "test.onnx")
    } else {
      var builder = try NetworkBuilder(source: "test", name: "norm", inputShape: Self.shape)
      let (x, e) = (builder.input, Float(epsilon))
      let value =
        switch kind {
        case 0:
          try builder.layerNormalization(x, scale: scale, shift: shift, epsilon: e, name: "n")
        case 1:
          try builder.layerNormalization(
            x, firstAxis: 1, scale: scale, shift: shift, epsilon: e, name: "n")
        case 2:
          try builder.groupNormalization(
            x, groups: 2, scale: scale, shift: shift, epsilon: e, name: "n")
        default:
          try builder.instanceNormalization(x, scale: scale, shift: shift, epsilon: e, name: "n")
        }
      network = try builder.network(output: value)
    }
    let x = normal(2 * 90, seed: 2, "x").map { $0 * 3 + 1 }
    let y = try network.evaluate(
      Tensor(shape: [2] + Self.shape, elements: x), engine: DigitalEngine(network))
    for sample in 0..<2 {
      let own = Array(x[sample * 90..<(sample + 1) * 90])
      for part in parts {
        for (place, value) in normalized(own, part, epsilon) {
          let p = parameter(place)
          let exact = Double(scale[p]) * value + Double(shift[p])
          // Means of 5 to 45 numbers about 3, in single precision.
          #expect(abs(Double(y.elements[sample * 90 + place]) - exact) < 5e-6 * max(1, abs(exact)))
        }
      }
    }
  }

  @Test("a projection by the unit matrix changes nothing; a scaled one is a smaller state")
  func projection() throws {
    func network(_ projection: Matrix<Float>?) throws -> Network {
      var builder = try NetworkBuilder(source: "test", name: "lstm", inputShape: [5, 3])
      let weights = RecurrentWeights(
        input: randomMatrix(16, 3, seed: 1, "input"),
        hidden: randomMatrix(16, 4, seed: 1, "hidden"),
        inputBias: normal(16, seed: 1, "bias"), hiddenBias: Array(repeating: 0, count: 16),
        projection: projection)
      let states = try builder.recurrent(builder.input, .lstm, [weights], name: "lstm")
      // All but the last row, which holds the cells of a layer without a projection.
      let kept = try builder.select(states, axis: 0, places: Array(0..<6), name: "states")
      return try builder.network(output: kept)
    }
    var unit = Matrix<Float>(rowCount: 4, columnCount: 4)
    for i in 0..<4 { unit[i, i] = 1 }
    let x = Tensor(shape: [3, 5, 3], elements: normal(45, seed: 2, "x"))
    let plain = try network(nil)
    let projected = try network(unit)
    #expect(projected.sites.map(\.name) == ["lstm", "lstm projection"])
    let (a, b) = (
      try plain.evaluate(x, engine: DigitalEngine(plain)),
      try projected.evaluate(x, engine: DigitalEngine(projected))
    )
    for (u, v) in zip(a.elements, b.elements) { #expect(abs(u - v) < 1e-6) }
  }
}
