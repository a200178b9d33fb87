import Circuits
import DeviceModels
import PhysicalUnits
import Randomness

/// The ramp converters of one matrix that compute its activation.
struct SiteRamps: Sendable {
  let ramp: ActivationRamp
  /// What they are written into; `nil` writes them exactly.
  let device: DeviceModel?
  /// The columns of each tile.
  let tiles: [Range<Int>]
  /// The end of a rectifier's range; 1 for functions that end by themselves.
  let range: Float

  /// The ramps of one chip.
  func write(key: StreamKey, time: Seconds? = nil) -> Written {
    Written(
      ramps: ramp.write(device: device, tiles: tiles, time: time, key: key)
        .with(range: range))
  }

  /// Those of one chip.
  struct Written: Sendable {
    let ramps: ColumnConverters

    /// Turns sums into codes' values, in place.
    func apply(_ y: UnsafeMutableBufferPointer<Float>) {
      let sums = Array(y)
      y.update(repeating: 0)
      ramps.convert(sums, vectors: y.count / ramps.count, addingTo: y.baseAddress!)
    }
  }
}
