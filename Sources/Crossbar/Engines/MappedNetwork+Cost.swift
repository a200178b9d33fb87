import Circuits
import Networks

extension MappedNetwork {
  /// What converts the outputs of matrices where costs are counted.
  public enum CountedConverters: Sendable, Hashable {
    /// What the network was mapped with.
    case mapped
    /// Inputs and converters of so many bits; ramps compute the functions of recurrent layers.
    case ramps(bits: Int)
    /// Inputs and converters of so many bits, none of which computes a function.
    case linear(bits: Int)

    /// The bits of all inputs and outputs; `nil`: those of the mapping.
    var bits: Int? {
      switch self {
      case .mapped: nil
      case .ramps(let bits), .linear(let bits): bits
      }
    }
  }

  /// What one inference makes every weight matrix do, in counts, on the written `chip`.
  ///
  /// - Parameters:
  ///   - readTime: how long one read of an array lasts, in seconds.
  ///   - converters: other ones than those of the mapping, to count them beside it.
  public func readCounts(
    chip: AnalogEngine, readTime: Double, converters: CountedConverters = .mapped
  ) -> [ReadCounts] {
    let functions = network.functionEvaluations
    let recurrent = network.recurrentWork
    return network.sites.map { site in
      let mapped = matrices[site.index]
      let work = recurrent[site.index] ?? RecurrentWork(gates: 0)
      let ramp = rampBits(of: site, converters)
      let design = countedDesign(of: site, converters, hasRamps: ramp != nil)
      let vectors = Double(site.vectorsPerInference)
      let isSerial = design.input?.coding == .bitSerial
      let reads = vectors * (isSerial ? Double(design.input?.readCount ?? 1) : 1)
      let volts = design.device.readVoltage.value
      let conductances = chip.matrices[site.index].rowConductances
      let power = zip(conductances, relativePower[site.index]).reduce(0.0) { sum, block in
        sum + zip(block.0, block.1).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let stages =
        ramp.map { rampStages(of: site, bits: $0, work) } ?? linearStages(of: site, design)
      let added =
        ramp != nil
        ? 0 : stages.reduce(0) { $0 + $1.count } + vectors * Double(mapped.bias.count)
      let computed = ramp.map { _ in rampFunctions(of: site, work) } ?? 0
      return ReadCounts(
        name: site.name, tiles: mapped.report.tileCount, tileRows: design.tile.rows,
        tileColumns: design.tile.columns,
        outputsPerTile: design.weightsPerTileRow * (ramp != nil ? 1 : design.outputsPerWeight)
          + (ramp != nil ? 0 : design.convertedReferences), vectors: vectors,
        reads: reads, readTime: readTime, cellPower: power * volts * volts,
        usedCells: mapped.usedCells, rowDrives: reads * drivenRows(site: site.index),
        drive: design.rowDrive,
        conversions: stages, additions: added,
        activations: Double(max(0, functions[site.index] - computed)),
        elementwise: vectors * Double(work.elementwise),
        operations: 2 * vectors * Double(site.weightCount),
        rampColumns: converters == .mapped ? rampColumns(site: site.index) : 0,
        rampPower: converters == .mapped ? rampPower(of: site, chip) * volts * volts : 0,
        events: eventRates[site.index].map { vectors * $0.reduce(0, +) })
    }
  }

  /// What all ramps of `site` conduct together while each of their cells conducts, in siemens.
  private func rampPower(of site: ProductSite, _ chip: AnalogEngine) -> Double {
    rampPlaces(site: site.index).reduce(0) { sum, place in
      let cells = chip.cells(of: place, site: site.index).conductances
      return sum + cells.reduce(0) { $0 + Double($1) }
    }
  }

  /// The bits of the ramps that compute the gates of `site`, or the function of its outputs; `nil`: none do.
  private func rampBits(of site: ProductSite, _ converters: CountedConverters) -> Int? {
    switch converters {
    case .linear: nil
    case .ramps(let bits):
      site.kind == .recurrent || activationRamps[site.index] != nil ? bits : nil
    case .mapped:
      activationRamps[site.index]?.ramp.bits ?? (site.kind == .recurrent ? gateRamps?.bits : nil)
    }
  }

  /// The design of the matrix of `site` with `converters`.
  private func countedDesign(
    of site: ProductSite, _ converters: CountedConverters, hasRamps: Bool
  ) -> CrossbarDesign {
    var design = matrices[site.index].design
    guard let bits = converters.bits else { return design }
    design.input?.bits = bits
    // Gates that ramps convert have no other converter in the mapping.
    if design.output == nil, !hasRamps { design.output = OutputConverter(bits: bits) }
    design.output?.bits = bits
    return design
  }

  /// How many of the functions of `site` ramps compute per inference.
  private func rampFunctions(of site: ProductSite, _ work: RecurrentWork) -> Int {
    let perVector = site.kind == .recurrent ? work.gates + work.states : site.outputs
    return site.vectorsPerInference * perVector
  }

  /// The outputs of `columns` columns of a matrix in the tile that has most, in proportion to the columns.
  private func busiest(_ outputs: Int, of site: ProductSite) -> Double {
    let layout = matrices[site.index].layout
    let widest = layout.blocks.flatMap { layout.tiles(of: $0) }.map(\.count).max() ?? 0
    return Double(widest * outputs) / Double(site.outputs)
  }

  /// The conversions of ramps, in their order in time: functions of the outputs, then those of cell states,
  /// which are pulses of their own before.
  private func rampStages(
    of site: ProductSite, bits: Int, _ work: RecurrentWork
  ) -> [ReadCounts.Conversions] {
    let vectors = Double(site.vectorsPerInference)
    let direct = site.kind == .recurrent ? work.gates : site.outputs
    let gates = ReadCounts.Conversions(
      bits: bits, outputs: Double(direct), outputsOfBusiestTile: busiest(direct, of: site),
      rounds: vectors)
    guard work.states > 0 else { return [gates] }
    return [
      gates,
      ReadCounts.Conversions(
        bits: bits, outputs: Double(work.states),
        outputsOfBusiestTile: busiest(work.states, of: site), rounds: vectors, ownDrives: vectors),
    ]
  }

  /// The conversions of converters that compute no function; none without converters.
  private func linearStages(
    of site: ProductSite, _ design: CrossbarDesign
  ) -> [ReadCounts.Conversions] {
    guard let output = design.output else { return [] }
    let mapped = matrices[site.index]
    let widest = busiest(site.outputs, of: site)
    return [
      ReadCounts.Conversions(
        bits: output.bits, outputs: Double(mapped.convertedOutputs(design)),
        outputsOfBusiestTile: widest * Double(design.outputsPerWeight)
          + Double(design.convertedReferences),
        rounds: Double(site.vectorsPerInference * design.conversionRounds))
    ]
  }
}

extension CrossbarDesign {
  /// How the rows are driven, as far as costs depend on it; inputs without a number of bits cost nothing.
  package var rowDrive: RowDrive {
    guard let input, let bits = input.bits else { return .none }
    switch input.coding {
    case .bitSerial:
      return input.sliceBits == 1 ? .bitSerial : .amplitude(bits: input.sliceBits)
    case .amplitude: return .amplitude(bits: bits)
    case .pulseWidth: return .pulseWidth(bits: bits)
    }
  }
}
