import DeviceModels
import Foundation
import NumericalMethods
import Randomness
import Testing

/// The standard errors of a pulse-response fit against the scatter of repeated measurements.
@Suite struct PulseFitErrorTests {
  /// A law with the truth of what is fitted, and its noise.
  struct Case: Sendable, CustomTestStringConvertible {
    var law: any PulseLaw.Type
    var section: String
    var noise: String
    var truth: [String: Double]
    var testDescription: String { "\(law.law), \(noise)" }
  }

  static let linear = (
    LinearStep.self as any PulseLaw.Type,
    "law: linear-step\n  step: {size: 0.02, asymmetry: 0.25}\n"
      + "  parameters: {slope-up: 0.8, slope-down: 0.6}",
    ["slope-up": 0.8, "slope-down": 0.6, "step-up": 0.02, "step-down": 0.015]
  )
  static let alphaBeta = (
    AlphaBeta.self as any PulseLaw.Type,
    "law: alpha-beta\n  parameters: {alpha-up: 0.05, alpha-down: 0.04, beta-up: 3, beta-down: 2}",
    ["alpha-up": 0.05, "alpha-down": 0.04, "beta-up": 3, "beta-down": 2.0]
  )
  static let cases = [linear, alphaBeta].flatMap { law, section, truth in
    ["write: 0.01", "floor: 0.003", "floor: 0.003, write: 0.01"].map {
      Case(law: law, section: section, noise: $0, truth: truth)
    }
  }

  private static func fits(_ one: Case, count: Int) throws -> [PulseFit] {
    try (0..<count).map { seed in
      let data = try PulseFitTests.measured(
        one.section, noise: one.noise, pulses: 120, seed: UInt64(seed))
      return try PulseFit(
        one.law, to: data, guess: ["minimum": -1, "maximum": 1], held: ["minimum", "maximum"])
    }
  }

  @Test(
    "the 68 % interval contains the truth in 68 % of the fits, with noise of readings, of steps, and of both",
    arguments: cases)
  func coverage(_ one: Case) throws {
    let fits = try Self.fits(one, count: 250)
    var all = 0
    for (key, truth) in one.truth {
      let found = fits.compactMap { fit in fit.estimates.first { $0.key == key } }
      let hits = found.filter { abs($0.value - truth) <= $0.standardError }.count
      all += hits
      let scatter = SampleStatistics(found.map(\.value)).deviation
      let stated = found.reduce(0) { $0 + $1.standardError } / Double(found.count)
      #expect(
        (0.75...1.33).contains(stated / scatter), "\(key): \(stated) stated, \(scatter) found")
    }
    let part = Double(all) / Double(fits.count * one.truth.count)
    #expect((0.60...0.76).contains(part), "\(part) of the intervals")
  }

  @Test("the noise of steps and that of readings are those drawn, without bias")
  func separation() throws {
    let one = Case(
      law: Self.linear.0, section: Self.linear.1, noise: "floor: 0.003, write: 0.01", truth: [:])
    let fits = try Self.fits(one, count: 60)
    let cycle = SampleStatistics(fits.map(\.cycleDeviation)).mean
    let read = SampleStatistics(fits.map(\.readDeviation)).mean
    #expect(abs(cycle / 0.003 - 1) < 0.15, "\(cycle)")
    #expect(abs(read / 0.01 - 1) < 0.05, "\(read)")
  }

  @Test("errors shrink with the pulses as those of a random walk, not of independent residuals")
  func walk() throws {
    // A constant step s, read exactly: the n noisy steps are independent, and a least-squares line
    // through a random walk of n steps knows its slope to √(6/5n) of the noise of one.
    for pulses in [50, 200] {
      let data = try PulseFitTests.measured(
        "law: constant-step\n  step: {size: 0.002}", noise: "floor: 0.001", pulses: pulses, seed: 7)
      let fit = try PulseFit(
        ConstantStep.self, to: data, guess: ["minimum": -9, "maximum": 9],
        held: ["minimum", "maximum"])
      let estimate = try #require(fit.estimates.first { $0.key == "step-up" })
      let wanted = 0.001 * (1.2 / Double(pulses)).squareRoot()
      #expect(abs(estimate.standardError / wanted - 1) < 0.25, "\(estimate.standardError)")
    }
  }
}
