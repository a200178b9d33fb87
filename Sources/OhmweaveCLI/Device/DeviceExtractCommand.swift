import ArgumentParser

/// `ohmweave device extract`: from a dynamic device to a law that training uses.
struct DeviceExtractCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract",
    abstract: "Makes a table law of pulse response from a population of dynamic devices.",
    discussion: """
      Sends trains of pulses to devices that differ by the file's spread and writes
      device.yaml: mean steps and their noise by conductance, and the spread of range
      and gain. 'ohmweave train' and 'ohmweave device pulse' take it.

      EXAMPLES
        ohmweave device extract vteam-default --up '50 mV' --down '-0.21 V' --width '50 ps'
        ohmweave device pulse runs/device-extract/device.yaml --population 100
      """)

  @OptionGroup var options: DeviceOptions
  @OptionGroup var drive: DriveOptions
  @Option(help: "Pulses in each direction. (default: 50)")
  var pulses: String?
  @Option(parsing: .unconditional, help: "The voltage of pulses up. (default: the loop's highest)")
  var up: String?
  @Option(parsing: .unconditional, help: "The voltage of pulses down. (default: the loop's lowest)")
  var down: String?
  @Option(help: "The length of a pulse. (default: a hundredth of the loop)")
  var width: String?
  @Option(help: "The pause after it. (default: its length)")
  var pause: String?
  @Option(parsing: .unconditional, help: "The voltage of readings. (default: 0.1 V)")
  var readVoltage: String?
  @Option(help: "Nodes of the table. (default: 24)")
  var nodes: String?
  @Option(help: "Whether the law's own noise counts: true or false. (default: false)")
  var noise: String?
  @Option(help: "Steps a pulse where the noise counts. (default: 200)")
  var steps: String?

  func run() throws { try options.run("extract", drive.givenSettings + givenSettings) }
}
