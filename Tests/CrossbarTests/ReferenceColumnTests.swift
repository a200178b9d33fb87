import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra
import PhysicalUnits
import Randomness
import Testing

/// Reference columns that are converted by converters of their own and subtracted as numbers.
@Suite struct ReferenceColumnTests {
  static let weights = Matrix<Float>(
    rowCount: 3, columnCount: 3, elements: [0.5, -1, 0.25, 0.75, 0.2, -0.6, -0.4, 0.9, 0.1])
  static let x: [Float] = [1, 0.4, 0.7, -0.3, 0.8, 0.2, 0, -1, 0.5, 0.1, 0.1, 0.05]

  static func design(
    _ scheme: String, bits: Int, columns: Int, end: Double
  ) throws -> CrossbarDesign {
    CrossbarDesign(
      device: try DeviceLibrary.load("ideal"), mapping: WeightMapping(scheme: scheme),
      tile: TileShape(rows: 8, columns: columns), input: InputConverter(range: .fixed(1)),
      output: OutputConverter(bits: bits, range: .fixed(Amperes(end)), subtraction: .digital))
  }

  static func read(
    _ design: CrossbarDesign, weights: Matrix<Float> = weights, x: [Float] = x
  ) -> [Float] {
    let array = CrossbarArray(
      MappedMatrix(weights: weights, bias: nil, design: design), key: StreamKey(seed: 1))
    let vectors = x.count / weights.rowCount
    var y = [Float](repeating: 0, count: vectors * weights.columnCount)
    x.withUnsafeBufferPointer { x in
      y.withUnsafeMutableBufferPointer {
        _ = array.multiply(x, vectors: vectors, into: $0, key: StreamKey(seed: 2))
      }
    }
    return y
  }

  @Test("outputs are the differences of two codes", arguments: [4, 3, 2])
  func codes(columns: Int) throws {
    let device = try DeviceLibrary.load("ideal")
    let (volts, low, high) = (
      device.readVoltage.value, device.window.minimum.value, device.window.maximum.value
    )
    let end = volts * high
    let found = Self.read(
      try Self.design("reference-column", bits: 5, columns: columns, end: end))
    let (middle, half) = ((low + high) / 2, (high - low) / 2)
    let width = end / 15
    func code(_ current: Double) -> Double {
      max(-15, min(15, (current / width).rounded(.toNearestOrEven)))
    }
    var differs = false
    for v in 0..<4 {
      let inputs = (0..<3).map { Double(Self.x[v * 3 + $0]) }
      let reference = inputs.reduce(0) { $0 + volts * $1 * middle }
      for j in 0..<3 {
        let current = (0..<3).reduce(0.0) {
          $0 + volts * inputs[$1] * (middle + half * Double(Self.weights[$1, j]))
        }
        // The largest weight is 1: a weight is a siemens over half of the window.
        let wanted = (code(current) - code(reference)) * width / half / volts
        #expect(abs(wanted - Double(found[v * 3 + j])) < 1e-5)
        let together = code(current - reference) * width / half / volts
        differs = differs || abs(together - wanted) > 1e-3
      }
    }
    #expect(differs)
  }

  @Test(
    "with fine codes the product is exact, and a tile has one conversion more per reference column")
  func fine() throws {
    for scheme in ["reference-column", "bit-sliced-reference", "two-sided-pair"] {
      let design = try Self.design(scheme, bits: 16, columns: 4, end: 1e-3)
      for (y, wanted) in zip(Self.read(design), Self.products) { #expect(abs(y - wanted) < 0.02) }
      var analog = design
      analog.output?.subtraction = .analog
      func conversions(_ design: CrossbarDesign) -> Int {
        MappedMatrix(weights: Self.weights, bias: nil, design: design).report.conversionsPerVector
      }
      let (tiles, pairs) = (design.layout(rowCount: 3, columnCount: 3).tileCount, 3)
      #expect(
        conversions(design) - conversions(analog)
          == (scheme == "two-sided-pair" ? pairs : tiles * design.mapping.referenceColumns))
    }
  }

  static var products: [Float] {
    (0..<4).flatMap { v in
      (0..<3).map { j in
        (0..<3).reduce(Float(0)) { $0 + x[v * 3 + $1] * weights[$1, j] }
      }
    }
  }

  @Test("the noise of a reference column's conversion is common to its tile")
  func noise() throws {
    var design = try Self.design("reference-column", bits: 16, columns: 3, end: 1e-3)
    design.outputNoise = Amperes(1e-6)
    let count = 4000
    // Columns 1 and 2 share a tile; 0 has another.
    let y = Self.read(
      design, weights: Matrix(rowCount: 1, columnCount: 3, elements: [1, 1, 1]),
      x: Array(repeating: 0, count: count))
    func mean(_ a: Int, _ b: Int) -> Double {
      (0..<count).reduce(0.0) { $0 + Double(y[$1 * 3 + a] * y[$1 * 3 + b]) } / Double(count)
    }
    let own = mean(0, 0)
    #expect(abs(mean(1, 2) / own - 0.5) < 0.05)
    #expect(abs(mean(0, 1) / own) < 0.06)
  }
}
