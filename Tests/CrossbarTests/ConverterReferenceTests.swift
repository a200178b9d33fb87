import ArrayFiles
import Circuits
import Crossbar
import DeviceModels
import Foundation
import LinearAlgebra
import PhysicalUnits
import Randomness
import Testing

/// Reads of one 64×96 tile as aihwkit 1.1.0 computes them; see Fixtures/README.md.
@Suite struct ConverterReferenceTests {
  /// One case of the reference; bounds of the outputs are in units of weight times input.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var inputBits: Int? = 7
    var range: InputConverter.Range? = .absoluteMaximum
    var outputBits: Int? = 9
    var outputBound = 12.0
    var iterative = false
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(name: "nm_absmax"), Case(name: "nm_max", range: .maximum),
    Case(name: "nm_none", range: .fixed(1)),
    Case(name: "adc_only", inputBits: nil), Case(name: "dac_only", outputBits: nil),
    Case(name: "io_8bit_preset_bounds", inputBits: 8, outputBits: 8, outputBound: 10),
    Case(name: "bm_none_clipping", outputBound: 1),
    Case(name: "bm_iterative", outputBound: 1, iterative: true),
    Case(name: "no_quant_no_bounds", range: nil, outputBits: nil),
  ]

  static func design(_ c: Case, largestWeight: Float) throws -> CrossbarDesign {
    let device = try Chips.ideal
    let span = device.window.maximum.value - device.window.minimum.value
    // One unit of weight at full input, in amperes.
    let unit = span * device.readVoltage.value / Double(largestWeight)
    return CrossbarDesign(
      device: device, tile: TileShape(rows: 128, columns: 256),
      input: c.range.map { InputConverter(bits: c.inputBits, range: $0) },
      output: c.outputBits.map {
        OutputConverter(bits: $0, range: .fixed(Amperes(c.outputBound * unit)))
      },
      boundManagement: c.iterative ? .iterative() : .none)
  }

  @Test(
    "every code of every converter, forward and backward, is that of an independent simulator",
    arguments: cases)
  func codes(c: Case) throws {
    let file = try NPZ.read(path: Bundle.module.resourcePath! + "/Fixtures/io.npz")
    let w = Matrix(
      rowCount: 64, columnCount: 96, elements: try file.floats("w", shape: [64, 96])
    ).transposed()
    let x = Matrix(
      rowCount: 8, columnCount: 96, elements: try file.floats("x", shape: [8, 96]))
    let y = try file.floats("\(c.name).y", shape: [8, 64])
    let d = Matrix(
      rowCount: 8, columnCount: 64, elements: try file.floats("d", shape: [8, 64]))
    let g = try file.floats("\(c.name).g", shape: [8, 96])
    let design = try Self.design(c, largestWeight: w.elements.map(abs).max()!)
    // Backward the same converters stand at the other ends of the lines.
    // That simulator manages bounds forward only.
    var backward = design
    backward.boundManagement = .none
    for (weights, x, y, design) in [(w, x, y, design), (w.transposed(), d, g, backward)] {
      let chip = CrossbarArray(
        MappedMatrix(weights: weights, bias: nil, design: design), key: StreamKey(seed: 1))
      let read = Chips.read(chip, x)
      let size = y.map(abs).max()!
      // A code is at least 1/510 of the range: agreement to 1e-6 of it is agreement of the codes.
      for k in y.indices { #expect(abs(read.elements[k] - y[k]) < 1e-6 * size) }
    }
  }
}
