import DeviceModels
import LinearAlgebra
import Randomness

/// Ramps of one design that were written into devices: the thresholds of many columns or chips.
public struct RampColumns: Sendable {
  /// What was to be made.
  public let design: RampDesign
  /// The realised thresholds in units of x, a ramp a row, 2ⁿ − 1 columns.
  public private(set) var thresholds: Matrix<Float>

  /// Writes `count` ramps.
  ///
  /// Ramp i depends on the key and on i alone. The first threshold is made by the calibration cells;
  /// its own error is Gaussian with deviation `startDeviation`, in units of x.
  /// - Complexity: O(`count` · cells).
  public init(
    _ design: RampDesign, device: DeviceModel, count: Int, key: StreamKey,
    startDeviation: Double = 0, calibration: RampCalibration = .none
  ) {
    precondition(count > 0, "there is at least one ramp")
    self.design = design
    let width = design.thresholds.inputs.count
    var elements = [Float](repeating: 0, count: count * width)
    let targets = Self.cellTargets(design)
    elements.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let buffer = buffer  // safe: every piece writes its own rows
      let rows = 256
      Parallel.forEach((count + rows - 1) / rows) { piece in
        let first = piece * rows
        let n = min(rows, count - first)
        Self.write(
          design, targets, device, key, startDeviation, calibration, first: first, count: n,
          into: UnsafeMutableBufferPointer(rebasing: buffer[first * width..<(first + n) * width]))
      }
    }
    thresholds = Matrix(rowCount: count, columnCount: width, elements: elements)
  }

  /// The target of every cell, step after step.
  private static func cellTargets(_ design: RampDesign) -> [Float] {
    zip(design.stepConductances, design.cellCounts).flatMap { g, n in
      [Float](repeating: Float(g / Double(n)), count: n)
    }
  }

  private static func write(
    _ design: RampDesign, _ targets: [Float], _ device: DeviceModel, _ key: StreamKey,
    _ startDeviation: Double, _ calibration: RampCalibration, first: Int, count: Int,
    into thresholds: UnsafeMutableBufferPointer<Float>
  ) {
    let cells = targets.count
    var conductances = [Float](repeating: 0, count: count * cells)
    for i in conductances.indices { conductances[i] = targets[i % cells] }
    conductances.withUnsafeMutableBufferPointer { buffer in
      device.program(
        targets: UnsafeBufferPointer(buffer), into: buffer, key: key.child("cells"),
        from: first * cells)
    }
    let starts = Noise.normal(count, key.child("start"), from: first)
    let ideal = design.thresholds.inputs
    let perSiemens = design.inputPerSiemens
    let width = ideal.count
    for ramp in 0..<count {
      var t = ideal[0] + startDeviation * Double(starts[ramp])
      var cell = ramp * cells
      thresholds[ramp * width] = Float(t)
      for q in 1..<max(1, width) {
        for _ in 0..<design.cellCounts[q - 1] {
          t += perSiemens * Double(conductances[cell])
          cell += 1
        }
        thresholds[ramp * width + q] = Float(t)
      }
      let row = UnsafeMutableBufferPointer(
        rebasing: thresholds[ramp * width..<(ramp + 1) * width])
      let shift = Float(calibration.shift(of: row, from: ideal))
      if shift != 0 { for q in row.indices { row[q] += shift } }
    }
  }
}
