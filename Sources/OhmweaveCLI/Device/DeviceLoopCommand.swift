import ArgumentParser

/// `ohmweave device iv`: the hysteresis loop.
struct DeviceLoopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "iv", abstract: "Drives a dynamic device through voltage loops.",
    discussion: """
      Writes traces.csv and the figures: log-current butterfly, loop, drive, state.
      --compare takes a CSV with the columns 'voltage (V)' and 'current (A)'.

      EXAMPLES
        ohmweave device iv vteam-default
        ohmweave device iv hfox-stanford --ramp-rate '1e6 V/s' --compliance '500 uA'
        ohmweave device iv hfo2-jart-vcm-v1b --population 50 --cycles 3
        ohmweave device iv tio2-joglekar --set window-exponent=5
      """)

  @OptionGroup var options: DeviceOptions
  @OptionGroup var drive: DriveOptions
  @Option(help: "How many points of a cycle are kept. (default: 1000)")
  var points: String?
  @Option(help: "Whether the law's own noise counts: true or false. (default: false)")
  var noise: String?
  @Option(help: "Steps a cycle where the noise counts. (default: 100000)")
  var steps: String?
  @Option(
    parsing: .unconditional,
    help: "Where the ratio of the currents is read. (default: a tenth of the peak)")
  var readVoltage: String?

  func run() throws { try options.run("iv", drive.givenSettings + givenSettings) }
}
