import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra
import PhysicalUnits
import Randomness
import Testing

/// Reads of floating bit lines: against Σ G·V / Σ G, solved circuits, and laws.
@Suite struct FloatingReadTests {
  static let x = Chips.matrix(5, 19, seed: 8)

  static func read(
    _ chip: CrossbarArray, _ x: Matrix<Float> = x, key: StreamKey = StreamKey(seed: 4),
    first: Int = 0
  ) throws -> FloatingVoltages {
    try x.elements.withUnsafeBufferPointer {
      try chip.readFloating($0, vectors: x.rowCount, key: key, first: first)
    }
  }

  private static func wires(_ ohms: Double) -> UniformWires {
    UniformWires(
      wordSegment: Ohms(ohms), bitSegment: Ohms(ohms), source: Ohms(2 * ohms), sense: Ohms(ohms))
  }

  /// Σ G·V / Σ G of all columns of one slice, from the cells of all blocks.
  private static func wanted(
    _ chip: CrossbarArray, _ x: Matrix<Float>, slice: Int, positive: Bool
  ) -> Matrix<Float> {
    let mapped = chip.mapped
    let volts = mapped.design.device.readVoltage.value
    var result = Matrix<Float>(rowCount: x.rowCount, columnCount: mapped.outputCount)
    for v in 0..<x.rowCount {
      for j in 0..<mapped.outputCount {
        var (sum, all) = (0.0, 0.0)
        for (b, block) in mapped.blocks.enumerated() where block.place.columns.contains(j) {
          let cells = chip.conductances(block: b, slice: slice)
          let g = positive ? cells.positive : cells.negative
          let lines = g.count / block.place.rows.count
          var line = j - block.place.columns.lowerBound
          if lines != block.place.columns.count {
            line = mapped.layout.tiles(of: block.place).firstIndex { $0.contains(j) }!
          }
          for (r, i) in block.place.rows.enumerated() {
            let cell = Double(g[r * lines + line])
            sum += cell * Double(x[v, i]) * volts
            all += cell
          }
        }
        result[v, j] = Float(sum / all)
      }
    }
    return result
  }

  @Test(
    "every scheme, tiled, reads the means of the inputs weighted by its cells",
    arguments: WeightMapping.schemes)
  func closedForm(name: String) throws {
    let mapping = WeightMapping(scheme: name)
    let chip = try TransposedReadTests.chip(mapping) {
      $0.device.stuck = StuckCells(
        onFraction: 0.05, offFraction: 0.05, onConductance: $0.device.window.maximum,
        offConductance: $0.device.window.minimum)
    }
    let found = try Self.read(chip)
    #expect(found.slices.count == mapping.sliceCount)
    for (s, slice) in found.slices.enumerated() {
      let up = Self.wanted(chip, Self.x, slice: s, positive: true)
      #expect(Chips.distance(slice.positive, up) < 2e-6)
      if !slice.negative.elements.isEmpty {
        let down = Self.wanted(chip, Self.x, slice: s, positive: false)
        #expect(Chips.distance(slice.negative, down) < 2e-6)
      }
    }
  }

  @Test(
    "with wires and nonlinear cells the voltages are those of the solved circuit",
    arguments: [ConductionLaw.ohmic, .sinh(steepness: 3)])
  func circuit(law: ConductionLaw) throws {
    let chip = try TransposedReadTests.chip(.differentialPair(.twoSided)) {
      $0.tile = TileShape(rows: 19, columns: 22)
      $0.wires = Self.wires(40)
      $0.device.conduction = law
    }
    let cells = chip.conductances(block: 0, slice: 0)
    var g = Matrix<Double>(rowCount: 19, columnCount: 22)
    for i in 0..<19 {
      for j in 0..<11 {
        g[i, 2 * j] = Double(cells.positive[i * 11 + j])
        g[i, 2 * j + 1] = Double(cells.negative[i * 11 + j])
      }
    }
    let circuit = ArrayCircuit(
      try WiredArray(conductances: g, wires: Self.wires(40)), law: CellLaw(law))
    let found = try Self.read(chip).slices[0]
    let volts = chip.mapped.design.device.readVoltage.value
    var (up, down) = (found.positive, found.negative)
    for v in 0..<5 {
      let inputs = (0..<19).map { Double(Self.x[v, $0]) * volts }
      let lines = try circuit.solve(.floatingRead(inputs, columns: 22)).bitTerminalVoltages
      for j in 0..<11 {
        (up[v, j], down[v, j]) = (Float(lines[2 * j]), Float(lines[2 * j + 1]))
      }
    }
    #expect(Chips.distance(found.positive, up) < 1e-6)
    #expect(Chips.distance(found.negative, down) < 1e-6)
    #expect(
      Chips.distance(found.positive, Self.wanted(chip, Self.x, slice: 0, positive: true)) > 1e-3)
  }

  @Test("as the wires of a divided matrix become ideal its voltages become the weighted means")
  func limit() throws {
    func error(_ ohms: Double) throws -> Float {
      let chip = try TransposedReadTests.chip(.offset(.referenceColumn)) {
        $0.wires = Self.wires(ohms)
      }
      let found = try Self.read(chip).slices[0]
      return max(
        Chips.distance(found.positive, Self.wanted(chip, Self.x, slice: 0, positive: true)),
        Chips.distance(found.negative, Self.wanted(chip, Self.x, slice: 0, positive: false)))
    }
    let errors = try [10.0, 1, 0].map(error)
    #expect(errors[0] > 1e-4 && abs(errors[0] / errors[1] - 10) < 1 && errors[2] < 2e-6)
  }

  @Test("floating and transposed reads are reciprocal: Σ d·S·u = Σ x·(transposed read of d)")
  func reciprocity() throws {
    let chip = try TransposedReadTests.chip(.differentialPair())
    let found = try Self.read(chip).slices[0]
    let back = TransposedReadTests.read(chip)
    let volts = Double(chip.mapped.design.device.readVoltage.value)
    for v in 0..<5 {
      var (there, size) = (0.0, 0.0)
      for (b, block) in chip.mapped.blocks.enumerated() {
        let cells = chip.conductances(block: b, slice: 0)
        for j in 0..<11 {
          let weight =
            Double(TransposedReadTests.errors[v * 11 + j] * block.weightPerSiemens[j]) / volts
          for r in 0..<block.place.rows.count {
            let up = Double(cells.positive[r * 11 + j] * found.positive[v, j])
            let down = Double(cells.negative[r * 11 + j] * found.negative[v, j])
            there += weight * (up - down)
            size += abs(weight) * (abs(up) + abs(down))
          }
        }
      }
      let here = (0..<19).reduce(0.0) { $0 + Double(Self.x[v, $1] * back[v * 19 + $1]) }
      #expect(abs(there - here) < 1e-5 * size)
    }
  }

  @Test("reciprocity of the transfer with wires: volts per volt are amperes per ampere backwards")
  func transfer() throws {
    let g = Matrix(
      rowCount: 6, columnCount: 4,
      elements: (0..<24).map { 1e-5 * (1 + Double($0 * 7 % 11)) })
    let array = ArrayCircuit(try WiredArray(conductances: g, wires: Self.wires(300)))
    let transfer = try FloatingColumns([array]).transfer()[0]
    for i in 0..<6 {
      let inputs = (0..<6).map { $0 == i ? 1.0 : 0 }
      let lines = try array.solve(.floatingRead(inputs, columns: 4)).bitTerminalVoltages
      for j in 0..<4 { #expect(abs(lines[j] - transfer[i, j]) < 1e-10) }
    }
    // Inputs of 1 V everywhere lift every line to 1 V.
    for j in 0..<4 {
      #expect(abs((0..<6).reduce(0) { $0 + transfer[$1, j] } - 1) < 1e-10)
    }
  }

  @Test(
    "read noise has the variance of Σ σ²·(V − u)²/(Σ G)², folded and cell by cell",
    arguments: [false, true])
  func noise(isCellByCell: Bool) throws {
    let sigma = 4e-7
    let chip = try TransposedReadTests.chip(.offset(.digital)) {
      $0.readNoise = true
      $0.device.readNoise = .polynomial([sigma], reference: 1e-6)
      $0.tile = TileShape(rows: 10, columns: 32)
      // Wires of 0 Ω take the way of the circuit, in which every cell has its own noise.
      if isCellByCell { $0.wires = Self.wires(0) }
    }
    let x = Matrix(rowCount: 1, columnCount: 19, elements: Array(Self.x.elements[..<19]))
    let wanted = Self.wanted(chip, x, slice: 0, positive: true)
    let volts = chip.mapped.design.device.readVoltage.value
    let count = isCellByCell ? 2000 : 4000
    var squares = [Double](repeating: 0, count: 11)
    let reader = try chip.floatingReader()
    for k in 0..<count {
      let read = try x.elements.withUnsafeBufferPointer {
        try reader.read($0, vectors: 1, key: StreamKey(seed: 6), first: k)
      }
      for j in 0..<11 {
        let e = Double(read.slices[0].positive[0, j] - wanted[0, j])
        squares[j] += e * e / Double(count)
      }
    }
    var ratio = 0.0
    for j in 0..<11 {
      var (sum, variance) = (0.0, 0.0)
      for (b, block) in chip.mapped.blocks.enumerated() {
        let cells = chip.conductances(block: b, slice: 0).positive
        for (r, i) in block.place.rows.enumerated() {
          sum += Double(cells[r * 11 + j])
          let across = Double(x[0, i]) * volts - Double(wanted[0, j])
          variance += sigma * sigma * across * across
        }
      }
      ratio += squares[j] / (variance / (sum * sum)) / 11
    }
    // 22,000 draws or more: five standard deviations of their variance are 5 %.
    #expect(abs(ratio - 1) < 0.05)
  }

  @Test(
    "vectors may be read in any parts, and drift that is the same for all cells changes nothing")
  func parts() throws {
    var chip = try TransposedReadTests.chip(.differentialPair()) {
      $0.readNoise = true
      $0.device.readNoise = .polynomial([0, 0.02], reference: 1)
    }
    let all = try Self.read(chip).slices[0].differences
    let last = Matrix(rowCount: 2, columnCount: 19, elements: Array(Self.x.elements[57...]))
    let part = try Self.read(chip, last, first: 3).slices[0].differences
    let end = Matrix(rowCount: 2, columnCount: 11, elements: Array(all.elements[33...]))
    #expect(Chips.distance(part, end) < 1e-6)

    chip = try TransposedReadTests.chip(.differentialPair()) {
      var drift = try #require(try DeviceLibrary.load("pcm").drift)
      (drift.mean.slope, drift.mean.intercept, drift.mean.minimum) = (0, 0.05, 0)
      (drift.deviation.slope, drift.deviation.intercept, drift.deviation.minimum) = (0, 0, 0)
      $0.device.drift = drift
    }
    let before = try Self.read(chip).slices[0].differences
    let sum = chip.effectiveWeights().elements.reduce(0) { $0 + abs($1) }
    chip.setTime(Seconds(1e5))
    #expect(chip.effectiveWeights().elements.reduce(0) { $0 + abs($1) } < 0.7 * sum)
    #expect(Chips.distance(try Self.read(chip).slices[0].differences, before) < 1e-5)
  }

  @Test("converters give multiples of their step up to the read voltage")
  func converters() throws {
    let chip = try TransposedReadTests.chip(.differentialPair()) {
      $0.input = InputConverter(bits: 8)
      $0.output = OutputConverter(bits: 5)
    }
    let found = try Self.read(chip)
    let volts = Float(chip.mapped.design.device.readVoltage.value)
    #expect(found.clipped == 0)
    let isCode = found.slices[0].positive.elements.allSatisfy {
      abs($0 / volts * 15 - ($0 / volts * 15).rounded()) < 1e-4 && abs($0) <= volts
    }
    #expect(isCode)
    for v in 0..<5 {
      let largest = (0..<19).reduce(Float(0)) { max($0, abs(Self.x[v, $1])) }
      #expect(found.inputScales[v] == largest)
      var scaled = Matrix(
        rowCount: 1, columnCount: 19, elements: (0..<19).map { Self.x[v, $0] / largest })
      for k in 0..<19 { scaled.elements[k] = (scaled.elements[k] * 127).rounded() / 127 }
      let exact = Self.wanted(chip, scaled, slice: 0, positive: true)
      for j in 0..<11 {
        #expect(abs(found.slices[0].positive[v, j] - exact[0, j]) < 0.5001 * volts / 15)
      }
    }
  }
}
