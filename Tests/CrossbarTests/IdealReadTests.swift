import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra
import PhysicalUnits
import Randomness
import Testing

/// What the tests of tiles share.
enum Chips {
  static var ideal: DeviceModel {
    get throws { try DeviceLibrary.load("ideal") }
  }

  static func matrix(_ rows: Int, _ columns: Int, seed: Int) -> Matrix<Float> {
    Matrix(
      rowCount: rows, columnCount: columns,
      elements: Noise.normal(rows * columns, StreamKey(seed: UInt64(seed)).child(rows)))
  }

  static func read(
    _ chip: CrossbarArray, _ x: Matrix<Float>, key: StreamKey = StreamKey(seed: 99)
  ) -> Matrix<Float> {
    var y = Matrix<Float>(rowCount: x.rowCount, columnCount: chip.mapped.outputCount)
    x.elements.withUnsafeBufferPointer { x in
      y.elements.withUnsafeMutableBufferPointer {
        _ = chip.multiply(x, vectors: y.rowCount, into: $0, key: key)
      }
    }
    return y
  }

  /// The largest |a − b| over the largest |b|.
  static func distance(_ a: Matrix<Float>, _ b: Matrix<Float>) -> Float {
    let size = b.elements.reduce(Float(1e-30)) { max($0, abs($1)) }
    return zip(a.elements, b.elements).reduce(0) { max($0, abs($1.0 - $1.1)) } / size
  }
}

@Suite struct IdealReadTests {
  static let mappings: [WeightMapping] = [
    .differentialPair(.oneSided), .differentialPair(.twoSided), .offset(.digital),
    .offset(.referenceColumn), .bitSliced(weightBits: 20, bitsPerCell: 4, pairing: .differential),
    .bitSliced(weightBits: 20, bitsPerCell: 8, pairing: .offset),
    .bitSliced(weightBits: 18, bitsPerCell: 1, pairing: .differential),
  ]

  @Test("all non-idealities off gives the digital product", arguments: mappings, 0..<6)
  func ideal(mapping: WeightMapping, seed: Int) throws {
    var stream = RandomStream(StreamKey(seed: UInt64(seed)).child("shape"))
    let (rows, columns) = (1 + stream.index(below: 90), 1 + stream.index(below: 60))
    let tile = TileShape(rows: 8 + stream.index(below: 60), columns: 42 + stream.index(below: 60))
    let scale = ScaleSharing.allCases[seed % 3]
    let inputs: [InputConverter?] = [
      nil, InputConverter(), InputConverter(coding: .pulseWidth, range: .absoluteMaximum),
    ]
    let w = Chips.matrix(rows, columns, seed: seed)
    let bias = Noise.normal(columns, StreamKey(seed: 7))
    let x = Chips.matrix(5, rows, seed: seed + 100)
    for input in inputs {
      for onRow in [false, true] where !(onRow && input != nil) {
        let design = CrossbarDesign(
          device: try Chips.ideal, mapping: mapping, tile: tile, scale: scale, biasOnRow: onRow,
          input: input)
        let mapped = MappedMatrix(weights: w, bias: bias, design: design)
        let chip = CrossbarArray(mapped, key: StreamKey(seed: 1))
        var exact = product(x, w)
        for v in 0..<5 { for j in 0..<columns { exact[v, j] += bias[j] } }
        #expect(Chips.distance(Chips.read(chip, x), exact) < 1e-4)
        #expect(Chips.distance(chip.effectiveWeights(), w) < 1e-4)
      }
    }
  }

  @Test("inputs that are sent bit by bit give the product of the rounded inputs", arguments: 0..<4)
  func bitSerial(seed: Int) throws {
    let w = Chips.matrix(40, 12, seed: seed)
    let x = Chips.matrix(6, 40, seed: seed + 50)
    let bits = 8
    func design(_ coding: InputConverter.Coding) throws -> CrossbarDesign {
      CrossbarDesign(
        device: try Chips.ideal, tile: TileShape(rows: 16, columns: 8),
        input: InputConverter(coding: coding, bits: bits))
    }
    let serial = try CrossbarArray(
      MappedMatrix(weights: w, bias: nil, design: design(.bitSerial)), key: StreamKey(seed: 1))
    let whole = try CrossbarArray(
      MappedMatrix(weights: w, bias: nil, design: design(.amplitude)), key: StreamKey(seed: 1))
    #expect(Chips.distance(Chips.read(serial, x), Chips.read(whole, x)) < 1e-5)
  }

  @Test("grouped matrices share tiles block by block", arguments: [1, 3, 8, 32])
  func groups(count: Int) throws {
    let (height, width) = (9, 2)
    var w = Matrix<Float>(rowCount: height * count, columnCount: width * count)
    let values = Noise.normal(w.elements.count, StreamKey(seed: 3))
    for g in 0..<count {
      for i in 0..<height {
        for j in 0..<width {
          w[g * height + i, g * width + j] = values[(g * height + i) * w.columnCount + j]
        }
      }
    }
    let design = CrossbarDesign(device: try Chips.ideal, tile: TileShape(rows: 32, columns: 16))
    let blocks = (0..<count).flatMap { g in
      w.block(
        rows: g * height..<(g + 1) * height, columns: g * width..<(g + 1) * width
      ).elements
    }
    let packed = Matrix(rowCount: height * count, columnCount: width, elements: blocks)
    let all = packed.diagonal(groups: count, rows: 0..<w.rowCount, columns: 0..<w.columnCount)
    #expect(all == w)
    let mapped = MappedMatrix(weights: packed, bias: nil, groups: count, design: design)
    // Three groups of 9 rows fit 32 word lines.
    #expect(mapped.report.tileCount == (count + 2) / 3)
    let chip = CrossbarArray(mapped, key: StreamKey(seed: 1))
    let x = Chips.matrix(4, w.rowCount, seed: 8)
    #expect(Chips.distance(Chips.read(chip, x), product(x, w)) < 1e-5)
  }

  @Test("the conductances of a mapping stay in the window and give the weights back")
  func window() throws {
    let w = Chips.matrix(30, 20, seed: 2)
    var device = try Chips.ideal
    device.window = ConductanceWindow(minimum: Siemens(2e-6), maximum: Siemens(60e-6))
    for mapping in Self.mappings {
      let design = CrossbarDesign(
        device: device, mapping: mapping, tile: TileShape(rows: 64, columns: 64), scale: .column)
      let mapped = MappedMatrix(weights: w, bias: nil, design: design)
      for block in mapped.blocks {
        for slice in block.slices {
          for g in slice.positive + slice.negative { #expect(g >= 1.999e-6 && g <= 60.001e-6) }
        }
      }
      let chip = CrossbarArray(mapped, key: StreamKey(seed: 1))
      #expect(Chips.distance(chip.effectiveWeights(), w) < 1e-4)
    }
  }
}
