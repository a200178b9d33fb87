import ArgumentParser
import CircuitJobs
import Reporting

/// `ohmweave device fit`: a device file from a measurement.
struct DeviceFitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit", abstract: "Fits a law of pulse response to measured pulse trains.",
    discussion: """
      The CSV file has the columns 'up' and 'down': the state after pulse 0, 1, 2 …
      of each train, as conductances if the headers name a unit ('up (uS)'), else in
      the units of --zero and --unit. Writes device.yaml, residuals.csv,
      correlations.csv, figures and report.html.

      EXAMPLES
        ohmweave device fit pulses.csv
        ohmweave device fit pulses.csv --law exponential-step --zero '50 uS' --unit '25 uS'
        ohmweave device fit pulses.csv --law soft-bounds --hold maximum=1.2
      """)

  @Argument(help: "Measured pulse trains (.csv), or the run.yaml of an earlier run.")
  var data: String
  @Option(help: "Law to fit, or best: the law with the lowest Akaike criterion. (default: best)")
  var law: String?
  @Option(parsing: .unconditional, help: "Conductance of state 0. (default: 0 S)")
  var zero: String?
  @Option(help: "Conductance per unit of state. (default: 1 uS)")
  var unit: String?
  @Option(help: ArgumentHelp("Initial values of parameters.", valueName: "parameter=number,…"))
  var guess: String?
  @Option(help: ArgumentHelp("Fixed values of parameters.", valueName: "parameter=number,…"))
  var hold: String?
  @Option(help: "Title of the device file. (default: measured device)")
  var title: String?
  @Option(help: "Source of the measurement. (default: the name of the CSV file)")
  var source: String?
  @OptionGroup var common: CommonOptions

  func run() throws {
    var settings: [Setting] = []
    if RunFile.isRunFile(data) {
      settings = try RunFile.settings(in: data, job: "device fit")
    } else {
      settings.append(Setting(option: "data", data))
    }
    settings += givenSettings
    try DeviceJob("fit", settings).run(common.context()).printed(asJSON: common.json)
  }
}
