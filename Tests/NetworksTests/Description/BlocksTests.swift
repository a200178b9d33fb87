import ArrayFiles
import InputOutput
import Networks
import Randomness
import Testing

/// Networks that are cut where no branch crosses.
@Suite struct BlocksTests {
  /// A dense layer, a residual block of two, and a dense layer behind an activation.
  static let residual: NetworkDescription = {
    func array(_ name: String, _ shape: [Int]) -> (name: String, array: NumericArray) {
      let key = StreamKey(seed: 7).child(name)
      return (name, NumericArray(shape: shape, floats: Noise.normal(shape.reduce(1, *), key)))
    }
    return NetworkDescription(
      title: "residual", inputShape: [4],
      layers: [
        .dense(name: "a"), .activation(.tanh), .dense(name: "a.b"), .activation(.tanh),
        .dense(name: "c"), .add(from: [.name("c"), .place(2)]), .activation(.relu),
        .lengthNormalization, .dense(name: "d"),
      ],
      arrays: NamedArrays(
        source: "residual",
        [
          array("a.weight", [5, 4]), array("a.bias", [5]), array("a.b.weight", [5, 5]),
          array("c.weight", [5, 5]), array("d.weight", [3, 5]),
        ]))
  }()

  @Test("no cut lies inside of a branch, and a block is a layer with what follows it")
  func cuts() throws {
    #expect(try Self.residual.cuts(source: "test") == [1, 2, 6, 7, 8, 9])
    #expect(try Self.residual.blocks(source: "test") == [0..<2, 2..<8, 8..<9])
    #expect(
      try Self.residual.blocks(endingAfter: ["a"], source: "test") == [0..<2, 2..<9])
  }

  @Test(
    "a block that cannot end where it is asked to is refused with the reason",
    arguments: [("a.b", "a branch leads past it"), ("e", "unknown layer"), ("d", "no layer")])
  func refuses(name: String, reason: String) throws {
    let names = name == "d" ? ["d", "d"] : [name]
    let error = try #require(throws: InputError.self) {
      try Self.residual.blocks(endingAfter: names, source: "test")
    }
    #expect(error.description.contains(reason), "\(error)")
  }

  @Test("the parts one behind the other, and put together again, compute what the whole does")
  func parts() throws {
    let whole = Self.residual
    let x = Tensor(shape: [6, 4], elements: Noise.normal(24, StreamKey(seed: 3)))
    let network = try whole.network(source: "whole")
    let wanted = try network.evaluate(x, engine: DigitalEngine(network))
    var value = x
    var joined = NetworkDescription(
      title: "joined", inputShape: [4], layers: [], arrays: NamedArrays(source: "joined", []))
    for block in try whole.blocks(source: "test") {
      let part = try whole.part(block, source: "test")
      let own = try part.network(source: "part", folding: .nothing)
      value = try own.evaluate(value, engine: DigitalEngine(own))
      joined.append(part)
    }
    #expect(value.shape == wanted.shape)
    for (a, b) in zip(value.elements, wanted.elements) { #expect(abs(a - b) < 1e-5) }
    let again = try joined.network(source: "joined")
    #expect(try again.evaluate(x, engine: DigitalEngine(again)).elements == wanted.elements)
    #expect(joined.arrays.entries.map(\.name).sorted() == whole.arrays.entries.map(\.name).sorted())
  }

  @Test("the mean of frames leaves out those of zeros, and rows carry a label each")
  func sequences() throws {
    var builder = try NetworkBuilder(source: "test", name: "test", inputShape: [3, 2])
    let mean = try builder.meanOfFrames(builder.input, name: "mean")
    let rows = try builder.labelRows(mean, classes: 2, strength: 5, replaces: false, name: "rows")
    let network = try builder.network(output: rows)
    let y = try network.evaluate(
      Tensor(shape: [2, 3, 2], elements: [1, 2, 3, 6, 0, 0, 0, 0, 0, 0, 0, 0]),
      engine: DigitalEngine(network))
    #expect(y.shape == [2, 2, 4])
    #expect(y.elements == [5, 0, 2, 4, 0, 5, 2, 4, 5, 0, 0, 0, 0, 5, 0, 0])
  }
}
