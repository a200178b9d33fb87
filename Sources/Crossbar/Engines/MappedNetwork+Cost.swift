import Circuits
import LinearAlgebra
import Networks

extension MappedNetwork {
  /// What one inference makes every weight matrix do, in counts, on the written `chip`.
  ///
  /// - Parameter readTime: how long one read of an array lasts, in seconds.
  public func readCounts(chip: AnalogEngine, readTime: Double) -> [ReadCounts] {
    zip(network.sites, matrices).map { site, mapped in
      let design = mapped.design
      let report = mapped.report
      let vectors = Double(site.vectorsPerInference)
      let isSerial = design.input?.coding == .bitSerial
      let passes = isSerial ? Double(design.input?.readCount ?? 1) : 1
      let ramps = site.kind == .recurrent ? gateRamps : nil
      let activation = activationRamps[site.index]?.ramp
      // A ramp converts every gate, and the cell states, which a quarter as many columns make.
      var conversions = vectors * Double(site.outputs) * (ramps == nil ? 1 : 1.25)
      if ramps == nil, activation == nil {
        conversions = vectors * Double(report.conversionsPerVector)
      }
      let volts = design.device.readVoltage.value
      let driven = mapped.layout.blocks.reduce(0) {
        $0 + $1.rows.count * mapped.layout.tiles(of: $1).count
      }
      return ReadCounts(
        name: site.name, tiles: report.tileCount, tileRows: design.tile.rows,
        tileColumns: design.tile.columns, reads: vectors * passes, readTime: readTime,
        conductanceSum: chip.matrices[site.index].totalConductance,
        meanSquareVoltage: relativePower[site.index] * volts * volts,
        rowDrives: vectors * passes * Double(driven),
        inputBits: isSerial ? 1 : design.input?.bits ?? 0,
        conversions: (ramps?.bits ?? activation?.bits ?? design.output?.bits).map {
          [$0: conversions]
        } ?? [:],
        additions: conversions + (site.bias == nil ? 0 : vectors * Double(site.outputs)),
        operations: 2 * vectors * Double(site.weightCount))
    }
  }

  /// The mean of V²/V_read² over the word lines of `mapped` and the vectors `x`, 0 … 1; with pulses
  /// the mean share of the time that they last.
  static func relativePower(of x: Matrix<Float>, on mapped: MappedMatrix) -> Double {
    guard let input = mapped.design.input else {
      // Inputs get on as they are; their scale is that of numbers, taken relative to the largest.
      return power(x, rows: 0..<x.columnCount, range: 0) { $0 * $0 }
    }
    let means = mapped.blocks.map { block -> Double in
      let rows = block.place.rows.lowerBound..<min(block.place.rows.upperBound, x.columnCount)
      guard !rows.isEmpty else { return 1 }
      return power(x, rows: rows, range: block.inputRange) { value in
        switch input.coding {
        case .amplitude: return value * value
        case .pulseWidth: return value
        case .bitSerial:
          guard let levels = input.levels, let bits = input.magnitudeBits else { return value }
          let code = Int((value * Float(levels)).rounded())
          return Float(code.nonzeroBitCount) / Float(bits)
        }
      }
    }
    return means.reduce(0, +) / Double(max(1, means.count))
  }

  /// The mean of `law`(|x| / range, at most 1); a range of 0 stands for each vector's own maximum.
  private static func power(
    _ x: Matrix<Float>, rows: Range<Int>, range: Float, _ law: (Float) -> Float
  ) -> Double {
    var sum = 0.0
    for v in 0..<x.rowCount {
      let values = x.elements[
        v * x.columnCount + rows.lowerBound..<v * x.columnCount + rows.upperBound]
      let full = range > 0 ? range : values.reduce(Float(0)) { max($0, abs($1)) }
      guard full > 0 else { continue }
      for value in values { sum += Double(law(min(1, abs(value) / full))) }
    }
    return sum / Double(max(1, x.rowCount * rows.count))
  }
}
