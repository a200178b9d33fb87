import ArgumentParser

/// `ohmweave device pulse`: response to programming pulses.
struct DevicePulseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pulse", abstract: "Applies pulse trains and shows the conductance response.",
    discussion: """
      Devices with a section 'pulses' follow their pulse law; the state equation of
      others is integrated under pulses of --up and --down volts. Writes trains.csv
      and figures: conductance against pulse number, step against conductance.
      --compare: a CSV file with the columns 'up' and 'down' in state units, or
      'up (uS)' and 'down (uS)'.

      EXAMPLES
        ohmweave device pulse ecram
        ohmweave device pulse reram-es --population 500 --pulses 1000
        ohmweave device pulse reram-es --compare pulses.csv
        ohmweave device pulse hfox-stanford --up '1.1 V' --down '-1.3 V' --width '10 ns'
      """)

  @OptionGroup var options: DeviceOptions
  @OptionGroup var drive: DriveOptions
  @Option(
    help: "Number of pulses per direction. (default: enough to cross the range; dynamic laws: 50)")
  var pulses: String?
  @Option(help: "Number of pulses up. (default: as --pulses)")
  var pulsesUp: String?
  @Option(help: "Number of pulses down. (default: as --pulses)")
  var pulsesDown: String?
  @Option(
    help: "Conductance before the first pulse. (default: the lowest)")
  var start: String?
  @Option(help: "Whether noise applies: true or false. (default: true; dynamic laws: false)")
  var noise: String?
  @Option(help: "Dynamic laws: integration steps per pulse with noise. (default: 200)")
  var steps: String?
  @Option(
    help: "Dynamic laws: voltage of pulses up. (default: highest voltage of the file's loop)")
  var up: String?
  @Option(
    help: "Dynamic laws: voltage of pulses down. (default: lowest voltage of the file's loop)")
  var down: String?
  @Option(help: "Dynamic laws: pulse width. (default: 1/100 of the period of the file's loop)")
  var width: String?
  @Option(help: "Dynamic laws: pause after a pulse. (default: as --width)")
  var pause: String?
  @Option(help: "Dynamic laws: read voltage. (default: 0.1 V)")
  var readVoltage: String?

  func run() throws { try options.run("pulse", drive.givenSettings + givenSettings) }
}
