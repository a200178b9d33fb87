import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra
import PhysicalUnits
import Randomness
import Testing

@Suite struct WireCompensationTests {
  private static func chip(
    _ w: Matrix<Float>, _ mapping: WeightMapping, ohms: Double, _ compensation: WireCompensation
  ) throws -> CrossbarArray {
    let wire = Ohms(ohms)
    let design = CrossbarDesign(
      device: try Chips.ideal, mapping: mapping, tile: TileShape(rows: 40, columns: 50),
      wires: UniformWires(wordSegment: wire, bitSegment: wire, source: wire, sense: wire),
      wireCompensation: compensation)
    return CrossbarArray(
      MappedMatrix(weights: w, bias: nil, design: design), key: StreamKey(seed: 1))
  }

  /// Weights whose largest, in the corner that wires take least from, leaves room above all others.
  private static func roomy(_ rows: Int, _ columns: Int) -> Matrix<Float> {
    var w = Chips.matrix(rows, columns, seed: 3)
    let largest = w.elements.map(abs).max()!
    w[rows - 1, 0] = 2 * largest
    return w
  }

  private static let schemes: [WeightMapping] = [
    .differentialPair(.oneSided), .differentialPair(.twoSided), .offset(.referenceColumn),
    .bitSliced(weightBits: 8, bitsPerCell: 4, pairing: .differential),
  ]

  @Test(
    "where the window leaves room, the effective weights of a remapped tile are the targets",
    arguments: schemes)
  func remap(mapping: WeightMapping) throws {
    let w = Self.roomy(40, 18)
    let ideal = try Self.chip(w, mapping, ohms: 0, .none).effectiveWeights()
    let plain = try Self.chip(w, mapping, ohms: 5, .none).effectiveWeights()
    let remapped = try Self.chip(w, mapping, ohms: 5, .remap).effectiveWeights()
    func error(_ found: Matrix<Float>) -> Float {
      (0..<40 * 18).filter { $0 / 18 < 39 && $0 % 18 > 0 }
        .map { abs(found.elements[$0] - ideal.elements[$0]) }.max()! / w.elements.map(abs).max()!
    }
    #expect(error(plain) > 0.01)
    // Cells of slices reach the window's end at any weight; there the gain's share is left.
    if case .bitSliced = mapping {
      #expect(error(remapped) < 0.4 * error(plain))
    } else {
      #expect(error(remapped) < 1e-3)
    }
  }

  @Test("a gain a column brings outputs nearer to those without wires, remapping much nearer")
  func order() throws {
    let w = Chips.matrix(70, 44, seed: 9)
    let x = Chips.matrix(60, 70, seed: 10)
    let ideal = Chips.read(try Self.chip(w, .differentialPair(), ohms: 0, .none), x)
    let errors = try WireCompensation.allCases.map { compensation in
      let chip = try Self.chip(w, .differentialPair(), ohms: 8, compensation)
      return zip(Chips.read(chip, x).elements, ideal.elements)
        .reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }
    #expect(errors[1] < 0.8 * errors[0])
    #expect(errors[2] < 0.3 * errors[1])
  }

  @Test("gains follow the inputs that calibrate, and are 1 without wires")
  func gains() throws {
    let w = Chips.matrix(30, 12, seed: 5)
    var mapped = try Self.chip(w, .differentialPair(), ohms: 20, .gain).mapped
    let before = mapped.blocks[0].gains
    #expect(before.allSatisfy { $0 > 1 && $0 < 2 })
    let x = Matrix(
      rowCount: 50, columnCount: 30, elements: Noise.uniform(50 * 30, StreamKey(seed: 2)))
    mapped.calibrate(on: x)
    #expect(mapped.blocks[0].gains != before)
    func error(_ mapped: MappedMatrix) throws -> Float {
      let ideal = Chips.read(try Self.chip(w, .differentialPair(), ohms: 0, .none), x)
      let found = Chips.read(CrossbarArray(mapped, key: StreamKey(seed: 1)), x)
      return Chips.distance(found, ideal)
    }
    #expect(
      try error(mapped) < error(try Self.chip(w, .differentialPair(), ohms: 20, .none).mapped))
    let ideal = try Self.chip(w, .differentialPair(), ohms: 0, .gain).mapped
    #expect(ideal.blocks[0].gains.allSatisfy { abs($0 - 1) < 1e-6 })
  }

  @Test("a digital pedestal is remapped without a gain")
  func pedestal() throws {
    let w = Self.roomy(40, 18)
    let chip = try Self.chip(w, .offset(.digital), ohms: 1, .remap)
    #expect(chip.mapped.blocks[0].gains.allSatisfy { $0 == 1 })
    let plain = try Self.chip(w, .offset(.digital), ohms: 1, .none)
    let distance = Chips.distance(chip.effectiveWeights(), w)
    #expect(distance < 0.1 * Chips.distance(plain.effectiveWeights(), w))
  }
}
