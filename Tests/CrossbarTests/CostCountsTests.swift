import Circuits
import Crossbar
import DeviceModels
import Foundation
import LinearAlgebra
import Networks
import Randomness
import Testing

/// What `map` counts of a network on tiles, before anything costs.
@Suite struct CostCountsTests {
  /// One dense matrix whose large weights are on the first rows, behind a rectifier or not.
  private static func network(rows: Int, columns: Int, rectified: Bool = false) throws -> Network {
    var weights = Chips.matrix(rows, columns, seed: 5)
    for i in 0..<rows {
      for j in 0..<columns { weights[i, j] *= i < rows / 2 ? 1 : 0.01 }
    }
    var builder = try NetworkBuilder(source: "test", name: "one", inputShape: [rows])
    var value = try builder.dense(
      builder.input, weights: weights, bias: [Float](repeating: 0.1, count: columns), name: "fc")
    if rectified { value = try builder.activation(value, .relu, name: "relu") }
    return try builder.network(output: value)
  }

  /// Inputs that are large where weights are small, and the other way around.
  private static func samples(_ count: Int, rows: Int) -> Tensor {
    let x = Chips.matrix(count, rows, seed: 6)
    return Tensor(
      shape: [count, rows],
      elements: x.elements.enumerated().map { k, value in
        k % rows < rows / 2 ? 0.001 * value : value
      })
  }

  @Test("rows without an event are not driven; numbers are not events")
  func events() throws {
    let (rows, columns, count) = (40, 24, 30)
    let network = try Self.network(rows: rows, columns: columns)
    let design = CrossbarDesign(
      device: try DeviceLibrary.load("ideal"), tile: TileShape(rows: 16, columns: 16),
      input: InputConverter(bits: 2, range: .calibrated))
    func counts(_ elements: [Float]) throws -> ReadCounts {
      var mapped = MappedNetwork(network, design: design)
      try mapped.calibrate(on: Tensor(shape: [count, rows], elements: elements))
      return mapped.readCounts(chip: mapped.chip(key: StreamKey(seed: 2)), readTime: 1e-7)[0]
    }
    let spikes = Noise.uniform(count * rows, StreamKey(seed: 3)).map { $0 < 0.1 ? Float(1) : 0 }
    let events = Double(spikes.reduce(0, +)) / Double(count)
    let sparse = try counts(spikes)
    let layout = MappedNetwork(network, design: design).matrices[0].layout
    // All rows reach all columns, so that every row is in as many tiles.
    let tilesPerRow = Set(layout.blocks.map { layout.tiles(of: $0).count })
    try #require(tilesPerRow.count == 1 && tilesPerRow.first! > 1)
    #expect(abs(try #require(sparse.events) - events) < 1e-9)
    #expect(abs(sparse.rowDrives - events * Double(tilesPerRow.first!)) < 1e-9)
    let dense = try counts(spikes.map { $0 + 1 })
    #expect(dense.events == nil && dense.rowDrives == Double(rows * tilesPerRow.first!))
    let always = try counts(spikes.map { _ in 2 })
    #expect(always.events == Double(rows) && always.rowDrives == dense.rowDrives)
  }

  @Test(
    "the power of the cells is the sum of V² G over cells, row by row",
    arguments: [nil, InputConverter(bits: 6), InputConverter(bits: 6, range: .calibrated)])
  func power(input: InputConverter?) throws {
    let (rows, columns, count) = (40, 10, 30)
    let network = try Self.network(rows: rows, columns: columns)
    let x = Self.samples(count, rows: rows)
    let design = CrossbarDesign(
      device: try DeviceLibrary.load("ideal"), tile: TileShape(rows: 64, columns: 16),
      input: input)
    var mapped = MappedNetwork(network, design: design)
    try mapped.calibrate(on: x)
    let chip = mapped.chip(key: StreamKey(seed: 2))
    let counts = mapped.readCounts(chip: chip, readTime: 1e-7)[0]
    var (exact, pooled, conductance, squares) = (0.0, 0.0, 0.0, 0.0)
    for (b, block) in mapped.matrices[0].blocks.enumerated() {
      let (positive, negative) = chip.matrices[0].conductances(block: b, slice: 0)
      for v in 0..<count {
        let values = block.place.rows.map { x.elements[v * rows + $0] }
        let own = values.map { abs($0) }.max()!
        let full = block.inputRange > 0 ? block.inputRange : own
        for (r, value) in values.enumerated() {
          // 31 codes on each side of zero.
          let share = value / full
          let u = input == nil ? share : (share * 31).rounded(.toNearestOrEven) / 31
          let square = Double(u * u) * 0.04
          var row = 0.0
          for j in 0..<columns {
            row += Double(positive[r * columns + j]) + Double(negative[r * columns + j])
          }
          exact += square * row / Double(count)
          squares += square / Double(count * rows)
          conductance += row / Double(count)
        }
      }
    }
    pooled = squares * conductance
    #expect(abs(counts.cellPower - exact) < 1e-5 * exact)
    // One mean square voltage for all rows is another number here: rows that are driven conduct less.
    #expect(pooled > 1.1 * exact)
  }

  @Test("converters and conversions agree for pairs, slices and bit-serial inputs")
  func agreement() throws {
    let (rows, columns) = (40, 10)
    let network = try Self.network(rows: rows, columns: columns)
    let model = try CostModel.named("isaac-32nm")
    let mappings: [WeightMapping] = [
      .differentialPair(), .offset(.digital),
      .bitSliced(weightBits: 7, bitsPerCell: 2, pairing: .differential),
    ]
    for mapping in mappings {
      for pairs in [OutputConverter.Subtraction.analog, .digital] {
        for input in [
          InputConverter(bits: 5), InputConverter(coding: .bitSerial, bits: 5),
          InputConverter(coding: .bitSerial, bits: 5, accumulation: .analog),
        ] {
          let design = CrossbarDesign(
            device: try DeviceLibrary.load("ideal"), mapping: mapping,
            tile: TileShape(rows: 16, columns: 12), input: input,
            output: OutputConverter(bits: 6, subtraction: pairs))
          var mapped = MappedNetwork(network, design: design)
          try mapped.calibrate(on: Self.samples(4, rows: rows))
          let counts = mapped.readCounts(
            chip: mapped.chip(key: StreamKey(seed: 1)), readTime: 1e-7)[0]
          let apart = pairs == .digital && mapping.hasTwoCells
          let slices = mapping.sliceCount
          let serial = input.coding == .bitSerial
          let rounds = serial && input.accumulation == .digital ? 4 : 1
          // 3 blocks of rows; every output of every slice, twice where pairs are converted apart.
          let wanted = 3 * columns * slices * (apart ? 2 : 1) * rounds
          #expect(counts.conversionCount == Double(wanted), "\(mapping) \(pairs) \(input)")
          #expect(
            counts.conversionCount == Double(mapped.matrices[0].report.conversionsPerVector))
          #expect(counts.reads == (serial ? 4 : 1))
          // As many converters as the columns of a full tile need, and no column without one.
          let perTile = 12 / mapping.columnsPerWeight * slices * (apart ? 2 : 1)
          #expect(counts.outputsPerTile == perTile)
          #expect(model.converterCount(of: counts) == counts.tiles)
          #expect(counts.conversions[0].outputsOfBusiestTile <= Double(perTile))
          #expect(
            counts.conversions[0].outputs
              <= Double(model.converterCount(of: counts) * model.columnsPerConverter))
        }
      }
    }
  }

  @Test("activations are counted: one per output, five per unit and step of an LSTM")
  func activations() throws {
    let design = CrossbarDesign(device: try DeviceLibrary.load("ideal"))
    func counts(_ network: Network, _ ramps: GateRamps? = nil) -> [ReadCounts] {
      let mapped = MappedNetwork(network, design: design, gateRamps: ramps)
      return mapped.readCounts(chip: mapped.chip(key: StreamKey(seed: 1)), readTime: 1e-7)
    }
    #expect(counts(try Self.network(rows: 8, columns: 5)).map(\.activations) == [0])
    let rectified = try Self.network(rows: 8, columns: 5, rectified: true)
    #expect(counts(rectified).map(\.activations) == [5])
    let (steps, inputs, hidden) = (3, 4, 6)
    var builder = try NetworkBuilder(source: "test", name: "lstm", inputShape: [steps, inputs])
    let zeros = [Float](repeating: 0, count: 4 * hidden)
    let weights = RecurrentWeights(
      input: Chips.matrix(4 * hidden, inputs, seed: 1),
      hidden: Chips.matrix(4 * hidden, hidden, seed: 2),
      inputBias: zeros, hiddenBias: zeros)
    let value = try builder.recurrent(builder.input, .lstm, [weights], name: "lstm")
    let lstm = try builder.network(output: value)
    #expect(counts(lstm).map(\.activations) == [Double(steps * 5 * hidden)])
    #expect(counts(lstm)[0].conversions.isEmpty)
    // Ramps compute all of them: gates, then cell states.
    let ramps = try GateRamps(
      bits: 5, device: try DeviceLibrary.load("hfo2-1t1r"), writing: RampWriting())
    let converted = counts(lstm, ramps)[0]
    #expect(converted.activations == 0)
    #expect(converted.conversions.map(\.outputs) == [Double(4 * hidden), Double(hidden)])
    #expect(converted.conversionCount == Double(steps * 5 * hidden))
    // Cell states are sent as inputs of their own, once a step.
    #expect(converted.conversions.map(\.ownDrives) == [0, Double(steps)])
    #expect(converted.additions == 0)
  }

  /// A recurrent network of `cell` with 4 inputs and 6 units over 3 steps.
  private static func recurrent(
    _ cell: RecurrentCell, gates: Int, directions: Int = 1, state: Int? = nil
  ) throws -> Network {
    let (inputs, hidden) = (4, 6)
    var builder = try NetworkBuilder(source: "test", name: "r", inputShape: [3, inputs])
    let zeros = [Float](repeating: 0, count: gates * hidden)
    let all = (0..<directions).map { k in
      RecurrentWeights(
        input: Chips.matrix(gates * hidden, inputs, seed: 1),
        hidden: Chips.matrix(gates * hidden, state ?? hidden, seed: 2),
        inputBias: zeros, hiddenBias: zeros, isBackward: k > 0,
        projection: state.map { Chips.matrix($0, hidden, seed: 3) })
    }
    let value = try builder.recurrent(builder.input, cell, all, name: "r")
    return try builder.network(output: value)
  }

  @Test("ramps convert every function of a recurrent layer once, for every cell and direction")
  func recurrentConversions() throws {
    let design = CrossbarDesign(
      device: try DeviceLibrary.load("ideal"), input: InputConverter(coding: .pulseWidth, bits: 5),
      output: OutputConverter(bits: 5))
    let ramps = try GateRamps(bits: 5, device: nil, writing: RampWriting())
    let (hidden, steps, state) = (6, 3, 2)
    // Functions per unit and step, and conversions of linear converters: all outputs of the matrices.
    let cases: [(RecurrentCell, Int, Int, Int?, functions: Int, outputs: Int)] = [
      (.plain, 1, 1, nil, hidden, hidden), (.lstm, 4, 1, nil, 5 * hidden, 4 * hidden),
      (.lstm, 4, 2, nil, 10 * hidden, 8 * hidden),
      (.lstm, 4, 1, state, 5 * hidden + state, 4 * hidden + state),
      (.gru(resetsAfter: true), 3, 1, nil, 3 * hidden, 4 * hidden),
      (.gru(resetsAfter: false), 3, 1, nil, 3 * hidden, 3 * hidden),
    ]
    for (cell, gates, directions, state, functions, outputs) in cases {
      let network = try Self.recurrent(cell, gates: gates, directions: directions, state: state)
      let mapped = MappedNetwork(network, design: design, gateRamps: ramps)
      let chip = mapped.chip(key: StreamKey(seed: 1))
      let converted = mapped.readCounts(chip: chip, readTime: 1e-9)
      #expect(
        converted.reduce(0) { $0 + $1.conversionCount } == Double(steps * functions), "\(cell)")
      #expect(converted.allSatisfy { $0.activations == 0 })
      let same = mapped.readCounts(chip: chip, readTime: 1e-9, converters: .ramps(bits: 5))
      #expect(same.map(\.conversions) == converted.map(\.conversions))
      let linear = mapped.readCounts(chip: chip, readTime: 1e-9, converters: .linear(bits: 7))
      #expect(linear.reduce(0) { $0 + $1.conversionCount } == Double(steps * outputs), "\(cell)")
      #expect(linear.allSatisfy { $0.conversions.allSatisfy { $0.bits == 7 && $0.ownDrives == 0 } })
      #expect(linear.allSatisfy { $0.drive == .pulseWidth(bits: 7) })
      // The projection has no function.
      #expect(
        linear.reduce(0) { $0 + $1.activations } == Double(steps * (functions - (state ?? 0))))
      #expect(network.recurrentWork.count == network.sites.count)
    }
  }

  @Test("weights and inputs that are clipped are counted")
  func clipping() throws {
    var builder = try NetworkBuilder(source: "test", name: "clip", inputShape: [4])
    let weights = Matrix<Float>(
      rowCount: 4, columnCount: 2, elements: [1, -2, 3, -4, 0.5, 0.25, 10, -20])
    let value = try builder.dense(builder.input, weights: weights, bias: nil, name: "fc")
    let network = try builder.network(output: value)
    let design = CrossbarDesign(
      device: try DeviceLibrary.load("ideal"), clipping: .deviations(0.5),
      input: InputConverter(bits: 8, range: .fixed(1)))
    let mapped = MappedNetwork(network, design: design)
    let limit = Float(mapped.matrices[0].report.weightLimit)
    let larger = weights.elements.filter { abs($0) > limit }.count
    #expect(larger > 0 && mapped.matrices[0].saturatedWeights == larger)
    let chip = mapped.chip(key: StreamKey(seed: 1))
    let x = Tensor(shape: [2, 4], elements: [0.5, 1, -1, 1.5, -3, 0, 2, 0.1])
    _ = try network.evaluate(x, engine: chip)
    #expect(chip.clippedInputShare(site: 0) == 3.0 / 8)
    let all = MappedNetwork(network, design: CrossbarDesign(device: design.device))
    #expect(all.matrices[0].saturatedWeights == 0)
  }
}

extension WeightMapping {
  fileprivate var hasTwoCells: Bool {
    switch self {
    case .differentialPair, .bitSliced(_, _, .differential): true
    default: false
    }
  }
}
