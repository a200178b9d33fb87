import ArrayFiles
import Circuits
import Crossbar
import DeviceModels
import Foundation
import LinearAlgebra
import PhysicalUnits
import Randomness
import Testing

/// Reads of one matrix as CrossSim 3.2.0 computes them; see Fixtures/README.md.
@Suite struct ReferenceReadTests {
  /// One case of the reference, in the terms of our designs. Currents are in units of the largest
  /// cell's at full input.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var mapping = WeightMapping.differentialPair()
    var input: InputConverter?
    var output: OutputConverter?
    var clipping = WeightClipping.maximum
    var levels: Int?
    var minimum = 1e-4
    var limit: Amperes?
    var inputs = "signed"
    var testDescription: String { name }
  }

  static let file = Result {
    try NPZ.read(
      path: Bundle.module.resourcePath! + "/Fixtures/mvm.npz")
  }
  /// The largest cell's current at full input.
  static let unit = 1e-3 * 0.1

  static func quantizer(
    _ range: Double, bits: Int = 8, codes: CodeSet = .endpoints,
    pairs: OutputConverter.Subtraction = .analog
  ) -> OutputConverter {
    OutputConverter(
      bits: bits, range: .fixed(Amperes(range * unit)), codes: codes, subtraction: pairs)
  }

  static let signMagnitude = InputConverter(bits: 8, range: .fixed(1))
  static func serial(_ accumulation: InputConverter.Accumulation) -> InputConverter {
    InputConverter(coding: .bitSerial, bits: 8, range: .fixed(1), accumulation: accumulation)
  }
  static let calibrated = 4.618802153517006

  static let cases: [Case] = [
    Case(name: "balanced_one_sided_ideal"),
    Case(name: "balanced_two_sided_ideal", mapping: .differentialPair(.twoSided)),
    Case(name: "balanced_weight_percentile90", clipping: .signedPercentile(0.9)),
    Case(name: "balanced_cellbits4", levels: 16),
    Case(
      name: "balanced_two_sided_cellbits4", mapping: .differentialPair(.twoSided), levels: 16),
    Case(name: "balanced_Icolmax", limit: Amperes(2 * unit)),
    Case(name: "balanced_dac8_signmag", input: signMagnitude),
    Case(
      name: "balanced_dac6_quant_unsigned",
      input: InputConverter(bits: 6, range: .fixed(1), signed: false, codes: .endpoints),
      inputs: "unsigned"),
    Case(name: "balanced_adc8_cal", output: quantizer(calibrated)),
    Case(name: "balanced_adc8_max", output: quantizer(48)),
    Case(name: "balanced_vmm_adc8", output: quantizer(32), inputs: "vector"),
    Case(
      name: "balanced_digitalsub_adc8",
      output: OutputConverter(
        bits: 8, range: .between(Amperes(0), Amperes(12 * unit)), codes: .endpoints,
        subtraction: .digital), inputs: "unsigned"),
    Case(name: "balanced_ibits8_s1_noadc", input: serial(.analog)),
    Case(
      name: "balanced_ibits8_s1_adc8_end", input: serial(.analog), output: quantizer(calibrated)),
    Case(name: "pipeline_adc8_ideal", output: quantizer(calibrated, codes: .bins)),
    Case(name: "cyclic_adc8_ideal", output: quantizer(calibrated, codes: .bins)),
    Case(name: "ramp_adc8_sym0_ideal", output: quantizer(calibrated, codes: .bins)),
    Case(name: "ramp_adc8_sym1_ideal", output: quantizer(calibrated, codes: .bins)),
    Case(name: "offset_digital_ideal", mapping: .offset(.digital)),
    Case(name: "offset_unitcol_ideal", mapping: .offset(.referenceColumn)),
    Case(name: "offset_adc8_max", mapping: .offset(.digital), output: quantizer(48)),
    Case(
      name: "offset_ibits8_s1_adcper", mapping: .offset(.digital), input: serial(.digital),
      output: quantizer(48)),
    Case(name: "bitsliced_bal_8b_2s_ideal", mapping: sliced(4, .differential)),
    Case(name: "bitsliced_bal_8b_4s_ideal", mapping: sliced(2, .differential)),
    Case(name: "bitsliced_off_8b_4s_ideal", mapping: sliced(2, .offset)),
    Case(name: "bitsliced_off_8b_4s_unitcol", mapping: sliced(2, .referenceColumn)),
    Case(
      name: "bitsliced_bal_8b_4s_ibit8_adc8", mapping: sliced(2, .differential),
      input: serial(.digital), output: quantizer(48)),
  ]

  static func sliced(_ bits: Int, _ pairing: WeightMapping.Pairing) -> WeightMapping {
    .bitSliced(weightBits: 8, bitsPerCell: bits, pairing: pairing)
  }

  static func design(_ c: Case, tile: TileShape? = nil) throws -> CrossbarDesign {
    var device = try Chips.ideal
    device.window = ConductanceWindow(
      minimum: Siemens(c.minimum), maximum: Siemens(1e-3), levels: c.levels)
    device.readVoltage = Volts(0.1)
    return CrossbarDesign(
      device: device, mapping: c.mapping, tile: tile ?? TileShape(rows: 512, columns: 1024),
      clipping: c.clipping, input: c.input,
      output: c.output, columnLimit: c.limit)
  }

  /// The weights as inputs × outputs, the inputs as vectors × inputs, and the outputs likewise.
  static func arrays(_ c: Case) throws -> (w: Matrix<Float>, x: Matrix<Float>, y: Matrix<Float>) {
    let file = try file.get()
    func matrix(_ name: String, transposed: Bool) throws -> Matrix<Float> {
      let array = try file.array(name)
      let shape = array.shape.count == 2 ? array.shape : [1, array.shape[0]]
      let plain = Matrix(rowCount: shape[0], columnCount: shape[1], elements: array.floats)
      return transposed ? plain.transposed() : plain
    }
    let vector = c.inputs == "vector"
    return (
      try matrix(vector ? "signed.W" : c.inputs + ".W", transposed: !vector),
      try matrix(c.inputs + ".x", transposed: !vector),
      try matrix(c.name + ".y", transposed: !vector)
    )
  }

  static func chip(_ c: Case, _ w: Matrix<Float>, tile: TileShape? = nil) throws -> CrossbarArray {
    try CrossbarArray(
      MappedMatrix(weights: w, bias: nil, design: design(c, tile: tile)), key: StreamKey(seed: 1))
  }

  @Test("the outputs are those of an independent simulator", arguments: cases)
  func outputs(c: Case) throws {
    let (w, x, y) = try Self.arrays(c)
    let chip = try Self.chip(c, w)
    #expect(Chips.distance(Chips.read(chip, x), y) < 1e-6)
  }

  @Test("a matrix that is split over tiles is converted tile by tile")
  func partition() throws {
    let c = Case(
      name: "partition_equal_adc8", output: Self.quantizer(Self.calibrated), inputs: "partition")
    let (w, x, y) = try Self.arrays(c)
    let chip = try Self.chip(c, w, tile: TileShape(rows: 48, columns: 64))
    #expect(chip.mapped.report.tileCount == 9)
    #expect(Chips.distance(Chips.read(chip, x), y) < 1e-6)
  }

  @Test("a ramp with mismatched steps and comparators gives the codes of an independent simulator")
  func rampMismatch() throws {
    // The reference takes the nearest of the realized levels, so that codes change half way between.
    let file = try Self.file.get()
    let levels = try file.array("ramp.levels").doubles
    let offsets = try file.array("ramp.offsets").doubles
    let changes = zip(levels, levels.dropFirst()).map { ($0 + $1) / 2 }
    let thresholds = offsets.map { offset in
      changes.map { Float(($0 - offset) / Self.calibrated) }
    }
    var output = Self.quantizer(Self.calibrated)
    output.ramp = RampConversion(measured: thresholds)
    output.codes = .bins
    let c = Case(name: "ramp_adc8_sym0_mismatch", output: output)
    let (w, x, y) = try Self.arrays(c)
    #expect(Chips.distance(Chips.read(try Self.chip(c, w), x), y) < 1e-6)
  }

  @Test("an even number of levels leaves the offset mapping one level short, and its scale right")
  func offsetLevels() throws {
    let c = Case(name: "offset_digital_cellbits4", mapping: .offset(.digital), levels: 16)
    let (w, x, y) = try Self.arrays(c)
    let chip = try Self.chip(c, w)
    // The independent simulator undoes its scale with the whole window, 15 steps, where the weights
    // take 14: its outputs are smaller by that.
    let read = Chips.read(chip, x)
    let smaller = Matrix(
      rowCount: read.rowCount, columnCount: read.columnCount,
      elements: read.elements.map { $0 * 14 / 15 })
    #expect(Chips.distance(smaller, y) < 1e-6)
    #expect(Chips.distance(read, product(x, w)) < 0.06)
  }

  @Test("where a current lies between two codes, either is right, and everything else agrees")
  func ties() throws {
    // Currents are multiples of 1/15, codes of 4/127: every thirtieth is halfway between two codes.
    let c = Case(
      name: "balanced_ibits8_s1_granular", input: Self.serial(.digital),
      output: Self.quantizer(255 * 4 / 127, bits: 9, codes: .symmetric), levels: 16, minimum: 0)
    let (w, x, y) = try Self.arrays(c)
    let read = Chips.read(try Self.chip(c, w), x)
    let size = y.elements.map(abs).max()!
    let limit = w.elements.map(abs).max()!
    var different = 0
    for (a, b) in zip(read.elements, y.elements) where abs(a - b) > 1e-6 * size {
      different += 1
      // Codes of the lowest bit's read, as many as bits can tie.
      let codes = (a - b) / (4 / 127 / 127 * limit)
      #expect(abs(codes - codes.rounded()) < 0.01 && abs(codes) < 128)
    }
    #expect(different < y.elements.count / 10)
  }

  @Test(
    "the conductances are those of an independent simulator",
    arguments: [
      Case(name: "balanced_one_sided_ideal"), Case(name: "balanced_cellbits4", levels: 16),
      Case(name: "balanced_two_sided_ideal", mapping: .differentialPair(.twoSided)),
      Case(
        name: "balanced_two_sided_cellbits4", mapping: .differentialPair(.twoSided), levels: 16),
      Case(name: "offset_digital_ideal", mapping: .offset(.digital)),
      Case(name: "offset_digital_cellbits4", mapping: .offset(.digital), levels: 16),
      Case(name: "bitsliced_bal_8b_4s_ideal", mapping: sliced(2, .differential)),
    ])
  func conductances(c: Case) throws {
    let (w, _, _) = try Self.arrays(c)
    let chip = try Self.chip(c, w)
    let file = try Self.file.get()
    let names: [(positive: String, negative: String?)]
    switch c.mapping {
    case .differentialPair: names = [("Gpos", "Gneg")]
    case .offset: names = [("G", nil)]
    case .bitSliced: names = (0..<4).map { ("G_slice\($0)_p", "G_slice\($0)_n") }
    }
    for (s, name) in names.enumerated() {
      let ours = chip.conductances(block: 0, slice: s)
      for (cells, name) in [(ours.positive, name.positive), (ours.negative, name.negative)] {
        guard let name else { continue }
        let array = try file.array("\(c.name).\(name)")
        let theirs = Matrix(
          rowCount: array.shape[0], columnCount: array.shape[1], elements: array.floats
        ).transposed()
        for (a, b) in zip(cells, theirs.elements) { #expect(abs(a * 1e3 - b) < 1e-6) }
      }
    }
  }

  @Test("cells that do not conduct linearly give what an independent simulator gives")
  func cubic() throws {
    let (w, x, y) = try Self.arrays(Case(name: "nonlinearIV_cubic_V1"))
    // I = G·(V − V³/4) there, with inputs of up to 1 V, and no scale for its current at 1 V.
    var design = try Self.design(Case(name: "nonlinearIV_cubic_V1"))
    design.device.readVoltage = Volts(1)
    design.device.conduction = .cubic(curvature: -0.25)
    let chip = CrossbarArray(
      MappedMatrix(weights: w, bias: nil, design: design), key: StreamKey(seed: 1))
    var found = [Float](repeating: 0, count: y.elements.count)
    x.elements.withUnsafeBufferPointer { x in
      found.withUnsafeMutableBufferPointer { f in
        _ = chip.multiply(x, vectors: y.rowCount, into: f, key: StreamKey(seed: 2))
      }
    }
    let size = y.elements.reduce(0) { max($0, abs($1)) }
    var (both, square) = (0.0, 0.0)
    for (a, b) in zip(found, y.elements) {
      both += Double(a * b)
      square += Double(a * a)
    }
    let factor = Float(both / square)
    for (a, b) in zip(found, y.elements) { #expect(abs(factor * a - b) < 2e-6 * size) }
    // Its outputs are relative to V, ours to f(V) = 0.75 V.
    #expect(abs(factor - 0.75) < 1e-6)
  }

  @Test("slices of inputs give the product of whole ones", arguments: [1, 2, 3, 4, 7])
  func inputSlices(bits: Int) throws {
    let (w, x, _) = try Self.arrays(Case(name: "balanced_one_sided_ideal"))
    func read(_ input: InputConverter, noise: Bool = false) throws -> [Float] {
      var design = try Self.design(Case(name: "balanced_one_sided_ideal"))
      design.input = input
      let chip = CrossbarArray(
        MappedMatrix(weights: w, bias: nil, design: design), key: StreamKey(seed: 1))
      var y = [Float](repeating: 0, count: x.rowCount * w.columnCount)
      x.elements.withUnsafeBufferPointer { x in
        y.withUnsafeMutableBufferPointer { y in
          _ = chip.multiply(x, vectors: 8, into: y, key: StreamKey(seed: 2))
        }
      }
      return y
    }
    let whole = try read(Self.signMagnitude)
    let size = whole.reduce(0) { max($0, abs($1)) }
    for accumulation in InputConverter.Accumulation.allCases {
      var input = Self.serial(accumulation)
      input.sliceBits = bits
      #expect(input.readCount == (7 + bits - 1) / bits)
      for (a, b) in zip(try read(input), whole) { #expect(abs(a - b) < 2e-6 * size) }
    }
  }

  @Test("full tiles hold as many rows as there are, the last what is left")
  func fill() {
    let layout = TileLayout(
      rowCount: 20, columnCount: 7, groups: 1, tileRows: 8, weightsPerTileRow: 3, fill: .full)
    #expect(layout.blocks.map(\.rows) == [0..<8, 8..<16, 16..<20])
    #expect(layout.tiles(of: layout.blocks[0]) == [0..<3, 3..<6, 6..<7])
    #expect(layout.tileCount == 9)
  }
}
