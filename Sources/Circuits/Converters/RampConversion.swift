import DeviceModels
import InputOutput
import LinearAlgebra
import Randomness

/// A ramp made of cells in the place of a uniform converter: codes change where the ramp's cells say.
///
/// The ramp is linear, in 2ⁿ steps of equal height over the converter's range. Its cells are written on
/// every chip with the device's own errors and stay as written; see `RampDesign` for the physics.
public struct RampConversion: Sendable, Hashable {
  /// Who has a ramp of his own.
  public var sharing: OutputConverter.Sharing
  /// How the written ramp is shifted back.
  public var calibration: RampCalibration
  /// Thresholds that were measured, instead of cells: rising, relative to the upper end of the range,
  /// 2ⁿ − 1 a ramp; one ramp for all columns of a matrix, or one a column.
  public var measured: [[Float]]?

  /// A conversion; see the members.
  public init(
    sharing: OutputConverter.Sharing = .tile, calibration: RampCalibration = .onePoint,
    measured: [[Float]]? = nil
  ) {
    self.sharing = sharing
    self.calibration = calibration
    self.measured = measured
  }

  /// The cells of the ramp of `bits` bits over the range, whose lower end is `lowest` times its upper.
  ///
  /// - Precondition: 1 to 10 bits, a device whose window is not empty.
  public static func design(bits: Int, lowest: Double, device: DeviceModel) -> RampDesign {
    do {
      let thresholds = try RampThresholds(.linear, bits: bits, range: lowest...1)
      return try RampDesign(thresholds, window: device.window)
    } catch {
      // Steps of one height fit every window.
      preconditionFailure("a linear ramp is always made: \(error)")
    }
  }

  /// The thresholds of `count` ramps on one chip, relative to the upper end of the range.
  ///
  /// - Parameter exact: whether cells are what they should be.
  public func thresholds(
    bits: Int, lowest: Double, device: DeviceModel, exact: Bool, count: Int, key: StreamKey
  ) -> [[Float]] {
    if let measured { return measured }
    let design = Self.design(bits: bits, lowest: lowest, device: device)
    if exact { return [design.thresholds.inputs.map(Float.init)] }
    let ramps = RampColumns(
      design, device: device, count: count, key: key, calibration: calibration
    ).thresholds
    return (0..<count).map { r in
      Array(ramps.elements[r * ramps.columnCount..<(r + 1) * ramps.columnCount])
    }
  }
}
