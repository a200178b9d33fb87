import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra
import NumericalMethods
import PhysicalUnits
import Randomness
import TestSupport
import Testing

/// Johnson and shot noise of reads whose lines have different voltages.
@Suite struct CurrentNoiseTests {
  static let rows = 12
  static let columns = 4

  static func device(_ sources: String, read: String = "0.2 V") throws -> DeviceModel {
    try testDevice(
      """
      read-voltage: \(read)
      read-noise:
        electrical: {sources: '\(sources)', bandwidth: 1 GHz, voltage: 0.2 V}
      """)
  }

  static func chip(
    _ sources: String, _ input: InputConverter?, _ mapping: WeightMapping = .differentialPair(),
    _ change: (inout CrossbarDesign) -> Void = { _ in }
  ) throws -> CrossbarArray {
    var design = CrossbarDesign(
      device: try device(sources), mapping: mapping, tile: TileShape(rows: 16, columns: 16),
      input: input)
    change(&design)
    return CrossbarArray(
      MappedMatrix(
        weights: Chips.matrix(rows, columns, seed: 1), bias: nil, design: design),
      key: StreamKey(seed: 4))
  }

  /// Variances of the columns over many reads of one vector.
  static func variances(_ chip: CrossbarArray, _ x: [Float], reads: Int = 4000) -> [Double] {
    let y = Chips.read(
      chip,
      Matrix(
        rowCount: reads, columnCount: x.count, elements: (0..<reads).flatMap { _ in x }))
    return (0..<y.columnCount).map { j in
      let deviation = SampleStatistics((0..<reads).map { Double(y[$0, j]) }).deviation
      return deviation * deviation
    }
  }

  /// Σ G·f(line) of both cells over the rows, through the scale of the column.
  static func sums(_ chip: CrossbarArray, _ factor: (Int) -> Double) -> [Double] {
    let (positive, negative) = chip.conductances(block: 0, slice: 0)
    let scales = chip.mapped.blocks[0].weightPerSiemens
    return (0..<columns).map { j in
      (0..<rows).reduce(0.0) { sum, i in
        let k = i * columns + j
        return sum + Double(positive[k] + (negative.isEmpty ? 0 : negative[k])) * factor(i)
      } * Double(scales[j] * scales[j])
    }
  }

  /// Codes from −7 to 7, zeros among them.
  static let codes: [Float] = [7, -7, 0, 0, 1, 2, -3, 4, -5, 6, 0, 7]

  enum Reads: CaseIterable {
    case continuous, amplitude, pulseWidth, bitSerial, addedBits, slices

    var input: InputConverter? {
      switch self {
      case .continuous: return nil
      case .amplitude: return InputConverter(bits: 4, range: .fixed(1))
      case .pulseWidth: return InputConverter(coding: .pulseWidth, bits: 4, range: .fixed(1))
      case .bitSerial: return InputConverter(coding: .bitSerial, bits: 4, range: .fixed(1))
      case .addedBits:
        return InputConverter(
          coding: .bitSerial, bits: 4, range: .fixed(1), accumulation: .analog)
      case .slices:
        var input = InputConverter(coding: .bitSerial, bits: 4, range: .fixed(1))
        input.sliceBits = 3
        return input
      }
    }

    /// The reads of one code: the weight of each in the output, and the share of the full voltage.
    func parts(_ code: Int) -> [(weight: Double, share: Double)] {
      switch self {
      case .bitSerial, .addedBits:
        (0..<3).map { (Double(1 << $0) / 7, Double((abs(code) >> $0) & 1)) }
      default: [(1, Double(abs(code)) / 7)]
      }
    }
  }

  @Test(
    "Johnson noise has no voltage and shot noise is proportional to it, in every coding",
    arguments: Reads.allCases, ["johnson", "shot", "johnson, shot"])
  func codings(reads: Reads, sources: String) throws {
    let chip = try Self.chip(sources, reads.input)
    // 4kT·Δf/V² and 2q·Δf/V at 300 K, 1 GHz and 0.2 V, in siemens.
    let thermal = sources.contains("johnson") ? 4 * 1.380649e-23 * 300 * 1e9 / 0.04 : 0
    let shot = sources.contains("shot") ? 2 * 1.602176634e-19 * 1e9 / 0.2 : 0
    let wanted = Self.sums(chip) { i in
      reads.parts(Int(Self.codes[i])).reduce(0.0) {
        $0 + $1.weight * $1.weight * (thermal + shot * $1.share)
      }
    }
    let found = Self.variances(chip, Self.codes.map { $0 / 7 })
    // The relative deviation of a sample variance is √(2/n): five of them.
    for (found, wanted) in zip(found, wanted) { #expect(abs(found / wanted - 1) < 0.112) }
  }

  @Test(
    "lines at 0 V keep their Johnson noise and have no shot noise",
    arguments: [
      .differentialPair(), .differentialPair(.twoSided), .offset(.digital),
      .offset(.referenceColumn), .bitSliced(weightBits: 8, bitsPerCell: 4, pairing: .differential),
    ] as [WeightMapping])
  func still(mapping: WeightMapping) throws {
    let input = InputConverter(bits: 4, range: .fixed(1))
    let (zeros, full) = (
      [Float](repeating: 0, count: Self.rows), [Float](repeating: 1, count: Self.rows)
    )
    let johnson = try Self.chip("johnson", input, mapping)
    for (a, b) in zip(Self.variances(johnson, zeros), Self.variances(johnson, full)) {
      #expect(a > 0 && abs(a / b - 1) < 0.16)
    }
    let shot = try Self.chip("shot", input, mapping)
    #expect(Self.variances(shot, zeros, reads: 10).allSatisfy { $0 == 0 })
    let half = [Float](repeating: 3.0 / 7, count: Self.rows)
    for (a, b) in zip(Self.variances(shot, half), Self.variances(shot, full)) {
      #expect(abs(a / b / (3.0 / 7) - 1) < 0.16)
    }
  }

  @Test("columns that are converted one by one have the noise of their own cells")
  func separately() throws {
    let input = InputConverter(bits: 4, range: .fixed(1))
    let x = Self.codes.map { $0 / 7 }
    for mapping in [WeightMapping.differentialPair(), .offset(.referenceColumn)] {
      let together = Self.variances(try Self.chip("johnson, shot", input, mapping), x)
      let apart = Self.variances(
        try Self.chip("johnson, shot", input, mapping) {
          $0.output = OutputConverter(
            bits: 16, range: .fixed(Amperes(1e-3)), subtraction: .digital)
        }, x)
      for (a, b) in zip(apart, together) { #expect(abs(a / b - 1) < 0.16, "\(mapping)") }
    }
  }

  @Test("transposed reads have the same laws")
  func transposed() throws {
    let input = InputConverter(bits: 4)
    func variance(_ sources: String, _ d: [Float]) throws -> [Double] {
      let chip = try Self.chip(sources, input)
      let n = 4000
      var x = [Float](repeating: 0, count: n * Self.rows)
      (0..<n).flatMap { _ in d }.withUnsafeBufferPointer { d in
        x.withUnsafeMutableBufferPointer {
          _ = chip.multiplyTransposed(d, vectors: n, into: $0, key: StreamKey(seed: 6))
        }
      }
      return (0..<Self.rows).map { i in
        let s = SampleStatistics((0..<n).map { Double(x[$0 * Self.rows + i]) }).deviation
        return s * s
      }
    }
    // One full line sets the range; the others are at 0 or at 3/7 of it.
    let one: [Float] = [1, 0, 0, 0]
    let more: [Float] = [1, 3.0 / 7, 3.0 / 7, 3.0 / 7]
    for (a, b) in zip(try variance("johnson", one), try variance("johnson", more)) {
      #expect(abs(a / b - 1) < 0.16)
    }
    let chip = try Self.chip("shot", input)
    let (positive, negative) = chip.conductances(block: 0, slice: 0)
    let wanted = (0..<Self.rows).map { i in
      let g = (0..<Self.columns).map { Double(positive[i * 4 + $0] + negative[i * 4 + $0]) }
      return (g[0] + 3 / 7 * (g[1] + g[2] + g[3])) / g[0]
    }
    for (i, pair) in zip(try variance("shot", one), try variance("shot", more)).enumerated() {
      #expect(abs(pair.1 / pair.0 / wanted[i] - 1) < 0.16)
    }
  }
}
