import ArgumentParser

/// `ohmweave device extract`: from a dynamic device to a law that training uses.
struct DeviceExtractCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract",
    abstract: "Extracts a pulse law and write and read statistics from dynamic devices.",
    discussion: """
      Applies pulse trains to devices drawn with the spread of the file and writes
      device.yaml: mean and noise of the step by conductance, the spread of range
      and gain, and the errors of writing and reading. 'ohmweave map' and 'ohmweave
      train' extract such a device themselves when they are given a dynamic one.

      EXAMPLES
        ohmweave device extract vteam-default --up '50 mV' --down '-0.21 V' --width '50 ps'
        ohmweave device pulse runs/device-extract/device.yaml --population 100
      """)

  @OptionGroup var options: DeviceOptions
  @OptionGroup var drive: DriveOptions
  @Option(help: "Number of pulses per direction. (default: 50)")
  var pulses: String?
  @Option(
    help: "Voltage of pulses up. (default: highest voltage of the file's loop)")
  var up: String?
  @Option(
    help: "Voltage of pulses down. (default: lowest voltage of the file's loop)")
  var down: String?
  @Option(help: "Pulse width, or auto: no pulse takes over a tenth of the range. (default: auto)")
  var width: String?
  @Option(help: "Pause after a pulse. (default: as --width)")
  var pause: String?
  @Option(help: "Read voltage. (default: 0.1 V)")
  var readVoltage: String?
  @Option(help: "Number of nodes of the table, 3 to 256. (default: 24)")
  var nodes: String?
  @Option(help: "Whether the noise of the law applies: true or false. (default: false)")
  var noise: String?
  @Option(help: "Integration steps per pulse with noise. (default: 200)")
  var steps: String?

  func run() throws { try options.run("extract", drive.givenSettings + givenSettings) }
}
