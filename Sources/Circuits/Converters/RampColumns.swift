import DeviceModels
import LinearAlgebra
import PhysicalUnits
import Randomness

/// Ramps of one design that were written into devices: the thresholds of many columns or chips.
public struct RampColumns: Sendable {
  /// What was to be made.
  public let design: RampDesign
  /// The calibration cells that make the start.
  public let start: RampStart
  /// The realized thresholds in units of x, a ramp a row, a column a threshold.
  public private(set) var thresholds: Matrix<Float>
  /// The conductances at the time of reading, in siemens: a ramp a row, calibration cells first.
  public private(set) var conductances: Matrix<Float>
  /// How they were written.
  public let writing: RampWriting

  /// The targets of the cells in the order of `conductances`, in siemens.
  public var targets: [Double] {
    [Double](repeating: start.conductance, count: start.cells)
      + zip(design.stepConductances, design.cellCounts).flatMap { g, n in
        [Double](repeating: g / Double(n), count: n)
      }
  }

  /// Writes `count` ramps.
  ///
  /// Ramp i depends on the key and on i alone. Calibration is done right after writing; drift and read
  /// noise come later.
  /// - Complexity: O(`count` · cells).
  public init(
    _ design: RampDesign, device: DeviceModel, count: Int, key: StreamKey,
    writing: RampWriting = RampWriting()
  ) {
    precondition(count > 0, "there is at least one ramp")
    let (low, high) = (device.window.minimum.value, device.window.maximum.value)
    self.design = design
    self.writing = writing
    start = RampStart(design, cells: writing.startCells, window: low...high)
    let width = design.thresholds.inputs.count
    let cells = start.cells + design.cellCount
    thresholds = Matrix(rowCount: count, columnCount: width)
    conductances = Matrix(rowCount: count, columnCount: cells)
    let writer = RampWriter(
      design: design, start: start, targets: targets.map(Float.init), device: device, key: key,
      writing: writing)
    thresholds.elements.withUnsafeMutableBufferPointer { t in
      conductances.elements.withUnsafeMutableBufferPointer { g in
        nonisolated(unsafe) let (t, g) = (t, g)  // safe: every piece writes its own rows
        let rows = 256
        Parallel.forEach((count + rows - 1) / rows) { piece in
          let part = piece * rows..<min(count, (piece + 1) * rows)
          writer.write(
            part,
            conductances: .init(rebasing: g[part.lowerBound * cells..<part.upperBound * cells]),
            thresholds: .init(rebasing: t[part.lowerBound * width..<part.upperBound * width]))
        }
      }
    }
  }

  /// The same with the calibration alone, and a start whose error is normal with deviation
  /// `startDeviation`, in units of x.
  public init(
    _ design: RampDesign, device: DeviceModel, count: Int, key: StreamKey,
    startDeviation: Double = 0, calibration: RampCalibration
  ) {
    self.init(
      design, device: device, count: count, key: key,
      writing: RampWriting(
        calibration: calibration,
        comparatorOffset: Volts(startDeviation * design.circuit.columnScale)))
  }
}
