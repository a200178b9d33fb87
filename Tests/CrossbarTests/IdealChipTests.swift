import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra
import Networks
import Randomness
import Testing

/// With every non-ideality off a chip computes what the digital network does.
@Suite struct IdealChipTests {
  /// Pairs of both forms, both ways to take an offset off, and slices of 1 to 8 bits a cell with every
  /// pairing. 22 bits a weight leave 2.4e-7 of the largest one.
  static let mappings: [WeightMapping] =
    [
      .differentialPair(.oneSided), .differentialPair(.twoSided), .offset(.digital),
      .offset(.referenceColumn),
    ]
    + (1...8).flatMap { bits in
      WeightMapping.Pairing.allCases.map {
        .bitSliced(weightBits: 22, bitsPerCell: bits, pairing: $0)
      }
    }

  /// Every coding. Bits are sent one by one only of numbers that have some: 16, where a number is
  /// rounded by up to 1.5e-5 of the largest of its vector.
  static let inputs: [InputConverter?] = [
    nil, InputConverter(), InputConverter(coding: .pulseWidth),
    InputConverter(range: .calibrated), InputConverter(coding: .bitSerial, bits: 16),
    InputConverter(coding: .bitSerial, bits: 16, accumulation: .analog),
  ]

  @Test(
    "a random network on ideal chips gives its digital outputs, whatever the scheme, tile and coding",
    arguments: RandomNetworkKind.allCases, 0..<3 as Range<UInt64>)
  func outputs(kind: RandomNetworkKind, seed: UInt64) throws {
    let samples = 8
    let (network, x) = try kind.network(seed: seed, samples: samples)
    let digital = try network.evaluate(x, engine: DigitalEngine(network))
    let size = digital.elements.reduce(Float(0)) { max($0, abs($1)) }
    var stream = RandomStream(StreamKey(seed: seed).child("designs").child(kind.rawValue))
    let device = try DeviceLibrary.load("ideal")
    for mapping in Self.mappings {
      for (k, input) in Self.inputs.enumerated() {
        let needed = mapping.columnsPerWeight + mapping.referenceColumns
        let tile = TileShape(
          rows: 4 + stream.index(below: 120), columns: needed + stream.index(below: 150))
        let design = CrossbarDesign(
          device: device, mapping: mapping, tile: tile,
          scale: ScaleSharing.allCases[stream.index(below: 3)],
          biasOnRow: input == nil && stream.index(below: 2) == 1, input: input)
        var mapped = MappedNetwork(network, design: design)
        try mapped.calibrate(on: x)
        let analog = try network.evaluate(x, engine: mapped.chip(key: StreamKey(seed: 1)))
        let error = zip(analog.elements, digital.elements).reduce(Float(0)) {
          max($0, abs($1.0 - $1.1))
        }
        #expect(
          error <= 1e-4 * size, "\(mapping), tile \(tile.rows)x\(tile.columns), input \(k)")
      }
    }
  }
}
