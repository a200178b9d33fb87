import Circuits
import DeviceModels
import InputOutput
import PhysicalUnits
import Randomness
import Reporting

extension AdcJob: StudyJob {
  public static let name = "adc"

  /// The repeats of a study are the chips.
  public static let studyDefaults: [(key: String, text: String)] = [("chips", "1")]

  public var inputFiles: [String] {
    var files = [options.measured, options.reference].compactMap(\.self)
    if let device = try? DeviceLibrary.path(of: options.deviceName) { files.append(device) }
    return files
  }

  /// Reads the measured codes and the reference.
  public func check(_: SetupCache) throws {
    _ = try measured()
    _ = try reference()
  }

  private func measured() throws(InputError) -> MeasuredCodes? {
    guard let path = options.measured else { return nil }
    return try MeasuredCodes(path: path, codeCount: 1 << options.bits)
  }

  /// The figures of merit in the words of the report: the mean over the run's chips, and the worst of
  /// them where there are several; then what read voltage and temperature do to the codes.
  public func metrics(_: SetupCache) throws -> [Metric] {
    let converter = options.converter
    let chips = RampChips(
      converter, device: options.device, count: options.chips,
      key: StreamKey(seed: options.seed).child("adc"), writing: options.writing)
    let evaluation = AdcEvaluation(options: options, chips: chips)
    var metrics: [Metric] = []
    for merit in evaluation.merits() {
      metrics.append(Metric(merit.name, merit.mean, unit: merit.unit))
      if options.chips > 1 {
        metrics.append(Metric("\(merit.name), worst chip", merit.worst, unit: merit.unit))
      }
    }
    let conditions = evaluation.conditions()
    func largest(_ change: (AdcResult.Condition) -> Int) -> Double {
      Double(conditions.map(change).max() ?? 0)
    }
    metrics.append(
      Metric("largest code change, in-memory ramp", largest(\.inMemoryLargest), unit: "LSB"))
    metrics.append(
      Metric("largest code change, fixed references", largest(\.fixedLargest), unit: "LSB"))
    for condition in conditions where condition.temperatureRise == 0 {
      let place = "fixed references at \(significant(condition.readVoltage)) V"
      metrics.append(Metric("mean code change, \(place)", condition.fixedMean, unit: "LSB"))
    }
    metrics.append(
      Metric("cells", Double(converter.ramps.reduce(0) { $0 + $1.cellCount })))
    metrics += design()
    if let reference = try reference() {
      let differences = reference.differences(converter)
      metrics.append(
        Metric("largest difference of thresholds from the reference", differences.threshold))
      metrics.append(
        Metric(
          "largest difference of step conductances from the reference", differences.conductance,
          unit: "S"))
    }
    if let measured = try measured() {
      metrics.append(
        Metric(
          "root mean square error of measured codes", measured.error(converter), unit: "LSB"))
    }
    return metrics
  }

  /// The ends of the thresholds and of the steps' conductances, before anything is written.
  private func design() -> [Metric] {
    let converter = options.converter
    let steps = converter.ramps.flatMap(\.stepConductances)
    let (smallest, largest) = (steps.min() ?? .nan, steps.max() ?? .nan)
    return [
      Metric("first threshold", converter.thresholds.first ?? .nan),
      Metric("last threshold", converter.thresholds.last ?? .nan),
      Metric("smallest conductance of a step", smallest, unit: "S"),
      Metric("largest over smallest conductance of a step", largest / smallest),
    ]
  }
}
