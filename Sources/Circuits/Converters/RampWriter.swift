import DeviceModels
import LinearAlgebra
import PhysicalUnits
import Randomness

/// Writes, calibrates and reads some ramps of a set. Cells are written, drift and are read as `DeviceModel` says, like
/// those of weights.
struct RampWriter: Sendable {
  let design: RampDesign
  let start: RampStart
  let targets: [Float]
  let device: DeviceModel
  let key: StreamKey
  let writing: RampWriting

  typealias Cells = UnsafeMutableBufferPointer<Float>

  func write(_ ramps: Range<Int>, conductances: Cells, thresholds t: Cells) {
    let cells = targets.count
    let first = ramps.lowerBound * cells
    let wanted = (0..<ramps.count * cells).map { targets[$0 % cells] }
    var g = device.written(wanted, key: key.child("cells"), from: first)
    if writing.spareCells > 0 { replace(ramps, &g) }
    let perVolt = writing.comparatorOffset.value / design.circuit.columnScale
    let offsets = Noise.normal(ramps.count, key.child("start"), from: ramps.lowerBound)
      .map { perVolt * Double($0) }
    let shifts = shifts(ramps, g, offsets)
    if writing.time.value > 0 { g = device.aged(g, to: writing.time, key: key, from: first) }
    if writing.readNoise { g = read(g, at: writing.time, key.child("read"), from: first) }
    _ = conductances.update(fromContentsOf: g)
    let width = design.thresholds.inputs.count
    for ramp in 0..<ramps.count {
      let row = Cells(rebasing: t[ramp * width..<(ramp + 1) * width])
      integrate(g, ramp, of: ramps, offset: offsets[ramp], into: row)
      guard shifts[ramp] != 0 else { continue }
      for q in row.indices { row[q] += Float(shifts[ramp]) }
    }
  }

  /// The thresholds of ramp `row` of `ramps` as its cells are read through the lines of the tile.
  private func integrate(
    _ g: [Float], _ row: Int, of ramps: Range<Int>, offset: Double, into t: Cells
  ) {
    let own = g[row * targets.count..<(row + 1) * targets.count]
    design.integrate(
      writing.lines.map { $0.seen(own, ramp: ramps.lowerBound + row)[...] } ?? own, start,
      offset: offset, into: t)
  }

  /// By how much calibration shifts each ramp, in units of x: found right after writing, from the mean of some reads or
  /// from the thresholds themselves.
  private func shifts(_ ramps: Range<Int>, _ g: [Float], _ offsets: [Double]) -> [Double] {
    guard writing.calibration != .none else { return offsets.map { _ in 0 } }
    let (cells, width) = (targets.count, design.thresholds.inputs.count)
    let isNoisy = device.readNoise != .none || writing.comparatorNoise > 0
    let reads = isNoisy ? writing.calibrationReads : 0
    let comparator = Float(writing.comparatorNoise * design.thresholds.span)
    var row = [Float](repeating: 0, count: width)
    var sums = [Float](repeating: 0, count: ramps.count * width)
    for read in 0..<max(1, reads) {
      let stream = key.child("calibration").child(read)
      let seen =
        reads > 0
        ? self.read(g, at: nil, stream.child("cells"), from: ramps.lowerBound * cells) : g
      let noise =
        reads > 0 && comparator > 0
        ? Noise.normal(sums.count, stream.child("comparator"), from: ramps.lowerBound * width) : []
      for ramp in 0..<ramps.count {
        row.withUnsafeMutableBufferPointer {
          integrate(seen, ramp, of: ramps, offset: offsets[ramp], into: $0)
        }
        for q in 0..<width {
          let k = ramp * width + q
          sums[k] += row[q] + (noise.isEmpty ? 0 : comparator * noise[k])
        }
      }
    }
    let share = 1 / Float(max(1, reads))
    return (0..<ramps.count).map { ramp in
      let seen = sums[ramp * width..<(ramp + 1) * width].map { $0 * share }
      let shift = writing.calibration.shift(of: seen, from: design.thresholds.inputs)
      let step = writing.calibrationStep.value * design.inputPerSiemens
      return step > 0 ? (shift / step).rounded() * step : shift
    }
  }

  /// Gives the places of failed cells to spares; a spare may be bad as well, then the next one takes
  /// the place.
  private func replace(_ ramps: Range<Int>, _ g: inout [Float]) {
    let cells = targets.count
    let limit = Float(writing.replacementLimit.value)
    for (row, ramp) in ramps.enumerated() {
      var spare = 0
      for c in 0..<cells {
        let place = row * cells + c
        while abs(g[place] - targets[c]) > limit, spare < writing.spareCells {
          let one = device.written(
            [targets[c]], key: key.child("spares"), from: ramp * writing.spareCells + spare)[0]
          if abs(one - targets[c]) < abs(g[place] - targets[c]) { g[place] = one }
          spare += 1
        }
      }
    }
  }

  /// What one read of the cells shows.
  private func read(_ g: [Float], at time: Seconds?, _ key: StreamKey, from first: Int) -> [Float] {
    let deviations = device.readDeviations(of: g, at: time)
    guard !deviations.isEmpty else { return g }
    let noise = Noise.normal(g.count, key, from: first)
    return g.indices.map { max(0, g[$0] + deviations[$0] * noise[$0]) }
  }
}

extension RampDesign {
  /// The thresholds that the cells `g` of one ramp make: the start, then cell after cell.
  func integrate(
    _ g: ArraySlice<Float>, _ start: RampStart, offset: Double,
    into t: UnsafeMutableBufferPointer<Float>
  ) {
    let perSiemens = inputPerSiemens
    var x = thresholds.inputs[0]
    if start.cells > 0 {
      let sum = g.prefix(start.cells).reduce(0.0) { $0 + Double($1) } * Double(start.cycles)
      x = (start.isNegative ? -1 : 1) * sum * perSiemens
    }
    x += offset
    var cell = g.startIndex + start.cells
    t[0] = Float(x)
    for q in 1..<max(1, t.count) {
      for _ in 0..<cellCounts[q - 1] {
        x += perSiemens * Double(g[cell])
        cell += 1
      }
      t[q] = Float(x)
    }
  }
}

extension RampThresholds {
  /// From the first to the last threshold, in units of x; from 0 to the threshold where there is one only.
  var span: Double { inputs.count > 1 ? inputs.last! - inputs[0] : abs(inputs[0]) }
}
