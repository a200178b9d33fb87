import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra
import PhysicalUnits
import Randomness
import Testing

/// Reads through the transposed array: against the weights that the chip computes with, and laws of its noise.
@Suite struct TransposedReadTests {
  static let weights = Matrix(
    rowCount: 19, columnCount: 11, elements: Noise.normal(209, StreamKey(seed: 1)))
  static let errors = Noise.normal(5 * 11, StreamKey(seed: 2))

  static func chip(
    _ mapping: WeightMapping, _ change: (inout CrossbarDesign) throws -> Void = { _ in }
  ) throws -> CrossbarArray {
    var design = CrossbarDesign(
      device: try DeviceLibrary.load("hfo2-1t1r"), mapping: mapping,
      tile: TileShape(rows: 8, columns: 12), readNoise: false)
    try change(&design)
    return CrossbarArray(
      MappedMatrix(weights: weights, bias: nil, design: design), key: StreamKey(seed: 3))
  }

  static func read(_ chip: CrossbarArray, key: StreamKey = StreamKey(seed: 4)) -> [Float] {
    var x = [Float](repeating: 9, count: 5 * 19)
    errors.withUnsafeBufferPointer { d in
      x.withUnsafeMutableBufferPointer {
        _ = chip.multiplyTransposed(d, vectors: 5, into: $0, key: key)
      }
    }
    return x
  }

  /// The same by the weights that the chip computes with.
  static func wanted(_ chip: CrossbarArray) -> [Float] {
    let w = chip.effectiveWeights()
    return product(Matrix(rowCount: 5, columnCount: 11, elements: errors), w.transposed()).elements
  }

  static func distance(_ a: [Float], _ b: [Float]) -> Float {
    let size = b.reduce(Float(0)) { max($0, abs($1)) }
    return zip(a, b).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) } / size
  }

  @Test("every scheme reads the transposed weights of the chip", arguments: WeightMapping.schemes)
  func schemes(name: String) throws {
    for sharing in ScaleSharing.allCases {
      let chip = try Self.chip(WeightMapping(scheme: name)) { $0.scale = sharing }
      #expect(Self.distance(Self.read(chip), Self.wanted(chip)) < 2e-5)
    }
  }

  @Test("codes are as coarse as the converters, and finer ones come nearer")
  func converters() throws {
    func error(_ bits: Int) throws -> Float {
      let chip = try Self.chip(.differentialPair()) {
        $0.input = InputConverter(bits: bits)
        $0.output = OutputConverter(bits: bits)
      }
      return Self.distance(Self.read(chip), Self.wanted(chip))
    }
    let (coarse, fine) = (try error(5), try error(10))
    #expect(coarse > 10 * fine && fine < 0.01 && coarse < 0.5)
  }

  @Test("read noise has the variance that the driven cells sum up to")
  func noise() throws {
    let chip = try Self.chip(.differentialPair()) {
      $0.readNoise = true
      $0.device.readNoise = .polynomial([2e-6], reference: 1e-6)
      $0.tile = TileShape(rows: 32, columns: 32)
    }
    let wanted = Self.wanted(chip)
    // Σ over both cells of a pair and all columns of (σ·d·scale)².
    let scale = chip.mapped.blocks[0].weightPerSiemens[0]
    let count = 4000
    var squares = [Double](repeating: 0, count: 5)
    for k in 0..<count {
      let x = Self.read(chip, key: StreamKey(seed: 5).child(k))
      for v in 0..<5 {
        for i in 0..<19 {
          let e = Double(x[v * 19 + i] - wanted[v * 19 + i])
          squares[v] += e * e
        }
      }
    }
    for v in 0..<5 {
      let sum = (0..<11).reduce(0.0) {
        let d = Double(Self.errors[v * 11 + $1] * scale)
        return $0 + 2 * d * d * 4e-12
      }
      // 76,000 draws: six standard deviations of their variance are 3 %.
      #expect(abs(squares[v] / Double(19 * count) / sum - 1) < 0.04)
    }
  }
}
