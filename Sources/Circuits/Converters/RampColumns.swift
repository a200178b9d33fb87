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
  /// The realised thresholds in units of x, a ramp a row, a column a threshold.
  public private(set) var thresholds: Matrix<Float>
  /// The conductances at the time of reading, in siemens: a ramp a row, calibration cells first.
  public private(set) var conductances: Matrix<Float>

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

/// Writes and reads some ramps of a set.
private struct RampWriter: Sendable {
  let design: RampDesign
  let start: RampStart
  let targets: [Float]
  let device: DeviceModel
  let key: StreamKey
  let writing: RampWriting

  typealias Cells = UnsafeMutableBufferPointer<Float>

  func write(_ ramps: Range<Int>, conductances g: Cells, thresholds t: Cells) {
    let cells = targets.count
    let first = ramps.lowerBound * cells
    if cells > 0 {
      for i in g.indices { g[i] = targets[i % cells] }
      device.program(targets: .init(g), into: g, key: key.child("cells"), from: first)
      if writing.spareCells > 0 { replace(ramps, g) }
    }
    let offsets = Noise.normal(ramps.count, key.child("start"), from: ramps.lowerBound)
    let perVolt = writing.comparatorOffset.value / design.circuit.columnScale
    let width = design.thresholds.inputs.count
    var shifts = [Double](repeating: 0, count: ramps.count)
    for ramp in 0..<ramps.count {
      let row = Cells(rebasing: t[ramp * width..<(ramp + 1) * width])
      integrate(g.baseAddress! + ramp * cells, offset: perVolt * Double(offsets[ramp]), into: row)
      shifts[ramp] = quantized(writing.calibration.shift(of: row, from: design.thresholds.inputs))
    }
    let ages = writing.time.value > 0 && device.drift != nil
    if ages || writing.readNoise {
      later(g, first: first)
      for ramp in 0..<ramps.count {
        integrate(
          g.baseAddress! + ramp * cells, offset: perVolt * Double(offsets[ramp]),
          into: Cells(rebasing: t[ramp * width..<(ramp + 1) * width]))
      }
    }
    for ramp in 0..<ramps.count where shifts[ramp] != 0 {
      for q in ramp * width..<(ramp + 1) * width { t[q] += Float(shifts[ramp]) }
    }
  }

  /// The thresholds of one ramp: the start, then cell after cell.
  private func integrate(_ g: UnsafeMutablePointer<Float>, offset: Double, into t: Cells) {
    let perSiemens = design.inputPerSiemens
    var x = design.thresholds.inputs[0]
    if start.cells > 0 {
      let sum = (0..<start.cells).reduce(0.0) { $0 + Double(g[$1]) } * Double(start.cycles)
      x = (start.isNegative ? -1 : 1) * sum * perSiemens
    }
    x += offset
    var cell = start.cells
    t[0] = Float(x)
    for q in 1..<max(1, t.count) {
      for _ in 0..<design.cellCounts[q - 1] {
        x += perSiemens * Double(g[cell])
        cell += 1
      }
      t[q] = Float(x)
    }
  }

  private func quantized(_ shift: Double) -> Double {
    let step = writing.calibrationStep.value * design.inputPerSiemens
    return step > 0 ? (shift / step).rounded() * step : shift
  }

  /// Gives the places of failed cells to spares; a spare may be bad as well, then the next one takes
  /// the place.
  private func replace(_ ramps: Range<Int>, _ g: Cells) {
    let cells = targets.count
    let limit = Float(writing.replacementLimit.value)
    for (row, ramp) in ramps.enumerated() {
      var spare = 0
      for c in 0..<cells {
        let place = row * cells + c
        while abs(g[place] - targets[c]) > limit, spare < writing.spareCells {
          withUnsafeTemporaryAllocation(of: Float.self, capacity: 1) { one in
            one[0] = targets[c]
            device.program(
              targets: .init(one), into: one, key: key.child("spares"),
              from: ramp * writing.spareCells + spare)
            if abs(one[0] - targets[c]) < abs(g[place] - targets[c]) { g[place] = one[0] }
          }
          spare += 1
        }
      }
    }
  }

  /// Drift to the time of reading, then the noise of one read.
  private func later(_ g: Cells, first: Int) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: g.count) { scratch in
      if let drift = device.drift, writing.time.value > 0 {
        drift.exponents(of: .init(g), key: key, from: first, into: scratch)
        drift.conductances(
          programmed: .init(g), exponents: .init(scratch), time: writing.time, into: g)
      }
      guard writing.readNoise, device.readNoise != .none else { return }
      device.readNoise.deviations(at: .init(g), time: writing.time, into: scratch)
      let noise = Noise.normal(g.count, key.child("read"), from: first)
      for i in g.indices { g[i] = max(0, g[i] + scratch[i] * noise[i]) }
    }
  }
}
