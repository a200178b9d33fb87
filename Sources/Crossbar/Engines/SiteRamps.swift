import Circuits
import DeviceModels
import PhysicalUnits
import Randomness

/// The ramp converters of one matrix that compute its activation.
struct SiteRamps: Sendable {
  let ramp: ActivationRamp
  /// What they are written into; `nil` writes them exactly.
  let device: DeviceModel?
  /// Whether every conversion has the read noise of the ramp's cells.
  let readNoise: Bool
  /// The columns of each tile.
  let tiles: [Range<Int>]
  /// The end of a rectifier's range; 1 for functions that end by themselves.
  let range: Float
  /// The lines that the cells are read through; `nil` reads them as they are.
  var lines: RampLines?

  private var writing: RampWriting {
    var writing = ramp.conversion.writing
    writing.readNoise = readNoise
    writing.lines = lines
    return writing
  }

  /// How many cells a ramp has, calibration cells included; 0 for exact ramps.
  var cellCount: Int { device.map { ramp.cellCount(writing, window: $0.window) } ?? 0 }

  /// The ramps of one chip.
  func write(key: StreamKey, time: Seconds? = nil) -> Written {
    Written(
      ramps: ramp.write(device: device, tiles: tiles, time: time, writing: writing, key: key),
      range: range, key: key.child("noise"))
  }

  /// Those of one chip.
  struct Written: Sendable {
    let ramps: WrittenRamps
    let range: Float
    let key: StreamKey

    /// The same ramps for reads of another kind, with noise of their own.
    func apart(_ kind: String) -> Written {
      Written(ramps: ramps, range: range, key: key.child(kind))
    }

    /// Turns sums into codes' values, in place.
    ///
    /// - Parameter call: the number of the first vector.
    func apply(_ y: UnsafeMutableBufferPointer<Float>, call: Int) {
      let count = ramps.converters.count
      guard ramps.isNoisy else {
        let sums = Array(y)
        y.update(repeating: 0)
        return ramps.converters.with(range: range).convert(
          sums, vectors: y.count / count, addingTo: y.baseAddress!)
      }
      for v in 0..<y.count / count {
        ramps.apply(
          UnsafeMutableBufferPointer(rebasing: y[v * count..<(v + 1) * count]), firstColumn: 0,
          vector: call + v, range: range, key: key)
      }
    }
  }
}
