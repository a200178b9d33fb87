import InputOutput
import Reporting

/// `ohmweave device fit`: a device file from a measurement of one of several kinds.
struct FitTask: DeviceTask {
  static let name = "fit"
  /// What can be fitted.
  static let kinds = ["pulses"] + MeasuredFitTask.kinds
  private let task: any DeviceTask

  init(_ reader: DeviceReader) throws {
    if let text = reader.settings.optionalText("kind"), !Self.kinds.contains(text) {
      throw InputErrors([InputError("--kind", unknownName("kind", text, known: Self.kinds))])
    }
    let kind = reader.settings.choice("kind", of: Self.kinds, default: Self.kinds[0])
    task =
      MeasuredFitTask.kinds.contains(kind)
      ? try MeasuredFitTask(reader) : try PulseFitTask(reader)
  }

  func run(_ context: RunContext) throws -> DeviceResult { try task.run(context) }
}
