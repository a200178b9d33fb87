import DeviceModels
import Foundation
import NumericalMethods
import PhysicalUnits
import Randomness
import StrictYAML
import Testing

/// Laws fitted to data that the same laws drew: the parameters come back within their errors.
@Suite struct MeasuredFitTests {
  static let head =
    "title: fitted\nsource: 'drawn for a test'\nvalidity: 'as drawn, not measured'\n"

  /// Whether the estimate under `key` is within five of its errors, and `part` of it, of `wanted`.
  static func check(_ fit: any DeviceFit, _ key: String, _ wanted: Double, within part: Double)
    throws
  {
    let estimate = try #require(fit.estimates.first { $0.key == key })
    #expect(estimate.standardError.isFinite && estimate.standardError > 0, "\(key)")
    #expect(
      abs(estimate.value - wanted) <= 5 * estimate.standardError + 1e-3 * abs(wanted),
      "\(key): \(estimate.value) ± \(estimate.standardError), \(wanted) drawn")
    #expect(abs(estimate.value - wanted) <= part * abs(wanted), "\(key): \(estimate.value)")
  }

  @Test("retention: shift and deviation at each time are those of the law", arguments: 0..<3)
  func retention(seed: Int) throws {
    var stream = RandomStream(StreamKey(seed: UInt64(seed)).child("retention"))
    let shift: (Double) -> Double = { (-1 - 2 * $0) * 1e-6 }
    let deviation: (Double) -> Double = { (1 + 6 * $0 - 5 * $0 * $0) * 1e-6 }
    var readings: [RetentionFit.Reading] = []
    for (time, grown) in [(1.0, 1.0), (100, 1.5), (10_000, 2)] {
      let noise = Noise.normal(8000, StreamKey(seed: UInt64(seed)).child("noise").child(Int(time)))
      for k in 0..<8000 {
        let g = (5 + 95 * stream.uniform()) * 1e-6
        let x = g / 1e-4
        readings.append(
          RetentionFit.Reading(
            time: time, programmed: g,
            conductance: g + grown * (shift(x) + deviation(x) * Double(noise[k]))))
      }
    }
    let fit = try RetentionFit(readings, degree: 3)
    #expect(fit.points.map(\.time) == [0.1, 1, 100, 10_000])
    for (point, grown) in zip(fit.points.dropFirst(), [1.0, 1.5, 2]) {
      for x in [0.1, 0.3, 0.5, 0.7, 0.9] {
        let g = x * 1e-4 / fit.reference
        let mean = point.shift.reversed().reduce(0) { $0 * g + $1 }
        let width = point.polynomial.reversed().reduce(0) { $0 * g + $1 }
        // 8000 cells: 1/√8000 of the deviation, a few coefficients' worth of them.
        #expect(abs(mean - grown * shift(x)) < 0.08 * grown * deviation(x), "\(point.time) s, \(x)")
        #expect(abs(width - grown * deviation(x)) < 0.08 * grown * deviation(x), "\(x)")
      }
    }
    let device = try DeviceModel(text: Self.head + fit.sections, name: "fitted")
    #expect(device.drift?.latest?.value == 10_000)
  }

  @Test("retention: polynomials have the degree that the cells determine", arguments: 0..<3)
  func retentionDegree(seed: Int) throws {
    func readings(levels: Int?, _ deviation: (Double) -> Double) -> [RetentionFit.Reading] {
      let key = StreamKey(seed: UInt64(seed)).child("degree")
      let noise = Noise.normal(6000, key.child("noise"))
      var stream = RandomStream(key.child("programmed"))
      return (0..<6000).map { k in
        let x = levels.map { Double(1 + k % $0) / Double($0) } ?? stream.uniform()
        let g = x * 1e-4
        return RetentionFit.Reading(
          time: 10, programmed: g,
          conductance: g + (deviation(x) * Double(noise[k]) - 2 * x) * 1e-6)
      }
    }
    func degree(_ fit: RetentionFit) -> Int { (fit.points.last?.polynomial.count ?? 0) - 1 }
    let flat = try RetentionFit(readings(levels: nil) { _ in 2 })
    #expect(degree(flat) == 1 && flat.notes.contains { $0.contains("degree 1") })
    #expect(try degree(RetentionFit(readings(levels: nil) { 1 + 8 * $0 - 8 * $0 * $0 })) == 2)
    // Three levels determine no more than a parabola, and few cells still less.
    let few = readings(levels: 3) { 1 + $0 }
    #expect(try degree(RetentionFit(few)) <= 2)
    #expect(try degree(RetentionFit(Array(few.prefix(25)))) == 0)
  }

  @Test("retention: loss at four temperatures gives time constant, spread and activation energy")
  func decay() throws {
    let (timeConstant, energy, spread, hottest) = (2e4, 1.1, 1.3, 533.0)
    var readings: [RetentionFit.Reading] = []
    for temperature in [413.0, 453, 493, hottest] {
      let key = StreamKey(seed: 3).child("decay").child(Int(temperature))
      let (a, b) = (Noise.normal(4000, key.child("rate")), Noise.normal(4000, key.child("scatter")))
      let hotter =
        energy * PhysicalConstants.charge / PhysicalConstants.boltzmann
        * (1 / temperature - 1 / hottest)
      for k in 0..<4000 {
        let g = (60 + 60 * Double(k) / 4000) * 1e-6
        let tau = timeConstant * exp(hotter + spread * Double(a[k]))
        let ratio = max(0, exp(-5000 / tau) + 0.1 * Double(b[k]))
        readings.append(
          RetentionFit.Reading(
            time: 5000, programmed: g, conductance: ratio * g, temperature: temperature))
      }
    }
    let fit = try DecayFit(readings)
    try Self.check(fit, "drift.time-constant", timeConstant, within: 0.1)
    try Self.check(fit, "drift.activation-energy", energy, within: 0.1)
    try Self.check(fit, "drift.spread", spread, within: 0.1)
    #expect(throws: NumericalFailure.self) { try RetentionFit(readings) }
    // The file keeps what it promises at every temperature.
    let device = try DeviceModel(text: Self.head + fit.sections, name: "fitted")
    let drift = try #require(device.drift)
    #expect(abs((drift.acceleration(at: hottest) ?? 0) - 1) < 1e-12)
    let colder = try #require(drift.acceleration(at: 413))
    let wanted = exp(
      fit.activationEnergy * PhysicalConstants.charge / PhysicalConstants.boltzmann
        * (1 / hottest - 1 / 413))
    #expect(abs(colder / wanted - 1) < 1e-9)
    #expect(!device.checkPoints.isEmpty && device.checkPoints.allSatisfy { $0.temperature != nil })
  }

  /// Readings of cells that are followed through four times at three temperatures.
  private func followed(
    seed: Int, count: Int = 400, targets: ((Int) -> Double)? = nil,
    times: [Double] = [30, 300, 3000, 30_000]
  ) -> [RetentionFit.Reading] {
    var readings: [RetentionFit.Reading] = []
    for temperature in [413.0, 473, 533] {
      let key = StreamKey(seed: UInt64(seed)).child("followed").child(Int(temperature))
      let rates = Noise.normal(count, key.child("rate"))
      let hotter =
        PhysicalConstants.charge / PhysicalConstants.boltzmann * (1 / temperature - 1 / 533)
      for time in times {
        let scatter = Noise.normal(count, key.child("scatter").child(Int(time)))
        for k in 0..<count {
          let g = targets?(k) ?? (60 + 60 * Double(k) / Double(count)) * 1e-6
          let tau = 2e3 * exp(hotter + 1.2 * Double(rates[k]))
          let ratio = max(0, exp(-time / tau) + 0.05 * Double(scatter[k]))
          readings.append(
            RetentionFit.Reading(
              time: time, programmed: g, conductance: ratio * g, temperature: temperature))
        }
      }
    }
    return readings
  }

  @Test(
    "the errors of a decay fit are those of repeated measurements, though cells are read four times"
  )
  func decayErrors() throws {
    let fits = try (0..<12).map { try DecayFit(followed(seed: $0)) }
    for key in ["drift.time-constant", "drift.activation-energy", "drift.spread"] {
      let found = fits.compactMap { fit in fit.estimates.first { $0.key == key } }
      let values = SampleStatistics(found.map(\.value))
      let stated = found.reduce(0) { $0 + $1.standardError } / Double(found.count)
      // A deviation of 12 values is known to 21 %.
      #expect(
        (0.5...2).contains(values.deviation / stated), "\(key): \(values.deviation), \(stated)")
      let wanted = ["drift.time-constant": 2e3, "drift.activation-energy": 1, "drift.spread": 1.2]
      #expect(
        abs(values.mean - wanted[key]!) < 4 * values.deviation / 12.0.squareRoot() + 0.02 * wanted[
          key]!)
    }
  }

  @Test(
    "cells of one nominal target, and one time at which all is lost, end in a file or a sentence")
  func decayLimits() throws {
    let one = try DecayFit(followed(seed: 1, targets: { _ in 1e-4 }))
    #expect(
      try DeviceModel(text: Self.head + one.sections, name: "one").window.maximum.value == 1e-4)
    #expect(abs(one.activationEnergy - 1) < 0.1)
    #expect(throws: NumericalFailure.self) {
      try RetentionFit(followed(seed: 1, targets: { _ in 1e-4 }).filter { $0.temperature == 413 })
    }
    // All is lost: time constants are unknown, and the fit says so where it ends at all.
    do {
      let late = try DecayFit(followed(seed: 1, times: [1e9]))
      #expect(late.estimates.contains { $0.determination != "yes" })
    } catch {}
  }

  @Test("read noise: a trap and 1/f noise are told apart", arguments: 0..<3)
  func noise(seed: Int) throws {
    let interval = 1.0 / 400
    let drawn = FluctuationSection(
      telegraph: [RandomTelegraphNoise(captureTime: 0.3, emissionTime: 0.15, amplitude: 0.03)],
      flicker: FlickerNoise(level: 1e-6, lowest: 0.01, highest: 2000))
    let key = StreamKey(seed: UInt64(seed))
    let y = drawn.relativeValues(at: (0..<65_536).map { Double($0) * interval }, key)
    let white = Noise.normal(y.count, key.child("white"))
    let g = zip(y, white).map { 5e-5 * (1 + $0.0) + 2e-8 * Double($0.1) }
    let fit = try NoiseFit(g, interval: interval)
    #expect(fit.fluctuations.telegraph.count == 1)
    try Self.check(fit, "telegraph[0].capture-time", 0.3, within: 0.25)
    try Self.check(fit, "telegraph[0].emission-time", 0.15, within: 0.25)
    try Self.check(fit, "telegraph[0].amplitude", 0.03, within: 0.1)
    let level = try #require(fit.fluctuations.flicker?.level)
    #expect(abs(level / 1e-6 - 1) < 0.3, "level \(level)")
    #expect(abs(try #require(fit.exponent).value - 1) < 0.2)
    #expect(fit.driftDegree == 0)
    let file = try DeviceFile(text: Self.head + fit.sections, name: "fitted")
    let section = try #require(file.fluctuations)
    for point in section.checkPoints {
      #expect(
        abs(section.spectrum(point.frequency) / point.density - 1) <= point.tolerance,
        "\(point.frequency) Hz")
    }
    #expect(section.checkPoints.count == 3)
    // The file states where and how strong the noise is: simulated from it, a record deviates as this one.
    let mean = g.reduce(0, +) / Double(g.count)
    #expect(section.conductance == mean)
    let whole = SampleStatistics(g).deviation / mean
    #expect(abs(file.readNoise.deviation(at: mean, time: Seconds(1)) / mean / whole - 1) < 1e-9)
    let again = section.relativeValues(
      at: (0..<65_536).map { Double($0) * interval }, key.child("again"))
    #expect(abs(SampleStatistics(again).deviation / whole - 1) < 0.25)
    // White noise of 20 nS at 50 µS, and the 1/f noise from half the sampling rate to 2 kHz, which folds into the
    // band: the variance of one sample is white/(2t).
    let folded = pow(2e-8 / 5e-5, 2) + 1e-6 * log(2000 / 200)
    #expect(abs((section.white / 2 / interval / folded).squareRoot() - 1) < 0.3)
    #expect(throws: NumericalFailure.self) { try NoiseFit([1e-5, 1e-5], interval: interval) }
  }

  @Test("the spectra of device files are what they promise")
  func spectra() throws {
    var count = 0
    for name in DeviceLibrary.names {
      guard let section = try DeviceFile(named: name).fluctuations else { continue }
      for point in section.checkPoints {
        let density = section.spectrum(point.frequency)
        #expect(abs(density / point.density - 1) <= point.tolerance, "\(name)")
        count += 1
      }
    }
    #expect(count > 0)
  }
}
