import DeviceModels
import LinearAlgebra
import PhysicalUnits
import Randomness

/// What differs from one conversion by a written ramp to the next: the read noise of the ramp's cells, which all columns
/// of the ramp see alike, and the noise of every column's comparator, one number per conversion referred to its input.
struct RampNoise: Sendable {
  private let design: RampDesign
  private let start: RampStart
  private let lines: RampLines?
  private let cells: Matrix<Float>
  /// What every threshold is beside the sum of the ramp's cells: calibration, a ramp and a threshold.
  private let rests: [[Float]]
  /// One deviation per cell, in siemens; empty without read noise.
  private let deviations: [Float]
  /// Standard deviation of a comparator's noise, in units of x.
  private let comparator: Float

  /// `nil` where every conversion is like the next.
  init?(_ columns: RampColumns, thresholds: [[Float]], device: DeviceModel, writing: RampWriting) {
    comparator = Float(writing.comparatorNoise * columns.design.thresholds.span)
    deviations =
      writing.readNoise
      ? device.readDeviations(
        of: columns.conductances.elements, at: writing.time.value > 0 ? writing.time : nil) : []
    guard comparator > 0 || !deviations.isEmpty else { return nil }
    let (design, start) = (columns.design, columns.start)
    (self.design, self.start, cells) = (design, start, columns.conductances)
    lines = writing.lines
    rests = thresholds.enumerated().map { ramp, exact in
      var sums = exact
      let cells = columns.cells(ofRamp: ramp)
      sums.withUnsafeMutableBufferPointer {
        design.integrate(
          writing.lines.map { $0.seen(cells[...], ramp: ramp)[...] } ?? cells[...], start,
          offset: 0, into: $0)
      }
      return zip(exact, sums).map { $0 - $1 }
    }
  }

  /// Replaces numbers by what the codes of one conversion stand for.
  func convert(
    _ x: UnsafeMutableBufferPointer<Float>, firstColumn: Int, ramp: Int, vector: Int,
    outputs: [Float], key: StreamKey
  ) {
    let width = outputs.count - 1
    withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { thresholds in
      self.thresholds(ramp, vector, key.child("cells").child(ramp), into: thresholds)
      withUnsafeTemporaryAllocation(of: Float.self, capacity: x.count) { noise in
        if comparator > 0 {
          Noise.fillNormal(noise, key.child("comparator").child(vector), from: firstColumn)
        }
        for i in x.indices {
          let value = comparator > 0 ? x[i] + comparator * noise[i] : x[i]
          var (low, high) = (0, width)
          while low < high {
            let middle = (low + high) / 2
            if value >= thresholds[middle] { low = middle + 1 } else { high = middle }
          }
          x[i] = outputs[low]
        }
      }
    }
  }

  /// The thresholds of one read of a ramp. No cell conducts less than nothing: they rise.
  private func thresholds(
    _ ramp: Int, _ vector: Int, _ key: StreamKey, into t: UnsafeMutableBufferPointer<Float>
  ) {
    let count = cells.columnCount
    var g = Array(cells.elements[ramp * count..<(ramp + 1) * count])
    if !deviations.isEmpty, count > 0 {
      let noise = Noise.normal(count, key, from: vector * count)
      for c in g.indices { g[c] = max(0, g[c] + deviations[ramp * count + c] * noise[c]) }
    }
    if let lines { g = lines.seen(g[...], ramp: ramp) }
    design.integrate(g[...], start, offset: 0, into: t)
    for q in t.indices { t[q] += rests[ramp][q] }
  }
}
