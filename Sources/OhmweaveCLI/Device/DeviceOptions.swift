import ArgumentParser
import Experiments
import InputOutput

/// What every job on a device takes.
struct DeviceOptions: ParsableArguments {
  @Argument(help: "The device: a name, a device file, or the run.yaml of an earlier run.")
  var device: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "A value of the device file to replace, with its unit.", valueName: "parameter=value"))
  var replaced: [String] = []

  @Option(help: "How many devices; they differ by the file's spread.")
  var population: String?

  @Option(help: ArgumentHelp("Measured points to lay over the curve.", valueName: "file.csv"))
  var compare: String?

  @OptionGroup var common: CommonOptions

  /// Runs the job and prints what it found.
  func run(_ job: String, _ settings: [Setting]) throws {
    var all: [Setting] = []
    if RunFile.isRunFile(device) {
      all = try RunFile.settings(in: device, job: "device \(job)")
    } else {
      all.append(Setting(option: "device", device))
    }
    all += try replaced.map { text in
      guard let mark = text.firstIndex(of: "="), mark != text.startIndex else {
        throw InputError("--set", "'\(text)' is not of the form parameter=value")
      }
      return Setting(
        key: "device.\(text[..<mark])", text: String(text[text.index(after: mark)...]),
        source: "--set")
    }
    all += givenSettings + settings + common.settings
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

/// What drives a dynamic device.
struct DriveOptions: ParsableArguments {
  @Option(help: "triangle or sine. (default: the file's loop, or triangle)")
  var shape: String?
  @Option(help: "The highest voltage. (default: the file's loop, or 1 V)")
  var positive: String?
  @Option(parsing: .unconditional, help: "The lowest voltage. (default: the file's loop, or -1 V)")
  var negative: String?
  @Option(help: "The length of a cycle. (default: the file's loop, or 1 s)")
  var period: String?
  @Option(help: "In the place of the period: the slope, such as '1 V/s'.")
  var rampRate: String?
  @Option(help: "How many cycles. (default: 1)")
  var cycles: String?
  @Option(help: ArgumentHelp("A waveform of seconds and volts.", valueName: "file.csv"))
  var waveform: String?
  @Option(help: "The source's current limit, such as '100 uA'.")
  var compliance: String?
  @Option(help: "A resistor in series, such as '1 kOhm'.")
  var resistor: String?
  @Option(parsing: .unconditional, help: "A transistor in series: its gate's voltage.")
  var gateVoltage: String?
  @Option(parsing: .unconditional, help: "Its threshold. (default: 0.5 V)")
  var gateThreshold: String?
  @Option(help: "Its transconductance. (default: 1e-3 A/V^2)")
  var transconductance: String?
  @Option(help: "A selector in series, I0 sinh(V/V0): I0.")
  var selectorCurrent: String?
  @Option(help: "Its V0. (default: 50 mV)")
  var selectorVoltage: String?
}
