import Circuits
import LinearAlgebra
import Networks

extension MappedNetwork {
  /// What one inference makes every weight matrix do, in counts, on the written `chip`.
  ///
  /// - Parameter readTime: how long one read of an array lasts, in seconds.
  public func readCounts(chip: AnalogEngine, readTime: Double) -> [ReadCounts] {
    let functions = network.functionEvaluations
    return network.sites.map { site in
      let mapped = matrices[site.index]
      let design = mapped.design
      let vectors = Double(site.vectorsPerInference)
      let isSerial = design.input?.coding == .bitSerial
      let reads = vectors * (isSerial ? Double(design.input?.readCount ?? 1) : 1)
      let volts = design.device.readVoltage.value
      let conductances = chip.matrices[site.index].rowConductances
      let power = zip(conductances, relativePower[site.index]).reduce(0.0) { sum, block in
        sum + zip(block.0, block.1).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let driven = mapped.layout.blocks.reduce(0) {
        $0 + $1.rows.count * mapped.layout.tiles(of: $1).count
      }
      let stages = conversions(of: site, functions: functions[site.index])
      let converted = stages.reduce(0) { $0 + $1.count }
      return ReadCounts(
        name: site.name, tiles: mapped.report.tileCount, tileRows: design.tile.rows,
        tileColumns: design.tile.columns + rampColumns(site: site.index),
        outputsPerTile: design.weightsPerTileRow * outputsPerWeight(site)
          + (hasRamps(site) ? 0 : design.convertedReferences), vectors: vectors,
        reads: reads, readTime: readTime, cellPower: power * volts * volts,
        rowDrives: reads * Double(driven), drive: design.rowDrive, conversions: stages,
        additions: converted + (site.bias == nil ? 0 : vectors * Double(site.outputs)),
        activations: digitalActivations(of: site, functions: functions[site.index]),
        operations: 2 * vectors * Double(site.weightCount),
        rampPower: rampPower(of: site, chip) * volts * volts)
    }
  }

  /// What all ramps of `site` conduct together while each of their cells conducts, in siemens.
  private func rampPower(of site: ProductSite, _ chip: AnalogEngine) -> Double {
    rampPlaces(site: site.index).reduce(0) { sum, place in
      let cells = chip.cells(of: place, site: site.index).conductances
      return sum + cells.reduce(0) { $0 + Double($1) }
    }
  }

  /// Whether ramps compute the gates of `site`, or the function of its outputs.
  private func hasRamps(_ site: ProductSite) -> Bool {
    activationRamps[site.index] != nil || (site.kind == .recurrent && gateRamps != nil)
  }

  /// How many outputs of a weight's columns are converted separately; ramps convert their sum.
  private func outputsPerWeight(_ site: ProductSite) -> Int {
    hasRamps(site) ? 1 : matrices[site.index].design.outputsPerWeight
  }

  /// The conversions of a matrix, in their order in time.
  private func conversions(of site: ProductSite, functions: Int) -> [ReadCounts.Conversions] {
    let mapped = matrices[site.index]
    let vectors = Double(site.vectorsPerInference)
    let widest =
      mapped.layout.blocks.flatMap { mapped.layout.tiles(of: $0) }.map(\.count).max() ?? 0
    if hasRamps(site) {
      let isGate = activationRamps[site.index] == nil
      let bits = isGate ? gateRamps?.bits : activationRamps[site.index]?.ramp.bits
      let outputs = Double(site.outputs)
      let gates = ReadCounts.Conversions(
        bits: bits ?? 0, outputs: outputs, outputsOfBusiestTile: Double(widest), rounds: vectors)
      // The functions of cell states are converted after those of the gates.
      let states = Double(functions) / vectors - outputs
      guard isGate, states > 0 else { return [gates] }
      let share = Double(widest) * states / outputs
      return [
        gates,
        ReadCounts.Conversions(
          bits: gates.bits, outputs: states, outputsOfBusiestTile: share, rounds: vectors),
      ]
    }
    guard let output = mapped.design.output else { return [] }
    let busiest =
      widest * mapped.design.outputsPerWeight + mapped.design.convertedReferences
    return [
      ReadCounts.Conversions(
        bits: output.bits, outputs: Double(mapped.convertedOutputs),
        outputsOfBusiestTile: Double(busiest),
        rounds: vectors * Double(mapped.design.conversionRounds))
    ]
  }

  /// The functions that are computed digitally: all but those of ramps.
  private func digitalActivations(of site: ProductSite, functions: Int) -> Double {
    if site.kind == .recurrent, gateRamps != nil { return 0 }
    let byRamps =
      activationRamps[site.index] != nil ? site.vectorsPerInference * site.outputs : 0
    return Double(max(0, functions - byRamps))
  }

  /// The mean of V²/V_read² of each word line of each block of `mapped` over the vectors `x`, 0…1; with
  /// pulses the mean share of the time that they last.
  ///
  /// Without input converters the voltages are related to the largest of each vector.
  static func relativePower(of x: Matrix<Float>, on mapped: MappedMatrix) -> [[Double]] {
    let drive = WordLineDrive(mapped: mapped)
    let input = mapped.design.input
    let chunk = 256
    return mapped.blocks.indices.map { b in
      let rows = mapped.blocks[b].place.rows.count
      var sums = [Double](repeating: 0, count: rows)
      var volts = [Float](repeating: 0, count: chunk * rows)
      var scales = [Float](repeating: 0, count: chunk)
      for first in stride(from: 0, to: x.rowCount, by: chunk) {
        let count = min(chunk, x.rowCount - first)
        x.elements.withUnsafeBufferPointer {
          drive.convert(
            UnsafeBufferPointer(
              rebasing: $0[first * x.columnCount..<(first + count) * x.columnCount]),
            vectors: count, block: b, into: &volts, scales: &scales)
        }
        for v in 0..<count {
          let row = volts[v * rows..<(v + 1) * rows]
          let full = input == nil ? row.reduce(0) { max($0, abs($1)) } : drive.volts
          guard full > 0 else { continue }
          for (i, value) in row.enumerated() {
            sums[i] += Double(power(abs(value) / full, input))
          }
        }
      }
      return sums.map { $0 / Double(max(1, x.rowCount)) }
    }
  }

  /// V²/V_read² of one input of size `value`, 0…1, over the time of a read.
  private static func power(_ value: Float, _ input: InputConverter?) -> Float {
    switch input?.coding {
    case .amplitude, nil: return value * value
    case .pulseWidth: return value
    case .bitSerial:
      guard let input, let levels = input.levels else { return value }
      var code = Int((value * Float(levels)).rounded())
      var sum: Float = 0
      while code > 0 {
        let digit = Float(code & input.largestDigit) / Float(input.largestDigit)
        sum += digit * digit
        code >>= input.sliceBits
      }
      return sum / Float(input.readCount)
    }
  }
}

extension CrossbarDesign {
  /// How the rows are driven, as far as costs depend on it; inputs without a number of bits cost nothing.
  var rowDrive: RowDrive {
    guard let input, let bits = input.bits else { return .none }
    switch input.coding {
    case .bitSerial:
      return input.sliceBits == 1 ? .bitSerial : .amplitude(bits: input.sliceBits)
    case .amplitude: return .amplitude(bits: bits)
    case .pulseWidth: return .pulseWidth(bits: bits)
    }
  }
}
