import ArgumentParser

/// `ohmweave device`: simulations of a single device.
struct DeviceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "device",
    abstract: "Simulates one device: loops, pulses, switching, noise, retention.",
    discussion: """
      A device is a name from 'ohmweave device list', or a YAML file. Each job prints
      a table and writes run.yaml, CSV files, figures and report.html.

      EXAMPLES
        ohmweave device iv hfox-stanford --cycles 2
        ohmweave device pulse ecram --population 200
        ohmweave device fit pulses.csv --law exponential-step
      """,
    subcommands: [
      DeviceListCommand.self, DeviceShowCommand.self, DeviceLoopCommand.self,
      DevicePulseCommand.self, DeviceSwitchCommand.self, DeviceNoiseCommand.self,
      DeviceRetentionCommand.self, DeviceExtractCommand.self, DeviceFitCommand.self,
    ])
}
