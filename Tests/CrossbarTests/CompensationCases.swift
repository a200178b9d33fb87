import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra
import PhysicalUnits
import Randomness
import Testing

/// Drift with its compensation, and biases on a row of the crossbar.
@Suite struct CompensationCases {
  /// A device all of whose cells drift alike.
  private static func drifting() throws -> DeviceModel {
    try DeviceFile(
      text: """
        title: t
        source: s
        validity: v
        read-voltage: 0.2 V
        conductance-window: {minimum: 10 uS, maximum: 100 uS}
        drift: {origin: 20 s, exponent: 0.06}
        """, name: "alike"
    ).programming!
  }

  static let mappings: [WeightMapping] = [
    .differentialPair(.oneSided), .differentialPair(.twoSided), .offset(.digital),
    .offset(.referenceColumn), .bitSliced(weightBits: 8, bitsPerCell: 2, pairing: .differential),
    .bitSliced(weightBits: 8, bitsPerCell: 2, pairing: .offset),
    .bitSliced(weightBits: 8, bitsPerCell: 2, pairing: .referenceColumn),
  ]

  @Test(
    "where all cells drift alike a compensated read is the read as written",
    arguments: mappings.indices, [CrossbarDesign.DriftCompensation.global, .column])
  func alike(index: Int, compensation: CrossbarDesign.DriftCompensation) throws {
    for output in [nil, OutputConverter(bits: 14, range: .maximum)] {
      let design = CrossbarDesign(
        device: try Self.drifting(), mapping: Self.mappings[index], output: output,
        readNoise: false, driftCompensation: compensation)
      var mapped = MappedMatrix(
        weights: Chips.matrix(40, 9, seed: 2), bias: Chips.matrix(1, 9, seed: 3).elements,
        design: design)
      let x = Chips.matrix(30, 40, seed: 5)
      mapped.calibrate(on: x)
      let written = Chips.read(CrossbarArray(mapped, key: StreamKey(seed: 4)), x)
      var chip = CrossbarArray(mapped, key: StreamKey(seed: 4))
      chip.setTime(Seconds(3e7))
      // Smaller currents meet the converter's steps at other places.
      let tolerance: Float = output == nil ? 2e-5 : 4e-3
      #expect(Chips.distance(Chips.read(chip, x), written) < tolerance)
      if output == nil {
        #expect(Chips.distance(chip.effectiveWeights(), mappedWeights(mapped)) < 2e-5)
      }
    }
  }

  private func mappedWeights(_ mapped: MappedMatrix) -> Matrix<Float> {
    CrossbarArray(mapped, key: StreamKey(seed: 4)).effectiveWeights()
  }

  @Test("a chip that is set to another time is that of this time alone")
  func times() throws {
    let design = CrossbarDesign(
      device: try DeviceLibrary.load("pcm"), mapping: .offset(.digital), readNoise: false,
      driftCompensation: .column)
    let mapped = MappedMatrix(weights: Chips.matrix(30, 8, seed: 1), bias: nil, design: design)
    let x = Chips.matrix(20, 30, seed: 5)
    var once = CrossbarArray(mapped, key: StreamKey(seed: 4))
    var twice = once
    once.setTime(Seconds(1e6))
    twice.setTime(Seconds(3e7))
    twice.setTime(Seconds(1e6))
    #expect(Chips.read(once, x).elements == Chips.read(twice, x).elements)
  }

  @Test(
    "a bias on a row is the digital bias, for large and for small inputs",
    arguments: [0.01, 0.3, 1, 20] as [Float])
  func bias(size: Float) throws {
    let x = Matrix<Float>(
      rowCount: 20, columnCount: 12,
      elements: Chips.matrix(20, 12, seed: 5).elements.map { abs($0) * size })
    let weights = Chips.matrix(12, 5, seed: 1)
    let bias = Chips.matrix(1, 5, seed: 2).elements
    let exact = product(x, weights)
    for range in [
      InputConverter.Range.absoluteMaximum, .maximum, .layerMaximum, .calibrated, .fixed(100),
    ] {
      let design = CrossbarDesign(
        device: try Chips.ideal, biasOnRow: true, input: InputConverter(bits: nil, range: range))
      var mapped = MappedMatrix(weights: weights, bias: bias, design: design)
      mapped.calibrate(on: x)
      let y = Chips.read(CrossbarArray(mapped, key: StreamKey(seed: 4)), x)
      var wanted = exact
      for v in 0..<20 { for j in 0..<5 { wanted[v, j] += bias[j] } }
      #expect(Chips.distance(y, wanted) < 1e-5, "\(range)")
    }
  }
}
