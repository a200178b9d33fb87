import ArgumentParser

/// `ohmweave device pulse`: the response to programming pulses.
struct DevicePulseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pulse", abstract: "Sends trains of pulses and shows how the conductance answers.",
    discussion: """
      Devices with a section 'pulses' follow their law; others are integrated under
      pulses of --up and --down volts. Writes trains.csv and the figures: conductance
      against pulse number, step against conductance. --compare takes a CSV with the
      columns 'up' and 'down' in state units, or 'up (uS)' and 'down (uS)'.

      EXAMPLES
        ohmweave device pulse ecram
        ohmweave device pulse reram-es --population 500 --pulses 1000
        ohmweave device pulse reram-es --compare pulses.csv
        ohmweave device pulse hfox-stanford --up '1.1 V' --down '-1.3 V' --width '10 ns'
      """)

  @OptionGroup var options: DeviceOptions
  @OptionGroup var drive: DriveOptions
  @Option(help: "Pulses in each direction. (default: what crosses the range; dynamics: 50)")
  var pulses: String?
  @Option(help: "Pulses up. (default: as --pulses)")
  var pulsesUp: String?
  @Option(help: "Pulses down. (default: as --pulses)")
  var pulsesDown: String?
  @Option(
    parsing: .unconditional, help: "The conductance before the first pulse. (default: the lowest)")
  var start: String?
  @Option(help: "Whether pulses are noisy. (default: true; dynamics: false)")
  var noise: String?
  @Option(help: "Dynamics: steps a pulse where the noise counts. (default: 200)")
  var steps: String?
  @Option(parsing: .unconditional, help: "Dynamics: the voltage of pulses up.")
  var up: String?
  @Option(parsing: .unconditional, help: "Dynamics: the voltage of pulses down.")
  var down: String?
  @Option(help: "Dynamics: the length of a pulse.")
  var width: String?
  @Option(help: "Dynamics: the pause after it. (default: its length)")
  var pause: String?
  @Option(parsing: .unconditional, help: "Dynamics: the voltage of readings. (default: 0.1 V)")
  var readVoltage: String?

  func run() throws { try options.run("pulse", drive.givenSettings + givenSettings) }
}
