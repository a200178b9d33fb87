import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra
import Networks
import PhysicalUnits
import Randomness
import StrictYAML
import Testing
import Training

/// A chip that follows a trained network: the same tiles, converters and ranges.
@Suite struct FollowedTrainingTests {
  static let labels: [Int32] = (0..<24).map { Int32($0 % 3) }
  static let x = Matrix(
    rowCount: 24, columnCount: 18,
    elements: Noise.normal(24 * 18, StreamKey(seed: 3).child("x")))
  static let samples = Tensor(shape: [24, 18], elements: x.elements)

  static func settings(
    _ range: HardwareSettings.Range = .absoluteMaximum, learnsScale: Bool = false,
    ramp: RampConversion? = nil, activates: Bool = false
  ) -> HardwareSettings {
    var settings = HardwareSettings()
    settings.rows = 7
    settings.inputBits = 6
    settings.inputRange = range
    settings.outputBits = 6
    settings.outputRange = .learned
    settings.learnsScale = learnsScale
    settings.ramp = activates ? RampConversion() : ramp
    settings.rampsActivate = activates
    if activates { settings.rows = 18 }
    return settings
  }

  static func dense(
    _ hardware: HardwareSettings, _ activation: Activation = .relu
  ) throws -> Backpropagation {
    try Backpropagation(
      TrainingNetwork(sizes: [18, 11, 3], hidden: activation, key: StreamKey(seed: 1)),
      optimizer: .sgd(momentum: 0.5), hardware: hardware)
  }

  /// A convolution with a normalization behind it, or one whose function ramps may compute.
  static func convolution(
    _ hardware: HardwareSettings?, _ activation: Activation? = nil,
    optimizer: Optimizer = .sgd(momentum: 0.5)
  ) throws -> Backpropagation {
    var network = TrainingNetwork(inputShape: [2, 3, 3], key: StreamKey(seed: 1))
    try network.convolution(channels: 4, kernel: [2, 2], activation)
    if activation == nil { try network.batchNormalization(.tanh) }
    try network.dense(3)
    return try Backpropagation(network, optimizer: optimizer, hardware: hardware)
  }

  static let residual = """
    [{type: convolution, channels: 4, kernel: [2, 2], activation: tanh, name: first},
    {type: convolution, channels: 4, kernel: [1, 1], activation: tanh},
    {type: convolution, channels: 4, kernel: [1, 1]},
    {type: add, from: [3, first], activation: tanh}, {type: dense, outputs: 3}]
    """

  static let attention = """
    [{type: reshape, shape: [6, 3], name: words},
    {type: dense, outputs: 4, each-step: true, from: words, name: query},
    {type: dense, outputs: 4, each-step: true, from: words, name: key},
    {type: dense, outputs: 4, each-step: true, from: words, name: value},
    {type: transpose, order: [1, 0], from: key, name: turned},
    {type: matrix-product, from: [query, turned]}, {type: scale-shift, scale: 0.5},
    {type: softmax}, {type: matrix-product, from: [8, value]}, {type: dense, outputs: 3}]
    """

  /// Two groups of three rows, which share a tile of seven where it has columns enough, then two of four rows, which have one each.
  static let grouped = """
    [{type: convolution, channels: 4, kernel: [3, 1], groups: 2, activation: tanh},
    {type: convolution, channels: 4, kernel: [1, 2], groups: 2, activation: tanh},
    {type: dense, outputs: 3}]
    """

  /// Two groups of nine rows in tiles of seven.
  static let wideGroups = """
    [{type: convolution, channels: 4, kernel: [3, 3], groups: 2, activation: tanh},
    {type: dense, outputs: 3}]
    """

  /// A recurrent layer before a dense one.
  static func recurrent(_ layer: String) -> String {
    "[{type: reshape, shape: [6, 3]}, \(layer), {type: dense, outputs: 3}]"
  }

  /// A network with branches, as a run file names it.
  static func branches(_ hardware: HardwareSettings, _ layers: String) throws -> Backpropagation {
    let file = try StrictFile(
      text: "network:\n  layers: \(layers.replacing("\n", with: " "))", source: "branches")
    let network = TrainingNetwork(
      TrainingSetup(
        root: file.root, inputShape: [2, 3, 3], classCount: 3, batch: 24, stepsPerEpoch: 1,
        epochs: 1, key: StreamKey(seed: 1)))
    try file.finish()
    return try Backpropagation(network, optimizer: .sgd(momentum: 0.5), hardware: hardware)
  }

  /// A network after some steps; its ranges are cut so that many values clip.
  static func trained(_ start: Backpropagation) -> Backpropagation {
    var network = start
    for _ in 0..<40 { _ = network.train(x, labels: labels[...], rate: 0.1) }
    network.forEachParameter { name, p in
      if name.contains("range") { for i in p.values.indices { p.values[i] *= 0.6 } }
    }
    return network
  }

  static func design(
    rows: Int = 7, bits: Int = 6, _ change: (inout CrossbarDesign) -> Void = { _ in }
  ) throws -> CrossbarDesign {
    var design = CrossbarDesign(
      device: try DeviceLibrary.load("ideal"), tile: TileShape(rows: rows, columns: 8),
      input: InputConverter(bits: 6), output: OutputConverter(bits: bits))
    change(&design)
    return design
  }

  /// The outputs of a chip without errors.
  static func outputs(
    _ network: Network, _ ranges: MappedNetwork.RangeSource, _ design: CrossbarDesign
  ) throws -> (values: [Float], origins: [MappedNetwork.RangeOrigin]) {
    var mapped = MappedNetwork(network, design: design, ranges: ranges)
    try mapped.calibrate(on: samples)
    return (
      try network.evaluate(samples, engine: mapped.chip(key: StreamKey(seed: 1))).elements,
      mapped.rangeOrigins
    )
  }

  // A rectifier's levels divided by their own largest fall on ties of the next converter, which rounding
  // errors break either way; a learned range has none.
  static let cases: [(name: String, network: @Sendable () throws -> Backpropagation)] = [
    ("a range of each vector", { try dense(settings()) }),
    ("a learned input range", { try dense(settings(.learned)) }),
    ("a fixed input range and a factor", { try dense(settings(.fixed(1.5), learnsScale: true)) }),
    ("a convolution with statistics", { try convolution(settings()) }),
    ("groups that share a tile", { try branches(settings(), grouped) }),
    ("groups with a learned input range", { try branches(settings(.learned), grouped) }),
    (
      "groups with a fixed input range and factors",
      { try branches(settings(.fixed(1.5), learnsScale: true), grouped) }
    ),
    ("groups larger than a tile", { try branches(settings(), wideGroups) }),
    ("ramps", { try dense(settings(ramp: RampConversion())) }),
    ("ramps that compute a rectifier", { try dense(settings(.learned, activates: true)) }),
    (
      "a convolution whose ramps compute tanh",
      { try convolution(settings(activates: true), .tanh) }
    ),
    (
      "a convolution whose ramps compute a rectifier",
      { try convolution(settings(.learned, activates: true), .relu) }
    ),
    ("a residual block", { try branches(settings(), residual) }),
    ("attention", { try branches(settings(), attention) }),
    ("an LSTM", { try branches(settings(.learned), recurrent("{type: lstm, hidden: 5}")) }),
    ("a GRU", { try branches(settings(.learned), recurrent("{type: gru, hidden: 5}")) }),
    (
      "a projected LSTM in both directions",
      {
        try branches(
          settings(),
          recurrent(
            "{type: lstm, hidden: 5, projection: 3, bidirectional: true, output: sequence}"))
      }
    ),
    ("ramps that compute sigmoid", { try dense(settings(activates: true), .sigmoid) }),
    ("ramps that compute tanh", { try dense(settings(.learned, activates: true), .tanh) }),
  ]

  @Test("with the ranges of training a chip gives its codes", arguments: cases.indices)
  func codes(which: Int) throws {
    var trained = try Self.trained(Self.cases[which].network())
    let wanted = trained.outputs(Self.x).elements
    let size = wanted.reduce(0) { max($0, abs($1)) }
    let network = try trained.exported().network(
      source: "test", folding: .allButNormalizations)
    let usesRamps = network.sites[0].converters?.usesRamps == true
    let rows = network.sites[0].converters?.tileRows ?? 7
    let design = try Self.design(rows: rows) {
      if usesRamps { $0.output = OutputConverter(bits: 6, ramp: RampConversion()) }
    }
    let chip = try Self.outputs(network, .trained, design)
    #expect(chip.origins.allSatisfy { $0 == .trained })
    for (a, b) in zip(chip.values, wanted) { #expect(abs(a - b) <= 1e-4 * size) }
    let own = try Self.outputs(network, .own, design)
    #expect(own.origins.allSatisfy { $0 == .own })
    #expect(WiredTrainingTests.distance(own.values, wanted) > 0.02)
  }

  @Test("another scheme of pairs, and smaller tiles with the same rows, give the same codes")
  func otherTiles() throws {
    var trained = try Self.trained(Self.dense(Self.settings()))
    let wanted = trained.outputs(Self.x).elements
    let size = wanted.reduce(0) { max($0, abs($1)) }
    let network = try trained.exported().network(source: "test")
    for mapping in [WeightMapping.differentialPair(.twoSided), .offset(.referenceColumn)] {
      // 18 and 11 rows in three and two parts of at most 6.
      let design = try Self.design(rows: 6) {
        $0.mapping = mapping
        $0.tile.columns = 5
      }
      let chip = try Self.outputs(network, .trained, design)
      #expect(chip.origins == [.trained, .trained])
      for (a, b) in zip(chip.values, wanted) { #expect(abs(a - b) <= 1e-4 * size) }
    }
  }

  @Test(
    "a chip of every scheme gives the codes of training through that scheme",
    arguments: WeightMapping.schemes)
  func schemes(name: String) throws {
    for range in [HardwareSettings.Range.absoluteMaximum, .calibrated(quantile: 1)] {
      for (coding, layers) in [
        (InputConverter.Coding.amplitude, nil), (.bitSerial, nil), (.amplitude, Self.grouped),
        (.bitSerial, Self.wideGroups),
      ] {
        var settings = Self.settings(range)
        settings.device = try DeviceLibrary.load("ideal")
        settings.outputRange = .calibrated(quantile: 0.99)
        settings.mapping = HardwareSettings.Mapping(scheme: WeightMapping(scheme: name))
        settings.mapping?.coding = coding
        settings.columns = 8
        let subtraction: OutputConverter.Subtraction =
          layers != nil && !name.contains("offset") ? .digital : .analog
        settings.mapping?.subtraction = subtraction
        var trained = try layers.map { try Self.branches(settings, $0) } ?? Self.dense(settings)
        for _ in 0..<(layers == nil && coding == .amplitude ? 40 : 10) {
          _ = trained.train(Self.x, labels: Self.labels[...], rate: 0.1)
        }
        let wanted = trained.outputs(Self.x).elements
        let size = wanted.reduce(0) { max($0, abs($1)) }
        let network = try trained.exported().network(source: "test")
        let design = try Self.design {
          $0.mapping = WeightMapping(scheme: name)
          $0.input?.coding = coding
          $0.output?.subtraction = subtraction
        }
        let chip = try Self.outputs(network, .trained, design)
        #expect(chip.origins.allSatisfy { $0 == .trained }, "\(chip.origins)")
        for (a, b) in zip(chip.values, wanted) { #expect(abs(a - b) <= 1e-4 * size) }
        let own = try Self.outputs(network, .own, design)
        #expect(WiredTrainingTests.distance(own.values, wanted) > 1e-3)
      }
    }
  }

  static let misfits: [(reason: String, change: @Sendable (inout CrossbarDesign) -> Void)] = [
    ("with 6-bit output converters, mapped with 5-bit", { $0.output?.bits = 5 }),
    ("mapped with no output converters", { $0.output = nil }),
    ("mapped with 8-bit input converters", { $0.input?.bits = 8 }),
    ("in tiles of 7 rows, mapped in tiles of 18", { $0.tile.rows = 18 }),
    ("another input range", { $0.input?.range = .calibrated }),
    ("another output range", { $0.output?.range = .maximum }),
    ("another output range", { $0.output?.sharing = .column }),
    ("another scale", { $0.scale = .column }),
    ("other sums", { $0.mapping = .offset(.digital) }),
    ("read again", { $0.boundManagement = .iterative() }),
    ("with ramps", { $0.output = OutputConverter(bits: 6, ramp: RampConversion()) }),
    ("bits one by one", { $0.input?.coding = .bitSerial }),
  ]

  @Test(
    "a chip with other converters has ranges of its own, and says why", arguments: misfits.indices)
  func differs(which: Int) throws {
    let (reason, change) = Self.misfits[which]
    let network = try Self.trained(Self.dense(Self.settings())).exported()
      .network(source: "test")
    let design = try Self.design(change)
    let chip = try Self.outputs(network, .trained, design)
    #expect(chip.origins[0].misfit?.contains(reason) == true, "\(chip.origins)")
    #expect(try chip.values == Self.outputs(network, .own, design).values)
  }

  @Test("statistics folded into weights do not fit the ranges found without them")
  func folded() throws {
    let network = try Self.trained(Self.convolution(Self.settings())).exported()
      .network(source: "test")
    let chip = try Self.outputs(network, .trained, Self.design())
    #expect(chip.origins[0].misfit?.contains("batch normalization folded") == true)
    #expect(chip.origins[1] == .trained)
  }

  @Test("an amplifier that follows the inputs makes outputs proportional to them")
  func follows() throws {
    let weights = Matrix(
      rowCount: 18, columnCount: 5, elements: Noise.normal(90, StreamKey(seed: 4)))
    let design = try Self.design {
      $0.readNoise = true
      $0.output?.followsInputs = true
    }
    var mapped = MappedMatrix(weights: weights, bias: nil, design: design)
    mapped.useOutputRanges([4, 4, 4])
    let chip = CrossbarArray(mapped, key: StreamKey(seed: 1))
    func read(_ factor: Float) -> [Float] {
      let x = Self.x.elements.map { $0 * factor }
      var y = [Float](repeating: 0, count: 24 * 5)
      x.withUnsafeBufferPointer { x in
        y.withUnsafeMutableBufferPointer { y in
          _ = chip.multiply(x, vectors: 24, into: y, key: StreamKey(seed: 2), first: 0)
        }
      }
      return y
    }
    // Codes stand for the same values whatever the inputs were divided by: multiples of one step.
    let step = Float(4) / 31
    for value in read(1) + read(0.3) {
      #expect(abs(value / step - (value / step).rounded()) < 1e-3)
    }
    // So a range that nothing passes leaves rounding errors alone, of one size for all vectors.
    #expect(read(0.01).allSatisfy { abs($0) < 3.1 * step })
  }

  @Test("statistics taken on a chip are those that training takes")
  func statistics() throws {
    var network = try Self.trained(Self.convolution(HardwareSettings()))
    let exported = try network.exported().network(
      source: "test", folding: .allButNormalizations)
    #expect(exported.hasNormalizations)
    network.estimateStatistics(Self.x, chip: StreamKey(seed: 1), key: StreamKey(seed: 1))
    let wanted = network.outputs(Self.x).elements
    let own = try exported.normalized(on: Self.samples, engine: DigitalEngine(exported))
    let found = try own.evaluate(Self.samples, engine: DigitalEngine(own)).elements
    let before = try exported.evaluate(Self.samples, engine: DigitalEngine(exported)).elements
    for (a, b) in zip(found, wanted) { #expect(abs(a - b) < 1e-4) }
    #expect(WiredTrainingTests.distance(before, wanted) > 1e-3)
  }
}
