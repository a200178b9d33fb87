import InputOutput
import LinearAlgebra
import Networks
import TestSupport
import Testing

@Suite struct NetworkTests {
  @Test(
    "a depthwise convolution of 50,176 weights holds 50,176 numbers, and computes channel by channel"
  )
  func depthwise() throws {
    // 1024 channels of 7×7 kernels: as one dense matrix 51 million numbers.
    let channels = 1024
    var builder = try NetworkBuilder(
      source: "test", name: "depthwise", inputShape: [channels, 7, 7])
    let values = (0..<channels * 49).map { Float($0 % 101) / 50 - 1 }
    let y = try builder.convolution(
      builder.input, weights: Tensor(shape: [channels, 1, 7, 7], elements: values),
      window: Window(kernel: [7, 7]), groups: channels, name: "conv")
    let network = try builder.network(output: y)
    #expect(network.sites[0].weights.elements.count == 50_176)
    #expect(network.sites[0].weightCount == 50_176 && network.sites[0].outputs == channels)
    let x = (0..<channels * 49).map { Float(($0 * 7) % 13) - 6 }
    let found = try network.evaluate(
      Tensor(shape: [1, channels, 7, 7], elements: x), engine: DigitalEngine(network))
    for c in [0, 1, 500, 1023] {
      let wanted = (0..<49).reduce(Float(0)) { $0 + values[c * 49 + $1] * x[c * 49 + $1] }
      #expect(abs(found.elements[c] - wanted) < 1e-3 * max(1, abs(wanted)), "channel \(c)")
    }
  }

  /// Two dense layers with a bias and a relu between them, and its exact result in double precision.
  private func perceptron(seed: UInt64) throws -> (Network, Tensor, [Double]) {
    let (inputs, hidden, outputs, samples) = (13, 7, 5, 301)
    let first = randomMatrix(inputs, hidden, seed: seed, "first")
    let second = randomMatrix(hidden, outputs, seed: seed, "second")
    let bias = normal(hidden, seed: seed, "bias")
    var builder = try NetworkBuilder(source: "test", name: "perceptron", inputShape: [inputs])
    var value = try builder.dense(builder.input, weights: first, bias: bias, name: "first")
    value = try builder.activation(value, .relu, name: "relu")
    value = try builder.dense(value, weights: second, name: "second")
    let x = Tensor(
      shape: [samples, inputs], elements: normal(samples * inputs, seed: seed, "samples"))
    var exact: [Double] = []
    for s in 0..<samples {
      let h = (0..<hidden).map { j in
        max(
          0,
          (0..<inputs).reduce(Double(bias[j])) {
            $0 + Double(x.elements[s * inputs + $1]) * Double(first[$1, j])
          })
      }
      for k in 0..<outputs {
        exact.append((0..<hidden).reduce(0.0) { $0 + h[$1] * Double(second[$1, k]) })
      }
    }
    return (try builder.network(output: value), x, exact)
  }

  @Test(
    "a perceptron's result is the double-precision sum", arguments: 1...3 as ClosedRange<UInt64>)
  func perceptronIsExact(seed: UInt64) throws {
    let (network, x, exact) = try perceptron(seed: seed)
    let y = try network.evaluate(x, engine: DigitalEngine(network))
    #expect(y.shape == [301, 5])
    let largest = exact.reduce(0) { max($0, abs($1)) }
    // Sums of 13 and 7 terms: at most 20 roundings of the largest term.
    for (a, b) in zip(y.elements, exact) { #expect(abs(Double(a) - b) <= 20 * 0x1p-23 * largest) }
  }

  @Test("the bits of a result do not depend on the number of threads")
  func threads() throws {
    let (network, x, _) = try perceptron(seed: 4)
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    Parallel.threadCount = 1
    let one = try network.evaluate(x, engine: DigitalEngine(network))
    Parallel.threadCount = 2
    let two = try network.evaluate(x, engine: DigitalEngine(network))
    #expect(one == two)
  }

  @Test("an activation that follows a matrix directly is told to its site")
  func activationOfSite() throws {
    let (network, _, _) = try perceptron(seed: 5)
    #expect(network.sites.map(\.activation) == [.relu, nil])
    #expect(network.sites.map(\.name) == ["first", "second"])
    #expect(network.weightCount == 13 * 7 + 7 * 5)
  }

  @Test("an engine that applies the activation itself gets the same result")
  func activationTakenOver() throws {
    struct Converting: ProductEngine {
      let digital: DigitalEngine
      let sites: [ProductSite]
      func multiply(
        site: Int, _ x: UnsafeBufferPointer<Float>, vectors: Int,
        into y: UnsafeMutableBufferPointer<Float>, call: Int
      ) {
        digital.multiply(site: site, x, vectors: vectors, into: y, call: call)
        // Lower by one, so that a second activation would show.
        sites[site].activation?.apply(y)
        for i in y.indices where sites[site].activation != nil { y[i] -= 1 }
      }
      func appliesActivation(site: Int) -> Bool { sites[site].activation != nil }
    }
    let weights = Matrix<Float>(rowCount: 1, columnCount: 1, elements: [1])
    var builder = try NetworkBuilder(source: "test", name: "n", inputShape: [1])
    var value = try builder.dense(builder.input, weights: weights, name: "a")
    value = try builder.activation(value, .relu, name: "r")
    let network = try builder.network(output: value)
    let y = try network.evaluate(
      Tensor(shape: [2, 1], elements: [-3, 2]),
      engine: Converting(digital: DigitalEngine(network), sites: network.sites))
    // The converter gives relu(x) - 1; a second relu would have lifted -1 to 0.
    #expect(y.elements == [-1, 1])
  }

  @Test("a value that is read again later is not overwritten by a layer that works in place")
  func residual() throws {
    let weights = Matrix<Float>(rowCount: 2, columnCount: 2, elements: [1, 0, 0, 1])
    var builder = try NetworkBuilder(source: "test", name: "n", inputShape: [2])
    let a = try builder.dense(builder.input, weights: weights, name: "a")
    let b = try builder.activation(a, .relu, name: "r")
    let c = try builder.add(a, b, name: "sum")
    let network = try builder.network(output: c)
    let y = try network.evaluate(
      Tensor(shape: [1, 2], elements: [-3, 2]), engine: DigitalEngine(network))
    #expect(y.elements == [-3, 4])
    #expect(network.sites[0].activation == nil)
  }

  @Test("batch normalization disappears into the weights before it and changes nothing")
  func batchNormalization() throws {
    let weights = Tensor(shape: [4, 2, 3, 3], elements: normal(72, seed: 6, "w"))
    let x = Tensor(shape: [9, 2, 6, 5], elements: normal(9 * 60, seed: 6, "x"))
    func build(_ order: [String]) throws -> Network {
      var builder = try NetworkBuilder(source: "test", name: "n", inputShape: [2, 6, 5])
      var value = try builder.convolution(
        builder.input, weights: weights, bias: [1, 2, 3, 4], window: Window(kernel: [3, 3]),
        name: "c")
      for step in order {
        if step == "view" {
          value = try builder.reshape(value, to: [4, 4, 3], name: "v")
        } else {
          value = try builder.batchNormalization(
            value, scale: [1, 2, -1, 0.5], shift: [0, 1, 2, 3], mean: [1, -1, 0, 2],
            variance: [1, 4, 0.25, 2], epsilon: 1e-5, name: "bn")
        }
      }
      return try builder.network(output: value)
    }
    let folded = try build(["norm"])
    // A view between the two hides the matrix from the folding.
    let apart = try build(["view", "norm"])
    #expect(folded.layers.count == 1)
    #expect(apart.layers.count == 3)
    let a = try folded.evaluate(x, engine: DigitalEngine(folded))
    let b = try apart.evaluate(x, engine: DigitalEngine(apart))
    let largest = b.elements.reduce(0) { max($0, abs($1)) }
    for (p, q) in zip(a.elements, b.elements) { #expect(abs(p - q) <= 1e-5 * largest) }
  }

  @Test("shapes that do not fit are told, both of them")
  func wrongShapes() throws {
    var builder = try NetworkBuilder(source: "net.yaml", name: "n", inputShape: [3])
    let weights = randomMatrix(4, 2, seed: 7, "w")
    #expect(
      throws: InputError(
        "net.yaml", at: "layer 'fc'",
        "the weights have 4×2 numbers (inputs × outputs), the value before has the shape 3")
    ) { try builder.dense(builder.input, weights: weights, name: "fc") }
    let network = try builder.network(output: builder.input)
    #expect(
      throws: InputError("the samples", "have the shape 2×2, the network 'n' takes 3")
    ) {
      try network.evaluate(Tensor(shape: [5, 2, 2]), engine: DigitalEngine(network))
    }
  }

  @Test("a weight that is not a number is refused")
  func weightsAreFinite() throws {
    var builder = try NetworkBuilder(source: "f", name: "n", inputShape: [1])
    let bad = Matrix<Float>(rowCount: 1, columnCount: 1, elements: [.nan])
    let value = try builder.dense(builder.input, weights: bad, name: "fc")
    #expect(throws: InputError("f", at: "layer 'fc'", "a weight is not a finite number")) {
      try builder.network(output: value)
    }
  }

  @Test("the confusion matrix counts every sample once")
  func confusion() {
    let matrix = ConfusionMatrix(labels: [0, 1, 1, 2], given: [0, 1, 2, 2], classCount: 3)
    #expect(matrix.total == 4 && matrix.correct == 3 && matrix.accuracy == 0.75)
    #expect(matrix.counts[1, 2] == 1)
    #expect(
      classes(of: Tensor(shape: [3, 3], elements: [0, 2, 1, 5, 5, 1, 0, 0, 0])) == [1, nil, nil])
    #expect(
      classes(of: Tensor(shape: [3, 1], elements: [-1, 0, 1]), threshold: 0) == [0, nil, 1])
    let tied = ConfusionMatrix(labels: [0, 0, 1], given: [0, nil, nil], classCount: 2)
    #expect(tied.undecided == [1, 1] && tied.total == 3 && tied.accuracy == 1.0 / 3)
    #expect(tied.accuracy == accuracy(of: [0, nil, nil], labels: [0, 0, 1]))
    #expect(accuracy(of: [1, 2], labels: [1, 1]) == 0.5)
  }
}
