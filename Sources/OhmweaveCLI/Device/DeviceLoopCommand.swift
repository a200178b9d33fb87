import ArgumentParser

/// `ohmweave device iv`: the hysteresis loop.
struct DeviceLoopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "iv", abstract: "Drives a dynamic device through voltage loops (I–V hysteresis).",
    discussion: """
      Writes traces.csv and figures: log-current butterfly, loop, drive, state.
      --compare: a CSV file with the columns 'voltage (V)' and 'current (A)'.

      EXAMPLES
        ohmweave device iv vteam-default
        ohmweave device iv hfox-stanford --ramp-rate '1e6 V/s' --compliance '500 uA'
        ohmweave device iv hfo2-jart-vcm-v1b --population 50 --cycles 3
        ohmweave device iv tio2-joglekar --set window-exponent=5
      """)

  @OptionGroup var options: DeviceOptions
  @OptionGroup var drive: DriveOptions
  @Option(help: "Number of saved points per cycle. (default: 1000)")
  var points: String?
  @Option(help: "Whether the noise of the law applies: true or false. (default: false)")
  var noise: String?
  @Option(help: "Integration steps per cycle with noise. (default: 100000)")
  var steps: String?
  @Option(
    help: "Voltage at which the current ratio is read. (default: 1/10 of the highest voltage)")
  var readVoltage: String?

  func run() throws { try options.run("iv", drive.givenSettings + givenSettings) }
}
