import DeviceModels
import LinearAlgebra
import Networks
import PhysicalUnits
import Randomness
import TestSupport
import Testing
import Training

@Suite struct ColumnNoiseTests {
  static func device(deviation: String) throws -> DeviceModel {
    try testDevice(
      """
      write-error: {distribution: gaussian, polynomial: [2 uS], reference: 100 uS}
      read-noise: {law: constant, deviation: \(deviation)}
      """)
  }

  static func settings(bits: Int?) throws -> HardwareSettings {
    var settings = HardwareSettings()
    settings.device = try device(deviation: "3 uS")
    settings.writeErrors = false
    settings.inputBits = bits
    settings.rows = 30
    return settings
  }

  static func outputs(
    _ product: inout DigitalSite, _ x: Matrix<Float>, samples: Int, key: Int = 0,
    renewal: TrainingPass.Renewal = .exact
  ) -> [Float] {
    var z = [Float](repeating: 0, count: samples * product.outputs)
    product.begin(
      TrainingPass(key: StreamKey(seed: 5).child(key), isTraining: true, renewal: renewal),
      samples: samples)
    product.forward(x.elements, samples: samples, into: &z)
    return z
  }

  static let weights = WiredTrainingTests.weights(50, 20)
  static let x = Matrix(
    rowCount: 40, columnCount: 50, elements: Noise.normal(2000, StreamKey(seed: 6)))

  @Test("cells that are written exactly and read without noise hold the digital weights")
  func exact() throws {
    var settings = try Self.settings(bits: nil)
    settings.readNoise = false
    var (digital, chip) = (
      DigitalSite(Self.weights), DigitalSite(Self.weights).on(settings)
    )
    #expect(
      Self.outputs(&digital, Self.x, samples: 40) == Self.outputs(&chip, Self.x, samples: 40))
  }

  @Test("reads scatter by the noise of both cells of each pair", arguments: [10, 40])
  func variance(samples: Int) throws {
    let settings = try Self.settings(bits: 8)
    var product = DigitalSite(Self.weights).on(settings)
    var quiet = settings
    quiet.readNoise = false
    var still = DigitalSite(Self.weights).on(quiet)
    let mean = Self.outputs(&still, Self.x, samples: samples)
    let largest = Double(Self.weights.elements.map(abs).max()!)
    let perWeight = 99e-6 / largest
    let reads = 300
    var (sum, count) = (0.0, 0.0)
    for k in 0..<reads {
      let z = Self.outputs(&product, Self.x, samples: samples, key: k)
      for s in 0..<samples {
        let squares = (0..<50).reduce(0.0) { $0 + Double(Self.x[s, $1] * Self.x[s, $1]) }
        // Two cells of 3 uS each.
        let variance = squares * 2 * (3e-6 / perWeight) * (3e-6 / perWeight)
        for j in 0..<20 {
          let d = Double(z[s * 20 + j] - mean[s * 20 + j])
          sum += d * d / variance
          count += 1
        }
      }
    }
    // Codes of 8 bits move Σ x² of each sample by up to a percent or so.
    let spread = (2 / count).squareRoot()
    #expect(abs(sum / count - 1) < 4 * spread + 0.005)
  }

  @Test("sums in whole numbers are those in floats")
  func wholeNumbers() throws {
    let settings = try Self.settings(bits: 8)
    var many = DigitalSite(Self.weights).on(settings)
    var few = many
    let a = Self.outputs(&many, Self.x, samples: 40)
    let b = Self.outputs(&few, Self.x, samples: 31)
    #expect(WiredTrainingTests.distance(Array(a[..<b.count]), b) < 1e-5)
  }

  @Test("variances that stay are those of the weights when they were found")
  func stays() throws {
    var settings = try Self.settings(bits: nil)
    settings.device = try testDevice(
      "read-noise: {law: proportional, relative-deviation: 0.1}",
      window: "{minimum: 0 S, maximum: 100 uS}")
    var product = DigitalSite(Self.weights).on(settings)
    let first = Self.outputs(&product, Self.x, samples: 40)
    let largest = product.weights.values.map(abs).max()!
    for i in product.weights.values.indices where abs(product.weights.values[i]) < largest {
      product.weights.values[i] = 0
    }
    let kept = Self.outputs(&product, Self.x, samples: 40, renewal: .none)
    let renewed = Self.outputs(&product, Self.x, samples: 40, renewal: .variances)
    func noise(_ z: [Float], _ weights: [Float]) -> [Float] {
      var digital = DigitalSite(Matrix(rowCount: 50, columnCount: 20, elements: weights))
      return zip(z, Self.outputs(&digital, Self.x, samples: 40)).map { $0 - $1 }
    }
    let old = noise(first, Self.weights.elements)
    #expect(WiredTrainingTests.distance(noise(kept, product.weights.values), old) < 1e-4)
    // One column keeps one noisy cell; all others are silent.
    let silent = noise(renewed, product.weights.values).filter { abs($0) < 1e-6 }.count
    #expect(silent >= 40 * 19)
  }

  @Test(
    "Johnson noise of training has no input in it, shot noise its magnitude",
    arguments: ["johnson", "shot"], [nil, 8] as [Int?])
  func current(source: String, bits: Int?) throws {
    var settings = try Self.settings(bits: bits)
    settings.device = try testDevice(
      "read-noise: {electrical: {sources: \(source), bandwidth: 1 GHz, voltage: 0.2 V}}")
    settings.inputRange = .fixed(4)
    var quiet = settings
    quiet.readNoise = false
    var (product, still) = (
      DigitalSite(Self.weights).on(settings), DigitalSite(Self.weights).on(quiet)
    )
    // A sample of zeros, and one whose inputs are codes of the range.
    var x = Matrix<Float>(rowCount: 40, columnCount: 50)
    for s in 20..<40 { for i in 0..<50 { x[s, i] = Float(i % 3 - 1) * 4 } }
    let mean = Self.outputs(&still, x, samples: 40)
    let largest = Double(Self.weights.elements.map(abs).max()!)
    let perWeight = 99e-6 / largest
    var sums = [Double](repeating: 0, count: 2)
    let reads = 300
    for k in 0..<reads {
      let z = Self.outputs(&product, x, samples: 40, key: k)
      for place in z.indices {
        sums[place / (20 * 20)] += Double((z[place] - mean[place]) * (z[place] - mean[place]))
      }
    }
    // Both cells of each weight, over all columns.
    let g = (0..<50).map { i in
      (0..<20).reduce(0.0) { $0 + 2e-6 + perWeight * Double(abs(Self.weights[i, $1])) }
    }
    let thermal = source == "johnson" ? 4 * 1.380649e-23 * 300 * 1e9 / 0.04 : 0
    let shot = source == "shot" ? 2 * 1.602176634e-19 * 1e9 / 0.2 : 0
    for half in 0..<2 {
      let wanted = g.indices.reduce(0.0) { sum, i in
        let share = half == 0 || i % 3 == 1 ? 0.0 : 1.0
        return sum + g[i] * (thermal + shot * share) * 16 / (perWeight * perWeight)
      }
      let found = sums[half] / Double(reads * 20)
      if wanted == 0 {
        #expect(found == 0)
      } else {
        #expect(abs(found / wanted - 1) < 0.03)
      }
    }
  }
}
