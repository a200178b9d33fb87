import DeviceModels
import InputOutput
import Randomness

extension DynamicTrains {
  /// Reads the pulses on a dynamic device from settings; what is missing comes from the sections
  /// `extraction` and `dynamics` of its file.
  ///
  /// - Parameter open: keys of lengths that are not read, but keep their defaults.
  /// - Throws: `InputErrors` where the file has no dynamics, or that of a waveform's file.
  init(_ reader: DeviceReader, _ file: DeviceFile, open: Set<String> = []) throws(InputErrors) {
    guard let section = file.dynamics else {
      throw InputErrors([
        InputError(file.name, "has neither a section 'pulses' nor one called 'dynamics'")
      ])
    }
    let settings = reader.settings
    let drive = try DriveSettings(reader, section.loop)
    let usual = file.extraction
    let high = usual.up ?? section.loop?.positive ?? 1
    let low = usual.down ?? section.loop?.negative ?? -1
    let up = settings.quantity("up", unit: "V", in: -1000...1000, default: "\(high) V")
    let down = settings.quantity("down", unit: "V", in: -1000...1000, default: "\(low) V")
    func length(_ key: String, _ usual: Double, _ lowest: Double) -> Double {
      if open.contains(key) { return usual }
      return settings.quantity(key, unit: "s", in: lowest...1e6, default: "\(usual) s")
    }
    let width = length("width", usual.width ?? 0.01 * drive.period, 1e-15)
    let pause = length("pause", usual.pause ?? width, 0)
    let readVoltage = settings.quantity(
      "read-voltage", unit: "V", in: -10...10, default: "\(usual.readVoltage) V")
    let count = settings.integer("pulses", in: 2...100_000, default: usual.pulses)
    let noiseSteps =
      settings.flag("noise", default: false)
      ? settings.integer("steps", in: 10...1_000_000, default: 200) : nil
    if readVoltage == 0 { settings.fault("read-voltage", "must not be 0 V") }
    if noiseSteps != nil && !(section.device() is any NoisyDevice) {
      settings.fault("noise", "the law '\(section.law)' has no noise of its own")
    }
    self.init(
      section: section,
      pulses: PulseProtocol(
        circuit: drive.circuit, up: up, down: down, width: width, pause: pause,
        readVoltage: readVoltage, count: count, cycles: drive.cycles, noiseSteps: noiseSteps),
      key: StreamKey(seed: settings.seed()))
  }
}
