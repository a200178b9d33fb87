import Circuits
import DeviceModels
import InputOutput
import PhysicalUnits
import Randomness
import Testing

@Suite("Ramp converter")
struct RampTests {
  static let window = ConductanceWindow(minimum: Siemens(0), maximum: Siemens(150e-6))

  static func design(
    _ name: String, _ bits: Int, _ convention: RampThresholds.Convention = .floor
  ) throws -> RampDesign {
    let thresholds = try RampThresholds(.named(name), bits: bits, convention: convention)
    return try RampDesign(thresholds, window: window)
  }

  @Test("the steps of a 5-bit sigmoid are the published ramp vector")
  func goldenVector() throws {
    let half = [
      150, 90.8, 66.7, 53.6, 45.5, 40.0, 36.0, 33.1, 31.0, 29.3, 28.1, 27.1, 26.5, 26.1, 25.9,
    ]
    let design = try Self.design("sigmoid", 5)
    #expect(design.stepConductances.count == 30)
    for (g, expected) in zip(design.stepConductances, half + half.reversed()) {
      #expect(abs(g * 1e6 - expected) <= 0.0501)
    }
    let thresholds = [
      3.434, 2.7081, 2.2687, 1.9459, 1.6864, 1.4663, 1.273, 1.0986, 0.9383, 0.7885, 0.6466, 0.5108,
      0.3795, 0.2513, 0.1252,
    ]
    let expected = thresholds.map { -$0 } + [0] + thresholds.reversed()
    for (t, e) in zip(design.thresholds.inputs, expected) { #expect(abs(t - e) <= 5.1e-5) }
  }

  struct StepRow: Sendable, CustomTestStringConvertible {
    let name: String, bits: Int, first: Double, last: Double
    let floorRatio: Double, floorSmallest: Double, treadRatio: Double, treadSmallest: Double
    var testDescription: String { "\(name), \(bits) bits" }
  }

  // Largest to smallest step and smallest conductance in µS, largest step 150 µS: the step table of
  // the reproduction notes on Yang et al. (doi 10.1038/s41467-025-56254-6), computed independently.
  static let stepTable: [StepRow] = [
    ("sigmoid", 3, -1.946, 1.946, 1.66, 90.4, 2.15, 69.7),
    ("sigmoid", 4, -2.708, 2.708, 3.03, 49.5, 4.36, 34.4),
    ("sigmoid", 5, -3.434, 3.434, 5.80, 25.9, 8.76, 17.1),
    ("tanh", 5, -1.717, 1.717, 5.80, 25.9, 8.76, 17.1),
    ("softplus", 5, -2.016, 3.854, 5.93, 25.3, 8.84, 17.0),
    ("softsign", 5, -3.0, 3.0, 12.7, 11.8, 15.1, 9.9),
    ("elu", 5, -2.079, 2.875, 5.55, 27.1, 8.51, 17.6),
    ("selu", 5, -2.470, 2.714, 7.27, 20.6, 11.7, 12.8),
  ].map {
    StepRow(
      name: $0.0, bits: $0.1, first: $0.2, last: $0.3, floorRatio: $0.4, floorSmallest: $0.5,
      treadRatio: $0.6, treadSmallest: $0.7)
  }

  @Test("both conventions give the published step table", arguments: stepTable)
  func steps(row: StepRow) throws {
    let floor = try Self.design(row.name, row.bits)
    let tread = try Self.design(row.name, row.bits, .midTread)
    #expect(abs(floor.thresholds.inputs[0] - row.first) <= 6e-4)
    #expect(abs(floor.thresholds.inputs.last! - row.last) <= 6e-4)
    for (design, ratio, smallest) in [
      (floor, row.floorRatio, row.floorSmallest), (tread, row.treadRatio, row.treadSmallest),
    ] {
      let g = design.stepConductances
      // The last digit given.
      #expect(abs(g.max()! / g.min()! - ratio) <= (ratio > 10 ? 0.051 : 0.0051))
      #expect(abs(g.min()! * 1e6 - smallest) <= 0.051)
    }
  }

  @Test("the inverse undoes the function")
  func registry() throws {
    for name in ActivationFunction.names {
      let f = try ActivationFunction.named(name)
      let t = try RampThresholds(f, bits: 5)
      for (x, y) in zip(t.inputs, t.values) {
        #expect(abs(f.value(x) - y) <= 1e-12 * max(1, abs(y)), "\(name) at \(x)")
      }
    }
  }

  @Test("steps that do not fit the window are refused with the reason")
  func refusal() throws {
    let thresholds = try RampThresholds(.sigmoid, bits: 5)
    let narrow = ConductanceWindow(minimum: Siemens(100e-6), maximum: Siemens(150e-6))
    #expect(throws: InputError.self) { try RampDesign(thresholds, window: narrow) }
    // A step of several cells reaches further: with 200 cells the same window serves.
    let wide = try RampDesign(thresholds, window: narrow, cellsAvailable: 200)
    for (g, n) in zip(wide.stepConductances, wide.cellCounts) {
      #expect(g / Double(n) >= 100e-6 * (1 - 1e-12) && g / Double(n) <= 150e-6 * (1 + 1e-12))
    }
  }

  @Test("a decreasing function gives falling outputs over rising thresholds")
  func decreasing() throws {
    let f = ActivationFunction(
      name: "mirror", outputRange: 0...1, isIncreasing: false, value: { 1 - $0 },
      inverse: { 1 - $0 })
    let t = try RampThresholds(f, bits: 3)
    #expect(t.code(-5) == 0 && t.code(5) == 7)
    for x in stride(from: 0.01, to: 1, by: 0.013) {
      #expect(abs(t.outputs[t.code(x)] - (1 - x)) <= t.leastBit / 2 + 1e-12)
    }
  }
}
