import Circuits
import DeviceModels
import LinearAlgebra
import PhysicalUnits
import Randomness
import Testing

/// Cells of ramps that are read through the lines of their tile.
@Suite("Ramps behind wires")
struct RampLinesTests {
  static let rows = 12
  static let wires = UniformWires(
    wordSegment: Ohms(60), bitSegment: Ohms(25), source: Ohms(400), sense: Ohms(150))
  /// Two ramps of 17 cells: a whole bit line and a part of the next.
  static let cells = Noise.uniform(34, StreamKey(seed: 8)).map { 1e-6 + 149e-6 * $0 }

  @Test("each cell is seen as in the circuit of the tile whose other bit lines do not conduct")
  func circuit() throws {
    let lines = RampLines(wires: Self.wires, rows: Self.rows, first: [5, 2])
    for ramp in 0..<2 {
      let own = Self.cells[17 * ramp..<17 * (ramp + 1)]
      let seen = lines.seen(own, ramp: ramp)
      for (part, line) in [(0..<12, [5, 2][ramp]), (12..<17, [5, 2][ramp] + 1)] {
        var g = Matrix<Double>(rowCount: Self.rows, columnCount: line + 1)
        for k in part { g[k - part.lowerBound, line] = Double(own[own.startIndex + k]) }
        let exact = try WiredArray(conductances: g, wires: Self.wires).effectiveConductances()
        for k in part {
          let wanted = exact[k - part.lowerBound, line]
          #expect(abs(Double(seen[k]) - wanted) < 1e-6 * wanted, "\(ramp) \(k)")
        }
      }
    }
  }

  @Test("ideal conductors leave the bits of cells; wires take more on farther bit lines")
  func limits() {
    let zero = Ohms(0)
    let ideal = UniformWires(wordSegment: zero, bitSegment: zero, source: zero, sense: zero)
    let own = Self.cells[..<17]
    #expect(RampLines(wires: ideal, rows: 12, first: [9]).seen(own, ramp: 0) == Array(own))
    let near = RampLines(wires: Self.wires, rows: 12, first: [0]).seen(own, ramp: 0)
    let far = RampLines(wires: Self.wires, rows: 12, first: [40]).seen(own, ramp: 0)
    #expect(zip(own, near).allSatisfy { $0 > $1 })
    // All cells together: a single one may gain where others load the bit line less.
    #expect(near.reduce(0, +) > far.reduce(0, +))
  }

  @Test("thresholds are the sums of what is seen; calibration by its own reads centers them")
  func thresholds() throws {
    let device = try DeviceLibrary.load("ideal")
    let thresholds = try RampThresholds(.sigmoid, bits: 5)
    let design = try RampDesign(thresholds, window: device.window)
    func columns(_ calibration: RampCalibration, _ lines: RampLines?) -> RampColumns {
      var writing = RampWriting(calibration: calibration)
      writing.lines = lines
      return RampColumns(
        design, device: device, count: 1, key: StreamKey(seed: 1), writing: writing)
    }
    let lines = RampLines(wires: Self.wires, rows: 64, first: [128])
    let (exact, wired) = (columns(.none, nil), columns(.none, lines))
    // The cells themselves are the same.
    #expect(exact.conductances == wired.conductances)
    let seen = lines.seen(exact.conductances.elements[...], ramp: 0)
    var x = Double(wired.thresholds[0, 0])
    for q in 1..<thresholds.inputs.count {
      x += design.inputPerSiemens * Double(seen[q - 1])
      #expect(abs(x - Double(wired.thresholds[0, q])) < 1e-5)
    }
    func meanError(_ columns: RampColumns) -> Double {
      let errors = zip(columns.thresholds.elements, thresholds.inputs).map { Double($0) - $1 }
      return errors.reduce(0, +) / Double(errors.count)
    }
    #expect(meanError(columns(.none, lines)) < -0.01)
    #expect(abs(meanError(columns(.meanShift, lines))) < 1e-5)
  }
}
