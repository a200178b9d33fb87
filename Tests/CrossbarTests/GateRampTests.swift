import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra
import Networks
import PhysicalUnits
import Randomness
import Testing

/// Recurrent layers on chips whose gates are computed by ramps.
@Suite struct GateRampTests {
  static func layer(_ inputs: Int, _ hidden: Int) throws -> Network {
    let key = StreamKey(seed: 1)
    func matrix(_ rows: Int, _ columns: Int, _ name: String) -> Matrix<Float> {
      Matrix(
        rowCount: rows, columnCount: columns,
        elements: Noise.uniform(rows * columns, key.child(name)).map { 1.4 * $0 - 0.7 })
    }
    var builder = try NetworkBuilder(source: "test", name: "lstm", inputShape: [6, inputs])
    let zeros = [Float](repeating: 0, count: 4 * hidden)
    let states = try builder.recurrent(
      builder.input, .lstm,
      [
        RecurrentWeights(
          input: matrix(4 * hidden, inputs, "input"), hidden: matrix(4 * hidden, hidden, "hidden"),
          inputBias: zeros, hiddenBias: zeros)
      ], name: "lstm")
    return try builder.network(output: states)
  }

  /// The states on a chip, and the digital ones.
  static func states(
    bits: Int, device: DeviceModel?
  ) throws -> (chip: [Float], digital: [Float]) {
    let network = try layer(5, 4)
    let x = Tensor(
      shape: [8, 6, 5], elements: Noise.uniform(240, StreamKey(seed: 2)).map { 2 * $0 - 1 })
    let ideal = try DeviceLibrary.load("ideal")
    let design = CrossbarDesign(
      device: ideal, tile: TileShape(rows: 16, columns: 64), input: nil, output: nil)
    let ramps = try GateRamps(
      bits: bits, device: device, writing: RampWriting(calibration: .onePoint))
    let chip = MappedNetwork(network, design: design, gateRamps: ramps).chip(
      key: StreamKey(seed: 3))
    return (
      try network.evaluate(x, engine: chip).elements,
      try network.evaluate(x, engine: DigitalEngine(network)).elements
    )
  }

  @Test("exact ramps come to the digital layer with their bits, written ones leave an error")
  func ramps() throws {
    func error(_ states: (chip: [Float], digital: [Float])) -> Float {
      zip(states.chip, states.digital).map { abs($0 - $1) }.max()!
    }
    let (coarse, fine) = (
      try Self.states(bits: 5, device: nil), try Self.states(bits: 9, device: nil)
    )
    #expect(error(fine) < 0.02 && error(fine) < 0.25 * error(coarse))
    let device = try DeviceLibrary.load("hfo2-1t1r")
    let written = try Self.states(bits: 5, device: device)
    #expect(written.chip != coarse.chip && error(written) < 1, "\(error(written))")
  }
}
