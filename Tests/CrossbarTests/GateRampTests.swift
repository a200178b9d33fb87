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

  /// The largest difference of the states on a chip to the digital ones.
  static func error(bits: Int, device: DeviceModel?) throws -> Float {
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
    let found = try network.evaluate(x, engine: chip).elements
    let wanted = try network.evaluate(x, engine: DigitalEngine(network)).elements
    return zip(found, wanted).map { abs($0 - $1) }.max()!
  }

  @Test("exact ramps come to the digital layer with their bits, written ones leave an error")
  func ramps() throws {
    let (coarse, fine) = (
      try Self.error(bits: 5, device: nil), try Self.error(bits: 9, device: nil)
    )
    #expect(fine < 0.02 && fine < 0.25 * coarse)
    let written = try Self.error(bits: 5, device: try DeviceLibrary.load("hfo2-1t1r"))
    #expect(written != coarse && written < 1)
  }
}
