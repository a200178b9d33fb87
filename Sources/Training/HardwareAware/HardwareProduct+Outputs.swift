import Circuits
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
    return blocks.indices.map { b in
      let range = outputRanges.values[b]
      guard let ramp = settings.ramp else {
        return ColumnConverters(codes, widths: Array(repeating: range * codes.step, count: outputs))
      }
      return ramp.write(
        codes, bits: bits, device: settings.device, tiles: tiles, strength: pass.strength,
        key: pass.chip.child("ramps").child(b)
      ).converters.with(range: range)
    }
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
