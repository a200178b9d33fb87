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

  /// The converters of the columns of some tiles on one chip, with the upper end 1 until another is set.
  ///
  /// - Parameters:
  ///   - codes: the bins of `bits` bits, relative to the upper end of the range.
  ///   - device: what the ramps are written into; `nil` writes them exactly.
  ///   - tiles: the columns of each tile, the first from 0.
  ///   - strength: how much of the errors of the ramps counts, 0 … 1.
  ///   - firstColumn: the number of the first column among the measured ramps.
  /// - Precondition: 1 to 10 bits; measured ramps are one, or one per column.
  public func converters(
    _ codes: UniformCodes, bits: Int, device: DeviceModel?, tiles: [Range<Int>],
    strength: Float = 1, firstColumn: Int = 0, key: StreamKey
  ) -> ColumnConverters {
    let count = tiles.last!.upperBound
    var thresholds = [
      (codes.lowest + 1...codes.highest).map { (Float($0) + codes.shift - 0.5) * codes.step }
    ]
    if let measured {
      precondition(
        measured.count == 1 || measured.count >= firstColumn + count,
        "measured ramps are one, or one per column of the matrix")
      thresholds =
        measured.count == 1 ? measured : Array(measured[firstColumn..<firstColumn + count])
    } else if let device {
      let ideal = thresholds[0]
      thresholds = written(
        Self.design(bits: bits, lowest: Double(codes.lowerEnd), device: device), device,
        count: sharing == .tile ? tiles.count : count, key: key)
      if strength < 1 {
        thresholds = thresholds.map { zip(ideal, $0).map { $0 + strength * ($1 - $0) } }
      }
    }
    return ColumnConverters(
      thresholds,
      outputs: (codes.lowest...codes.highest).map { (Float($0) + codes.shift) * codes.step },
      lowest: codes.lowerEnd, tiles: tiles)
  }

  private func written(
    _ design: RampDesign, _ device: DeviceModel, count: Int, key: StreamKey
  ) -> [[Float]] {
    let ramps = RampColumns(
      design, device: device, count: count, key: key, calibration: calibration
    ).thresholds
    return (0..<count).map { r in
      Array(ramps.elements[r * ramps.columnCount..<(r + 1) * ramps.columnCount])
    }
  }
}
