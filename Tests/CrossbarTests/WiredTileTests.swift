import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra
import PhysicalUnits
import Randomness
import Testing

@Suite struct WiredTileTests {
  private static func wires(_ ohms: Double) -> UniformWires {
    UniformWires(
      wordSegment: Ohms(ohms), bitSegment: Ohms(ohms), source: Ohms(2 * ohms), sense: Ohms(ohms))
  }

  private static func chip(
    _ w: Matrix<Float>, _ mapping: WeightMapping, wires: UniformWires?
  ) throws -> CrossbarArray {
    let design = CrossbarDesign(
      device: try Chips.ideal, mapping: mapping, tile: TileShape(rows: 20, columns: 26),
      wires: wires)
    return CrossbarArray(
      MappedMatrix(weights: w, bias: nil, design: design), key: StreamKey(seed: 1))
  }

  @Test(
    "as wires become ideal the outputs become those without wires, in the first order of the resistance",
    arguments: [
      WeightMapping.differentialPair(.oneSided), .differentialPair(.twoSided),
      .offset(.referenceColumn), .bitSliced(weightBits: 8, bitsPerCell: 2, pairing: .differential),
      .bitSliced(weightBits: 8, bitsPerCell: 4, pairing: .referenceColumn),
    ])
  func limit(mapping: WeightMapping) throws {
    let w = Chips.matrix(33, 17, seed: 4)
    let x = Chips.matrix(5, 33, seed: 5)
    let ideal = Chips.read(try Self.chip(w, mapping, wires: nil), x)
    let errors = try [1.0, 0.1, 0.0].map { ohms in
      Chips.distance(
        Chips.read(try Self.chip(w, mapping, wires: Self.wires(ohms)), x), ideal)
    }
    #expect(errors[0] > 1e-4 && errors[2] < 1e-5)
    // Single precision leaves some 1e-6 of the outputs.
    #expect(abs(errors[0] / errors[1] - 10) < 1)
  }

  @Test("a tile of pairs gives the currents of Kirchhoff's laws")
  func currents() throws {
    let (rows, columns) = (12, 7)
    let w = Chips.matrix(rows, columns, seed: 6)
    let chip = try Self.chip(w, .differentialPair(.twoSided), wires: Self.wires(30))
    let cells = chip.conductances(block: 0, slice: 0)
    var g = Matrix<Double>(rowCount: rows, columnCount: 2 * columns)
    for i in 0..<rows {
      for j in 0..<columns {
        g[i, 2 * j] = Double(cells.positive[i * columns + j])
        g[i, 2 * j + 1] = Double(cells.negative[i * columns + j])
      }
    }
    let solver = WiredArraySolver(try WiredArray(conductances: g, wires: Self.wires(30)))
    let x = Chips.matrix(3, rows, seed: 7)
    let read = Chips.read(chip, x)
    let volts = chip.mapped.design.device.readVoltage.value
    let unit = Double(chip.mapped.blocks[0].weightPerSiemens[0]) / volts
    var exact = read
    for v in 0..<3 {
      let solution = try solver.solve((0..<rows).map { Double(x[v, $0]) * volts })
      for j in 0..<columns {
        let current = solution.outputCurrents[2 * j] - solution.outputCurrents[2 * j + 1]
        exact[v, j] = Float(current * unit)
      }
    }
    #expect(Chips.distance(read, exact) < 1e-5)
    #expect(Chips.distance(read, product(x, w)) > 0.01)
  }
}
