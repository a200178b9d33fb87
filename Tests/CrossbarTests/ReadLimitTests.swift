import Circuits
import Crossbar
import LinearAlgebra
import PhysicalUnits
import Randomness
import Testing

/// Limits of inputs, asymmetric drivers, saturating amplifiers and worst-case bound management of mapped matrices.
@Suite struct MappedReadLimitTests {
  private let w = Matrix<Float>(rowCount: 2, columnCount: 2, elements: [0.5, -0.25, 0.25, 0.75])

  private func chip(
    _ input: InputConverter?, _ output: OutputConverter? = nil,
    bounds: CrossbarDesign.BoundManagement = .none
  ) throws -> CrossbarArray {
    CrossbarArray(
      MappedMatrix(
        weights: w, bias: nil,
        design: CrossbarDesign(
          device: try Chips.ideal, input: input, output: output, boundManagement: bounds)),
      key: StreamKey(seed: 1))
  }

  private func read(_ chip: CrossbarArray, _ x: [Float]) -> [Float] {
    Chips.read(chip, Matrix(rowCount: x.count / 2, columnCount: 2, elements: x)).elements
  }

  @Test("the range of a vector ends at the limit, and negative inputs lack a part of their voltage")
  func inputs() throws {
    var input = InputConverter(bits: 16)
    input.limit = 1
    let limited = read(try chip(input), [3, -0.5])
    #expect(abs(limited[0] - 0.375) < 1e-3 && abs(limited[1] + 0.625) < 1e-3)
    input.limit = nil
    input.asymmetry = 0.2
    let lopsided = read(try chip(input), [1, -1])
    #expect(abs(lopsided[0] - 0.3) < 1e-3 && abs(lopsided[1] + 0.85) < 1e-3)
  }

  @Test("a range found as the mean of the largest inputs")
  func meanMaximum() throws {
    var mapped = MappedMatrix(
      weights: w, bias: nil,
      design: CrossbarDesign(
        device: try Chips.ideal, input: InputConverter(bits: 16, range: .meanMaximum)))
    mapped.calibrate(on: Matrix(rowCount: 2, columnCount: 2, elements: [1, 0.5, -3, 2]))
    #expect(mapped.blocks[0].inputRange == 2)
  }

  @Test("an amplifier halves a current at the end of the range where c is 1")
  func nonlinearity() throws {
    let device = try Chips.ideal
    // The current of weight 0.75 at the read voltage ends the range: the largest weight has the whole window.
    let top = device.readVoltage.value * (device.window.maximum.value - device.window.minimum.value)
    var output = OutputConverter(bits: 14, range: .fixed(Amperes(top)))
    let linear = read(try chip(InputConverter(), output), [0, 1])
    output.nonlinearity = 1
    let bent = read(try chip(InputConverter(), output), [0, 1])
    #expect(abs(linear[1] - 0.75) < 1e-3 && abs(bent[1] - 0.375) < 1e-3)
    #expect(abs(bent[0] - 0.25 / (1 + 0.25 / 0.75)) < 1e-3)
  }

  @Test("worst-case bound management reads a clipped vector once more, and nothing clips")
  func worstCase() throws {
    let device = try Chips.ideal
    let top = device.readVoltage.value * (device.window.maximum.value - device.window.minimum.value)
    let output = OutputConverter(bits: 14, range: .fixed(Amperes(0.8 * top)))
    let input = InputConverter(bits: 12)
    // 0.25 + 0.5 = 0.75 is beyond 0.8·0.75 = 0.6.
    let clipped = read(try chip(input, output), [1, 1])
    #expect(abs(clipped[0] - 0.6) < 1e-3)
    let managed = read(try chip(input, output, bounds: .worstCase(largestWeight: 1)), [1, 1])
    #expect(abs(managed[0] - 0.75) < 3e-3 && abs(managed[1] - 0.5) < 3e-3)
  }

  @Test(
    "converters of every kind converge to the product with their bits",
    arguments: ConverterLaws.names)
  func kinds(name: String) throws {
    func error(_ bits: Int, _ mismatch: Double = 0) throws -> Float {
      var output = OutputConverter(bits: bits, range: .maximum)
      output.kind = ChosenConverter(name, mismatch: mismatch)
      let w = Chips.matrix(30, 20, seed: 4)
      let x = Chips.matrix(40, 30, seed: 5)
      var mapped = MappedMatrix(
        weights: w, bias: nil, design: CrossbarDesign(device: try Chips.ideal, output: output))
      mapped.calibrate(on: x)
      let chip = CrossbarArray(mapped, key: StreamKey(seed: 2))
      return Chips.distance(Chips.read(chip, x), product(x, w))
    }
    #expect(try error(9) < 0.03)
    #expect(try error(9) < 0.25 * error(5))
    #expect(try error(8, 0.2) > error(8))
  }
}
