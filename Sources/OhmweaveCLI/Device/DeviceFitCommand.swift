import ArgumentParser
import Experiments

/// `ohmweave device fit`: from a measurement to a device file.
struct DeviceFitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit", abstract: "Fits a law of pulse response to measured trains.",
    discussion: """
      The CSV has a column 'up' and a column 'down': the state after pulse 0, 1, 2 …
      of each train, as conductances where the heads say so ('up (uS)'), else in the
      units of --zero and --unit. Writes device.yaml, residuals.csv, correlations.csv.

      EXAMPLES
        ohmweave device fit pulses.csv
        ohmweave device fit pulses.csv --law exponential-step --zero '50 uS' --unit '25 uS'
        ohmweave device fit pulses.csv --law soft-bounds --hold maximum=1.2
      """)

  @Argument(help: "The measured trains (.csv), or the run.yaml of an earlier run.")
  var data: String
  @Option(help: "A law, or best for the one that says most with least. (default: best)")
  var law: String?
  @Option(parsing: .unconditional, help: "The conductance of state 0. (default: 0 S)")
  var zero: String?
  @Option(help: "The conductance of one unit of state. (default: 1 uS)")
  var unit: String?
  @Option(help: ArgumentHelp("Starting values.", valueName: "parameter=number,…"))
  var guess: String?
  @Option(help: ArgumentHelp("Values that stay as they are.", valueName: "parameter=number,…"))
  var hold: String?
  @Option(help: "The title of the device file.")
  var title: String?
  @Option(help: "Where the measurement comes from.")
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
