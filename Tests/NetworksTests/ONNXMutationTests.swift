import Foundation
import InputOutput
import Networks
import Randomness
import Testing

@Suite struct ONNXMutationTests {
  /// The small fixtures that between them have all operators.
  private static let seeds = [
    "op-gemm", "op-half", "op-conv", "op-pool", "op-pad", "op-norm-first", "gru", "lstm", "rnn",
    "op-split", "op-reduce", "op-resize-nearest", "op-resize-linear", "op-activations",
    "mlp", "line", "depthwise", "mixture", "sequence-first", "op-gru",
  ]
  /// 100,000 cases in all.
  private static let parts = 20
  private static let casesOfPart = 5_000

  @Test("whatever is done to a file, it is read or refused", arguments: 0..<parts)
  func mutation(part: Int) throws {
    let files = try Self.seeds.map { [UInt8](try ONNXFixtures.bytes($0)) }
    var stream = RandomStream(StreamKey(seed: 11).child("onnx").child(part))
    func number(below bound: Int) -> Int { Int(stream.next() % UInt64(max(1, bound))) }
    var accepted = 0
    for _ in 0..<Self.casesOfPart {
      var bytes = files[number(below: files.count)]
      for _ in 0...number(below: 4) {
        let place = number(below: bytes.count)
        switch number(below: 6) {
        case 0: bytes[place] = UInt8(number(below: 256))
        case 1: bytes[place] ^= 1 << UInt8(number(below: 8))
        case 2: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF][number(below: 5)]
        case 3: bytes.removeSubrange(place..<min(bytes.count, place + 1 + number(below: 8)))
        case 4:
          let other = files[number(below: files.count)]
          let from = number(below: other.count)
          let piece = other[from..<min(other.count, from + 1 + number(below: 64))]
          bytes.replaceSubrange(place..<min(bytes.count, place + piece.count), with: piece)
        default: bytes.removeSubrange((place + 1)...)
        }
        if bytes.isEmpty { bytes = [0] }
      }
      do throws(InputError) {
        let network = try ONNXReader.network(from: Data(bytes), source: "mutated")
        // What is accepted can be evaluated, as far as it is small.
        accepted += 1
        let size = network.layers.reduce(0) { $0 + $1.operation.outputShape.reduce(1, *) }
        if size < 20_000 {
          let x = Tensor(shape: [1] + network.inputShape, repeating: 0.5)
          let y = try network.evaluate(x, engine: DigitalEngine(network))
          #expect(y.shape == [1] + network.outputShape)
        }
      } catch {
        #expect(!error.problem.isEmpty)
      }
    }
    // Changed weights leave a network, so some must have come through.
    #expect(accepted > 0 && accepted < Self.casesOfPart)
  }
}
