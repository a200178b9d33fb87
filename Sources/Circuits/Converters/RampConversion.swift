import DeviceModels
import InputOutput
import LinearAlgebra
import PhysicalUnits
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
  /// How many reads the shift is found from; 0 knows the thresholds exactly.
  public var calibrationReads = 0
  /// How many calibration cells make the ramp's start; 0 starts it without error.
  public var startCells = 0
  /// Standard deviation of the noise of each comparison, as a share of the ramp's span: in the reads of calibration, and
  /// in conversions by ramps that compute a function. That of other conversions is noise before the converter.
  public var comparatorNoise = 0.0
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

  /// How its cells are written.
  public var writing: RampWriting {
    RampWriting(
      calibration: calibration, calibrationReads: calibrationReads, startCells: startCells,
      comparatorNoise: comparatorNoise)
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

  /// Ramps that were written for the columns of some tiles.
  public struct Written: Sendable {
    /// Converters with the upper end 1 until another is set.
    public let converters: ColumnConverters
    /// The cells, one ramp per row; `nil` where ramps are measured or exact.
    public let cells: RampColumns?
  }

  /// The converters of the columns of some tiles on one chip.
  ///
  /// - Parameters:
  ///   - codes: the bins of `bits` bits, relative to the upper end of the range.
  ///   - device: what the ramps are written into; `nil` writes them exactly.
  ///   - tiles: the columns of each tile, the first from 0.
  ///   - time: how long after writing they are read; `nil` is at once.
  ///   - strength: how much of the errors of the ramps counts, 0 … 1.
  ///   - firstColumn: the number of the first column among the measured ramps.
  ///   - lines: the lines that the cells are read through; `nil` reads them as they are.
  /// - Precondition: 1 to 10 bits; measured ramps are one, or one per column.
  public func write(
    _ codes: UniformCodes, bits: Int, device: DeviceModel?, tiles: [Range<Int>],
    time: Seconds? = nil, strength: Float = 1, firstColumn: Int = 0, lines: RampLines? = nil,
    key: StreamKey
  ) -> Written {
    let count = tiles.last!.upperBound
    let ideal = (codes.lowest + 1...codes.highest).map {
      (Float($0) + codes.shift - 0.5) * codes.step
    }
    var thresholds = [ideal]
    var cells: RampColumns?
    if let measured {
      precondition(
        measured.count == 1 || measured.count >= firstColumn + count,
        "measured ramps are one, or one per column of the matrix")
      thresholds =
        measured.count == 1 ? measured : Array(measured[firstColumn..<firstColumn + count])
    } else if let device {
      var writing = writing
      if let time { writing.time = time }
      writing.lines = lines
      let written = RampColumns(
        Self.design(bits: bits, lowest: Double(codes.lowerEnd), device: device), device: device,
        count: sharing == .tile ? tiles.count : count, key: key, writing: writing)
      let width = written.thresholds.columnCount
      thresholds = (0..<written.thresholds.rowCount).map { r in
        let own = Array(written.thresholds.elements[r * width..<(r + 1) * width])
        return strength < 1 ? zip(ideal, own).map { $0 + strength * ($1 - $0) } : own
      }
      cells = written
    }
    let converters = ColumnConverters(
      thresholds,
      outputs: (codes.lowest...codes.highest).map { (Float($0) + codes.shift) * codes.step },
      lowest: codes.lowerEnd, tiles: tiles)
    return Written(converters: converters, cells: cells)
  }

  /// How many cells the ramp of one tile or column has, calibration cells included; 0 where ramps are measured.
  public func cellCount(bits: Int, lowest: Double, device: DeviceModel) -> Int {
    guard measured == nil else { return 0 }
    let design = Self.design(bits: bits, lowest: lowest, device: device)
    let (low, high) = (device.window.minimum.value, device.window.maximum.value)
    return RampStart(design, cells: startCells, window: low...high).cells + design.cellCount
  }
}
