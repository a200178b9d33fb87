internal import CKernels
import LinearAlgebra
import Networks

extension HardwareProduct {
  /// Writes the ramps of this pass's chip, where output converters have ramps.
  func writtenRamps(_ pass: TrainingPass) -> [TileRamps] {
    guard let ramp = settings.ramp, let bits = settings.outputBits else { return [] }
    let tiles = settings.layout(inputs: inputs, outputs: outputs).columnTiles
    return blocks.indices.map { b in
      TileRamps(
        ramp, bits: bits, device: settings.device, tiles: tiles, strength: pass.strength,
        key: pass.chip.child("ramps").child(b))
    }
  }

  /// Adds `factor` times what the output converters of block `b` make of `raw` to `z`.
  func convertOutput(
    _ b: Int, _ raw: UnsafePointer<Float>, _ z: UnsafeMutablePointer<Float>, count: Int,
    factor: Float
  ) {
    guard let bits = settings.outputBits else {
      return ow_surrogate_output(raw, z, count, 0, 0, factor)
    }
    let range = outputRanges.values[b]
    if !ramps.isEmpty {
      ramps[b].convert(raw, z, vectors: count / outputs, range: range, factor: factor)
    } else {
      ow_surrogate_output(raw, z, count, range, Float(Self.levels(bits, 0)), factor)
    }
  }

  /// Lets the gradients `d` through the output converters of block `b`; gives that of their range.
  func passOutputBack(
    _ b: Int, _ raw: UnsafePointer<Float>, _ d: UnsafeMutablePointer<Float>, count: Int
  ) -> Double {
    guard let bits = settings.outputBits else { return 0 }
    let range = outputRanges.values[b]
    if !ramps.isEmpty { return ramps[b].passBack(raw, d, vectors: count / outputs, range: range) }
    return ow_surrogate_back(raw, d, count, range, Float(Self.levels(bits, 0)))
  }
}
