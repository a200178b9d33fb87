import ArgumentParser
import CircuitJobs
import InputOutput
import Reporting

/// The options of every job on a device.
struct DeviceOptions: ParsableArguments {
  @Argument(help: "Device: a name, a device file, or the run.yaml of an earlier run.")
  var device: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Replaces a value of the device file; can be repeated.", valueName: "parameter=value"))
  var replaced: [String] = []

  @Option(help: "Number of devices, drawn with the spread of the file.")
  var population: String?

  @Option(help: ArgumentHelp("Measured points to draw over the curve.", valueName: "file.csv"))
  var compare: String?

  @OptionGroup var common: CommonOptions

  /// Runs the job and prints its result.
  func run(_ job: String, _ settings: [Setting]) throws {
    let all =
      try RunFile.settings(in: device, job: "device \(job)", orOption: "device")
      + Setting.replacing("device", replaced) + givenSettings + settings + common.settings
    try DeviceJob(job, all).run(common.context()).printed(asJSON: common.json)
  }
}

extension DeviceJob.Outcome {
  /// Prints the table or JSON.
  func printed(asJSON: Bool) throws {
    if asJSON {
      print(try json())
    } else {
      print(text, terminator: "")
    }
  }
}

/// The drive of a dynamic device: waveform and series elements.
struct DriveOptions: ParsableArguments {
  @Option(help: "Waveform: triangle or sine. (default: that of the file's loop, or triangle)")
  var shape: String?
  @Option(help: "Highest voltage. (default: that of the file's loop, or 1 V)")
  var positive: String?
  @Option(
    help: "Lowest voltage. (default: that of the file's loop, or -1 V)")
  var negative: String?
  @Option(help: "Duration of a cycle. (default: that of the file's loop, or 1 s)")
  var period: String?
  @Option(help: "Ramp rate in place of --period, such as '1 V/s'.")
  var rampRate: String?
  @Option(help: "Number of cycles. (default: that of the file's loop, or 1)")
  var cycles: String?
  @Option(help: ArgumentHelp("Waveform as a table of seconds and volts.", valueName: "file.csv"))
  var waveform: String?
  @Option(help: "Current compliance, such as '100 uA'. (default: that of the file's loop, or none)")
  var compliance: String?
  @Option(
    help: "Compliance at positive currents; goes with --gate-voltage. (default: --compliance)")
  var compliancePositive: String?
  @Option(
    help: "Compliance at negative currents; goes with --gate-voltage. (default: --compliance)")
  var complianceNegative: String?
  @Option(help: "Series resistor, such as '1 kOhm'. (default: that of the file's loop, or none)")
  var resistor: String?
  @Option(
    help: "Gate voltage of a series transistor. (default: no transistor)")
  var gateVoltage: String?
  @Option(help: "Threshold voltage of the transistor. (default: 0.5 V)")
  var gateThreshold: String?
  @Option(help: "Transconductance of the transistor. (default: 1e-3 A/V^2)")
  var transconductance: String?
  @Option(help: "I0 of a series selector, I0 sinh(V/V0). (default: no selector)")
  var selectorCurrent: String?
  @Option(help: "V0 of the selector. (default: 50 mV)")
  var selectorVoltage: String?
}
