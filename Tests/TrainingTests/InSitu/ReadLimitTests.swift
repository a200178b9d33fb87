import ArrayFiles
import InputOutput
import LinearAlgebra
import Randomness
import StrictYAML
import Testing
import Training

/// What limits and bends the reads of pulsed arrays, against calculations by hand.
@Suite struct ReadLimitTests {
  /// Two inputs, two outputs: weights 0.5, −0.25 and 0.25, 0.75.
  private static let weights: [Float] = [0.5, -0.25, 0.25, 0.75]

  private func layer(_ path: ReadPath) throws -> any InSituRule {
    PulsedDescent().layer(
      InSituDesign(device: try PulsedArrayTests.constantStep(), forward: path, backward: path),
      rowCount: 2, columnCount: 2, weights: Self.weights, key: StreamKey(seed: 2))
  }

  private func read(
    _ layer: inout any InSituRule, _ x: [Float], key: StreamKey? = nil
  ) -> [Float] {
    var y = [Float](repeating: 0, count: x.count)
    layer.forward(x, samples: x.count / 2, into: &y, key: key)
    return y
  }

  private func isClose(_ a: [Float], _ b: [Float], _ tolerance: Float = 1e-5) -> Bool {
    zip(a, b).allSatisfy { abs($0 - $1) <= tolerance }
  }

  @Test("inputs beyond the limit of a vector's own range are clipped there")
  func limit() throws {
    var path = ReadPath.ideal
    path.inputLimit = 1
    var limited = try layer(path)
    // [3, −0.5] is read as [1, −0.5]; [0.5, −0.5] is below the limit.
    #expect(isClose(read(&limited, [3, -0.5, 0.5, -0.5]), [0.375, -0.625, 0.125, -0.5]))
  }

  @Test("a running mean follows the largest inputs of training reads, and of no others")
  func runningMean() throws {
    var path = ReadPath.ideal
    path.inputRange = .runningMean(decay: 0.25)
    var following = try layer(path)
    // The first vector sets the mean, 1; then 0.75·1 + 0.25·5 = 2: of [5, 0] remains [2, 0].
    #expect(isClose(read(&following, [1, 0, 5, 0]), [0.5, -0.25, 1, -0.5]))
    let test = StreamKey(seed: 7)
    for _ in 0..<2 { #expect(isClose(read(&following, [8, 0], key: test), [1, -0.5])) }
    // What was saved goes on from 2: 0.75·2 + 0.25·6 = 3.
    var saved = SavedState()
    following.visit(&saved)
    var again = try layer(path)
    var restoring = SavedState(.restore, from: NamedArrays(source: "saved", saved.entries))
    again.visit(&restoring)
    try restoring.finish()
    #expect(isClose(read(&again, [6, 0]), [1.5, -0.75]))
  }

  @Test("lines of negative inputs lack a part of their voltage")
  func asymmetry() throws {
    var path = ReadPath.ideal
    path.inputAsymmetry = 0.2
    var lopsided = try layer(path)
    #expect(isClose(read(&lopsided, [1, -1]), [0.5 - 0.8 * 0.25, -0.25 - 0.8 * 0.75]))
    var back: [Float] = [0, 0]
    lopsided.backward([-1, 1], samples: 1, into: &back)
    #expect(isClose(back, [-0.8 * 0.5 - 0.25, -0.8 * 0.25 + 0.75]))
  }

  @Test("an amplifier halves an output at the bound where c is 1, and columns differ by the spread")
  func nonlinearity() throws {
    var path = ReadPath(
      inputBits: nil, outputBits: 16, outputBound: 1, outputNoise: 0, halvings: 0)
    path.outputNonlinearity = 1
    var bent = try layer(path)
    // y/(1 + |y|) of 0.75 and 0.5, and of −0.25 and 0.75.
    #expect(isClose(read(&bent, [1, 1]), [0.75 / 1.75, 0.5 / 1.5], 1e-4))
  }

  @Test("saturation differs between outputs by its spread, and stays with the array")
  func nonlinearitySpread() throws {
    let columns = 400
    var path = ReadPath(
      inputBits: nil, outputBits: 16, outputBound: 1, outputNoise: 0, halvings: 0)
    path.outputNonlinearity = 1
    path.nonlinearitySpread = 0.2
    var spread = PulsedDescent().layer(
      InSituDesign(device: try PulsedArrayTests.constantStep(), forward: path), rowCount: 1,
      columnCount: columns, weights: Array(repeating: 0.5, count: columns),
      key: StreamKey(seed: 2))
    func outputs() -> [Float] {
      var y = [Float](repeating: 0, count: columns)
      spread.forward([1], samples: 1, into: &y, key: nil)
      return y
    }
    let y = outputs()
    #expect(y == outputs())
    // y = 0.5/(1 + 0.5·c).
    let c = y.map { (0.5 / Double($0) - 1) / 0.5 }
    let mean = c.reduce(0, +) / Double(columns)
    let variance = c.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns - 1)
    // Five standard errors of the mean and of the deviation.
    #expect(abs(mean - 1) < 5 * 0.2 / Double(columns).squareRoot())
    #expect(abs(variance.squareRoot() - 0.2) < 5 * 0.2 / Double(2 * columns).squareRoot())
  }

  @Test("a clipped vector is read once more with a range that the largest weights cannot pass")
  func worstCase() throws {
    var path = ReadPath(
      inputBits: 8, outputBits: 10, outputBound: 0.5, outputNoise: 0, halvings: 0)
    let exact: [Float] = [0.75, 0.5]
    var clipping = try layer(path)
    #expect(isClose(read(&clipping, [1, 1]), [0.5, 0.5], 2e-3))
    path.worstCaseState = 1
    // The range becomes 2·1/0.5 = 4 times the input: outputs of 0.19, which nothing clips.
    var managed = try layer(path)
    #expect(isClose(read(&managed, [1, 1]), exact, 4 * (0.5 / 511 + 1.0 / 127)))
    // What did not clip is read as before.
    #expect(read(&managed, [1, 0])[1] == read(&clipping, [1, 0])[1])
  }

  @Test("a range keeps two codes of the full input")
  func twoCodes() throws {
    var path = ReadPath(
      inputBits: 4, outputBits: 10, outputBound: 0.01, outputNoise: 0, halvings: 0)
    path.worstCaseState = 1
    var managed = try layer(path)
    // 7 codes to a side: at most 3.5 times the range, so that outputs end at 3.5·0.01.
    #expect(isClose(read(&managed, [1, 1]), [0.035, 0.035], 1e-5))
  }

  @Test("run files name them, and refuse what does not belong together")
  func keys() throws {
    func path(_ text: String) throws -> ReadPath {
      let file = try StrictFile(text: "converters: {\(text)}", source: "test")
      let found = ReadPath(reading: file.root.mapping("converters"), usual: ReadPath())
      try file.finish()
      return found
    }
    let found = try path(
      "input-range: running-mean, range-decay: 0.01, input-cap: 2, dac-asymmetry: 0.1, "
        + "adc-nonlinearity: 0.3, adc-nonlinearity-spread: 0.2, bound-management: worst-case")
    #expect(found.inputRange == .runningMean(decay: 0.01) && found.inputLimit == 2)
    #expect(found.inputAsymmetry == 0.1 && found.outputNonlinearity == 0.3)
    #expect(found.worstCaseState == 0.6 && found.halvings == 0)
    #expect(throws: InputErrors.self) { try path("input-range: 2, input-cap: 1") }
    #expect(throws: InputErrors.self) { try path("adc-bits: none, adc-nonlinearity: 1") }
    #expect(try path("").halvings == 9)
  }
}
