import ArgumentParser
import CircuitJobs
import Reporting

/// `ohmweave device fit`: a device file from a measurement.
struct DeviceFitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit", abstract: "Fits a law to measured data and writes a device file.",
    discussion: """
      Columns of the CSV file by --kind; headers name a unit, as in 'current (uA)':
        pulses     up, down: the state after pulse 0, 1, 2 … of each train, as
                   conductances if the headers name a unit, else by --zero and --unit
        retention  time, conductance, programmed, optionally temperature (K or degC)
                   and device, the number of the cell
        noise      time, conductance: evenly spaced readings of one state
        switching  height, width, probability, optionally count
        loop       time, voltage, current; --device names the law, --free what is fitted
      Writes device.yaml, figures and report.html.

      EXAMPLES
        ohmweave device fit pulses.csv
        ohmweave device fit pulses.csv --law exponential-step --zero '50 uS' --unit '25 uS'
        ohmweave device fit pulses.csv --law soft-bounds --hold maximum=1.2
        ohmweave device fit bake.csv --kind retention --law decay
        ohmweave device fit loop.csv --kind loop --device hfox-stanford --free velocity,current-scale
      """)

  @Argument(help: "Measured data (.csv), or the run.yaml of an earlier run.")
  var data: String
  @Option(help: "What was measured: pulses, retention, noise, switching or loop. (default: pulses)")
  var kind: String?
  @Option(
    help: """
      Law to fit. pulses: one of them, or best, the lowest Akaike criterion; retention: broadening or \
      decay; switching: exponential, neel-brown or breakdown. (default: best, broadening, exponential)
      """)
  var law: String?
  @Option(
    help: "retention: degree of the polynomials in the conductance, or auto. (default: auto)")
  var degree: String?
  @Option(help: "noise: largest number of traps. (default: 3)")
  var traps: String?
  @Option(help: "loop: device whose law of dynamics is fitted.")
  var device: String?
  @Option(
    help: ArgumentHelp(
      "loop: parameters to fit; switching: parameters not to hold.", valueName: "parameter,…"))
  var free: String?
  @Option(help: "loop: current compliance. (default: that of the device's loop, or none)")
  var compliance: String?
  @Option(help: "Conductance of state 0. (default: 0 S)")
  var zero: String?
  @Option(help: "Conductance per unit of state. (default: 1 uS)")
  var unit: String?
  @Option(help: ArgumentHelp("Initial values of parameters.", valueName: "parameter=number,…"))
  var guess: String?
  @Option(
    help: ArgumentHelp(
      "pulses, switching: fixed values of parameters. (default: neel-brown attempt-time=1 ns)",
      valueName: "parameter=number,…"))
  var hold: String?
  @Option(
    help: """
      switching, law exponential: distribution of the dose, log-normal or exponential (without \
      memory). (default: log-normal)
      """)
  var dose: String?
  @Option(help: "Title of the device file. (default: measured device)")
  var title: String?
  @Option(help: "Source of the measurement. (default: the name of the CSV file)")
  var source: String?
  @OptionGroup var common: CommonOptions

  func run() throws {
    let settings =
      try RunFile.settings(in: data, job: "device fit", orOption: "data") + givenSettings
    try DeviceJob("fit", settings).run(common.context()).printed(asJSON: common.json)
  }
}
