import Circuits
import DeviceModels
import PhysicalUnits
import Randomness
import Testing

@Suite("Ramp converter: programming error")
struct RampErrorTests {
  struct ErrorRow: Sendable {
    let bits: Int, sigma: Double, convention: RampThresholds.Convention, stuck: Double
    let mean: [Double], largest: [Double], differential: Double?
  }

  // Monte Carlo of 20,000 columns by an independent program (NumPy), Gaussian error, G_max 150 µS:
  // no calibration, one point, mean shift.
  static let table: [ErrorRow] = [
    ErrorRow(
      bits: 3, sigma: 2.67, convention: .floor, stuck: 0, mean: [0.029, 0.019, 0.018],
      largest: [0.060, 0.043, 0.035], differential: 0.043),
    ErrorRow(
      bits: 4, sigma: 2.67, convention: .floor, stuck: 0, mean: [0.077, 0.048, 0.043],
      largest: [0.175, 0.120, 0.103], differential: 0.093),
    ErrorRow(
      bits: 5, sigma: 2.67, convention: .floor, stuck: 0, mean: [0.213, 0.128, 0.115],
      largest: [0.508, 0.342, 0.302], differential: 0.204),
    ErrorRow(
      bits: 5, sigma: 5, convention: .floor, stuck: 0, mean: [0.397, 0.241, 0.214],
      largest: [0.948, 0.644, 0.564], differential: 0.381),
    ErrorRow(
      bits: 5, sigma: 2.67, convention: .midTread, stuck: 0, mean: [0.310, 0.186, 0.166],
      largest: [0.755, 0.509, 0.450], differential: nil),
    ErrorRow(
      bits: 5, sigma: 2.67, convention: .floor, stuck: 0.01, mean: [0.368, 0.170, 0.168],
      largest: [0.809, 0.536, 0.443], differential: nil),
  ]

  @Test("20,000 columns have the published errors within 5 %", arguments: table)
  func monteCarlo(row: ErrorRow) throws {
    var device = try DeviceLibrary.load("hfo2-1t1r-gaussian")
    device.writeError.deviation = [row.sigma * 1e-6]
    device.stuck.offFraction = row.stuck
    let thresholds = try RampThresholds(.sigmoid, bits: row.bits, convention: row.convention)
    let design = try RampDesign(thresholds, window: device.window)
    let modes: [RampCalibration] = [.none, .onePoint, .meanShift]
    for (k, mode) in modes.enumerated() {
      let columns = RampColumns(
        design, device: device, count: 20_000, key: StreamKey(seed: 5), calibration: mode)
      var (mean, largest, differential) = (0.0, 0.0, 0.0)
      let width = columns.thresholds.columnCount
      for i in 0..<20_000 {
        let errors = RampLinearity(
          columns.thresholds.elements[i * width..<(i + 1) * width], of: thresholds, .sigmoid)
        let sum = errors.integral.reduce(0) { $0 + abs($1) }
        mean += sum / Double(errors.integral.count) / 20_000
        largest += errors.largestIntegral / 20_000
        differential += errors.largestDifferential / 20_000
      }
      // Half of the last digit given, beside the 5 %: it is 3 % of the smallest figures.
      #expect(abs(mean - row.mean[k]) <= 0.05 * row.mean[k] + 5e-4)
      #expect(abs(largest - row.largest[k]) <= 0.05 * row.largest[k] + 5e-4)
      if let expected = row.differential, mode == .none {
        #expect(abs(differential - expected) <= 0.05 * expected + 5e-4)
      }
    }
  }
}
