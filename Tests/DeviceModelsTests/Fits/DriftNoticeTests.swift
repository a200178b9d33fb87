import DeviceModels
import Foundation
import PhysicalUnits
import Testing

/// Retention at other temperatures, and what is announced about drift that a device does not state.
@Suite struct DriftNoticeTests {
  private static func device(_ drift: String) throws -> DeviceModel {
    try DeviceModel(
      text: """
        title: drift of a test
        source: written for a test
        validity: nowhere
        conductance-window: {minimum: 1 uS, maximum: 100 uS}
        \(drift)
        """, name: "test")
  }

  @Test("time passes by Arrhenius's factor, and not at all otherwise where no energy is stated")
  func acceleration() throws {
    let hot = try Self.device(
      "drift: {law: power, origin: 1 s, exponent: 0.05, activation-energy: 1 eV, temperature: 300 K}"
    )
    // exp(11604.518 K · (1/300 − 1/400)) = exp(9.67043).
    let later = hot.driftTime(Seconds(2), at: 400).value
    #expect(abs(later / (2 * exp(11604.518 * (1 / 300.0 - 1 / 400))) - 1) < 1e-6)
    #expect(hot.driftTime(Seconds(2), at: 300).value == 2)
    #expect(hot.driftTime(Seconds(2), at: nil).value == 2)
    let plain = try Self.device("drift: {law: power, origin: 1 s, exponent: 0.05}")
    #expect(plain.driftTime(Seconds(2), at: 400).value == 2)
    #expect(plain.driftNotices(time: Seconds(2), at: 400).count == 1)
  }

  @Test("a time beyond the measurement, and drift that is not stated, are announced")
  func notices() throws {
    let none = try Self.device("")
    #expect(none.driftNotices(time: Seconds(0)).isEmpty)
    #expect(none.driftNotices(time: Seconds(1)).count == 1)
    let until = try Self.device(
      "drift: {law: power, origin: 1 s, exponent: 0.05, until: 1e4 s, activation-energy: 1 eV}")
    #expect(until.driftNotices(time: Seconds(1e4)).isEmpty)
    #expect(until.driftNotices(time: Seconds(1.1e4)).count == 1)
    // Hot seconds are many: a thousand of them at 400 K.
    #expect(until.driftNotices(time: Seconds(1e3), at: 400).count == 1)
    // A law measured hot says so where no temperature is asked for.
    let hot = try Self.device(
      "drift: {law: power, origin: 1 s, exponent: 0.05, until: 1e4 s, temperature: 473.15 K}")
    #expect(
      hot.driftNotices(time: Seconds(1e9), option: "--temperature") == [
        "'test' is aged at 473.15 K, the temperature of the device file: --temperature sets another",
        "the drift of 'test' is known until 10000 s, 1e+09 s are asked for: what is beyond is extrapolated",
      ])
    // The last point of a measured broadening is its end.
    let wan = try DeviceLibrary.load("rram-wan2022")
    #expect(wan.driftNotices(time: Seconds(172_800)).isEmpty)
    #expect(wan.driftNotices(time: Seconds(1e6)).count == 1)
  }

  @Test("a decay loses exp(-t/tau), half of the cells more and half less")
  func decay() throws {
    let device = try Self.device(
      "drift: {law: decay, time-constant: 1000 s, spread: 0.5, origin: 1 s}")
    let drift = try #require(device.drift)
    let programmed: [Float] = [1e-5, 1e-5, 1e-5]
    var now = programmed
    programmed.withUnsafeBufferPointer { g in
      [Float(0), 1, -1].withUnsafeBufferPointer { exponents in
        now.withUnsafeMutableBufferPointer {
          drift.conductances(
            programmed: g, exponents: exponents, time: Seconds(501), into: $0)
        }
      }
    }
    for (k, tau) in [1000, 1000 * exp(0.5), 1000 * exp(-0.5)].enumerated() {
      #expect(abs(Double(now[k]) / (1e-5 * exp(-500 / tau)) - 1) < 1e-6)
    }
  }

  @Test("a measured curve may begin at the origin")
  func table() throws {
    let with = try ConductionTable(voltages: [0, 0.1, 0.2], currents: [0, 1, 3])
    #expect(with == (try ConductionTable(voltages: [0.1, 0.2], currents: [1, 3])))
    #expect(throws: (any Error).self) {
      try ConductionTable(voltages: [0, 0.1], currents: [1, 3])
    }
  }
}
