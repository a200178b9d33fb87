import DeviceModels
import Foundation
import InputOutput
import Reporting

/// The loop that drives a device, read from settings; what is missing comes from the device file.
struct DriveSettings: Sendable {
  var waveform: Waveform
  /// The length of one cycle, in seconds.
  var period: Double
  var cycles: Int
  var circuit: DriveCircuit

  init(_ reader: DeviceReader, _ loop: SuggestedLoop?) throws(InputErrors) {
    let settings = reader.settings
    let shape = settings.choice(
      "shape", of: ["triangle", "sine"], default: loop?.shape ?? "triangle")
    let volts = { (x: Double) in "\(x) V" }
    let positive = settings.quantity(
      "positive", unit: "V", in: 0...1000, default: volts(loop?.positive ?? 1))
    let negative = settings.quantity(
      "negative", unit: "V", in: -1000...0, default: volts(loop?.negative ?? -1))
    var seconds = loop?.period ?? 1
    if settings.has("ramp-rate") {
      let rate = settings.quantity("ramp-rate", unit: "V/s", in: 1e-9...1e18, default: "1 V/s")
      seconds = 2 * (positive - negative) / rate
      if shape == "sine" { settings.fault("ramp-rate", "goes with a triangle") }
    }
    period = settings.quantity("period", unit: "s", in: 1e-15...1e12, default: "\(seconds) s")
    // The file of a run holds both.
    if settings.has("ramp-rate"), abs(period - seconds) > 1e-9 * seconds {
      settings.fault("ramp-rate", "corresponds to a period of \(seconds) s, 'period' for another")
    }
    cycles = settings.integer("cycles", in: 1...10_000, default: loop?.cycles ?? 1)
    circuit = Self.circuit(reader, loop)
    let file = settings.optionalText("waveform")
    if positive <= negative {
      settings.fault("positive", "must be above 'negative'")
      waveform = .ramp(to: 1, duration: 1)
      return
    }
    if let file {
      waveform = try Waveform.contents(ofCSV: file)
      period = waveform.duration
      cycles = 1
    } else if shape == "sine" {
      waveform = .sine(
        amplitude: (positive - negative) / 2, frequency: 1 / period,
        offset: (positive + negative) / 2)
    } else {
      waveform = .triangle(positive: positive, negative: negative, period: period)
    }
  }

  /// What is between the source and the device: a limit of the current, by polarity where asked for,
  /// which goes with a transistor; or a resistor, or a selector.
  static func circuit(_ reader: DeviceReader, _ loop: SuggestedLoop?) -> DriveCircuit {
    let settings = reader.settings
    let limits = ["compliance", "compliance-positive", "compliance-negative"].filter(settings.has)
    let given = ["resistor", "gate-voltage", "selector-current"].filter(settings.has)
    if given.count > 1 {
      settings.fault(given[1], "one series element is possible, '\(given[0])' is given too")
    }
    if let first = given.first, first != "gate-voltage", let limit = limits.first {
      settings.fault(limit, "goes with a transistor ('gate-voltage'), not with '\(first)'")
    }
    if !limits.isEmpty || given.isEmpty && loop?.compliance != nil {
      func limit(_ key: String, _ fallback: Double) -> Double {
        guard settings.has(key) else { return fallback }
        return settings.quantity(key, unit: "A", in: 1e-15...1e3, default: "1 A")
      }
      let both = limit("compliance", limits.isEmpty ? loop?.compliance ?? .infinity : .infinity)
      if limits.isEmpty {
        _ = settings.quantity(
          "compliance", unit: "A", in: 1e-15...1e3, default: "\(both) A")
      }
      return .limited(
        positive: limit("compliance-positive", both), negative: limit("compliance-negative", both),
        given.first == "gate-voltage" ? transistor(settings) : nil)
    }
    if given.first == "resistor" || given.isEmpty && loop?.resistor != nil {
      return .resistor(
        settings.quantity(
          "resistor", unit: "Ohm", in: 1e-6...1e15, default: "\(loop?.resistor ?? 1) Ohm"))
    }
    if given.first == "gate-voltage" {
      return .transistor(transistor(settings))
    }
    if given.first == "selector-current" {
      return .selector(
        scale: settings.quantity("selector-current", unit: "A", in: 1e-30...1, default: "1 pA"),
        voltage: settings.quantity(
          "selector-voltage", unit: "V", in: 1e-3...10, default: "50 mV"))
    }
    return .ideal
  }

  private static func transistor(_ settings: SettingsReader) -> SeriesTransistor {
    SeriesTransistor(
      gateVoltage: settings.quantity("gate-voltage", unit: "V", in: 0...100, default: "1 V"),
      threshold: settings.quantity("gate-threshold", unit: "V", in: -10...10, default: "0.5 V"),
      transconductance: settings.quantity(
        "transconductance", unit: "A/V^2", in: 1e-12...100, default: "1e-3 A/V^2"))
  }
}
