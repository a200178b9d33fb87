import Circuits
import Crossbar
import LinearAlgebra
import Networks

extension HardwareProduct {
  /// The output converters of this pass's chip, one bank per block of rows, with the ranges as they are now.
  func writtenConverters(_ pass: TrainingPass) -> [ColumnConverters] {
    guard let bits = settings.outputBits else {
      return blocks.map { _ in ColumnConverters(count: outputs) }
    }
    let codes = OutputConverter(bits: bits, ramp: settings.ramp).unitCodes(signed: true)
    // Only ramps depend on the tiles.
    let tiles =
      settings.ramp == nil ? [] : settings.layout(inputs: inputs, outputs: outputs).columnTiles
    let lines = rampLines(codes, bits: bits, tiles)
    return blocks.indices.map { b in
      let range = outputRanges.values[b]
      guard let ramp = settings.ramp else {
        return ColumnConverters(codes, widths: Array(repeating: range * codes.step, count: outputs))
      }
      return ramp.write(
        codes, bits: bits, device: settings.device, tiles: tiles, strength: pass.strength,
        lines: lines, key: pass.chip.child("ramps").child(b)
      ).converters.with(range: range)
    }
  }

  /// The lines through which the cells of ramps are read; `nil` without ramps or wires.
  private func rampLines(_ codes: UniformCodes, bits: Int, _ tiles: [Range<Int>]) -> RampLines? {
    guard let ramp = settings.ramp, let device = settings.device else { return nil }
    let cells = ramp.cellCount(bits: bits, lowest: Double(codes.lowerEnd), device: device)
    return settings.rampPlaces(tiles) {
      RampPlaces.linear(ramp.sharing, cells: cells, tile: $0, columns: tiles[$0])
    }?.lines(
      of: .linear, count: ramp.sharing == .tile ? tiles.count : outputs, wires: settings.wires)
  }

  /// Adds `factor` times what the output converters of block `b` make of `raw` to `z`.
  func convertOutput(
    _ b: Int, _ raw: UnsafePointer<Float>, _ z: UnsafeMutablePointer<Float>, count: Int,
    factor: Float
  ) {
    outputConverters[b].convert(raw, vectors: count / outputs, factor: factor, addingTo: z)
  }

  /// Lets the gradients `d` through the output converters of block `b`; gives that of their range.
  func passOutputBack(
    _ b: Int, _ raw: UnsafePointer<Float>, _ d: UnsafeMutablePointer<Float>, count: Int
  ) -> Double {
    outputConverters[b].passBack(
      raw, d, vectors: count / outputs, findsSlope: settings.outputRange == .learned)
  }
}
