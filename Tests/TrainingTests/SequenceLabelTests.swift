import Foundation
import InputOutput
import LinearAlgebra
import Networks
import Randomness
import Testing
import Training

@Suite struct SequenceLabelTests {
  /// Six steps of five symbols; the last four are classified.
  static func network(seed: UInt64 = 4) throws -> Backpropagation {
    var network = TrainingNetwork(inputShape: [6], key: StreamKey(seed: seed))
    try network.append([.oneHot(5)])
    try network.recurrent(.lstm, hidden: 7, givesLast: false)
    try network.append([.lastSteps(4)])
    try network.dense(5, eachStep: true)
    return try Backpropagation(network, optimizer: .adam())
  }

  static let x = Matrix<Float>(
    rowCount: 2, columnCount: 6, elements: [0, 3, 1, 4, 2, 2, 1, 1, 0, 4, 3, 2])
  static let labels: [Int32] = [1, 4, 2, 2, 0, 4, 3, 2]

  @Test("gradients of a loss at every step are those of finite differences")
  func gradients() throws {
    var net = try Self.network()
    _ = net.gradients(Self.x, labels: Self.labels[...])
    var compared = 0
    for (name, value) in net.parameters {
      for index in stride(from: 0, to: value.values.count, by: 11) {
        func loss(_ change: Float) -> Double {
          var other = net.shifted(name, index, by: change)
          return other.gradients(Self.x, labels: Self.labels[...])
        }
        let slope = (loss(1e-2) - loss(-1e-2)) / 2e-2
        compared += 1
        // Central differences of 0.01 in single precision: 1e-4 of curvature and rounding.
        #expect(abs(slope - Double(value.gradient[index])) < 2e-4, "\(name) \(index)")
      }
    }
    #expect(compared > 30)
  }

  @Test("a label for every step counts as one sample of the loss each")
  func bits() throws {
    var net = try Self.network()
    let loss = net.gradients(Self.x, labels: Self.labels[...])
    let outputs = net.outputs(Self.x)
    let bits = bitsPerSymbol(
      Tensor(shape: [8, 5], elements: outputs.elements), labels: Self.labels.map(Int.init))
    #expect(abs(bits * log(2) - loss) < 1e-5)
  }

  @Test("the exported network gives the same outputs")
  func exported() throws {
    var net = try Self.network()
    let outputs = net.outputs(Self.x)
    let network = try net.exported().network(source: "test")
    #expect(network.outputShape == [4, 5])
    let given = try network.evaluate(
      Tensor(shape: [2, 6], elements: Self.x.elements), engine: DigitalEngine(network))
    for (a, b) in zip(outputs.elements, given.elements) { #expect(abs(a - b) < 1e-5) }
  }
}
