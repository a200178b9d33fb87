import ArgumentParser

/// `ohmweave device noise`: conductance in time and its spectrum.
struct DeviceNoiseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "noise", abstract: "Telegraph and 1/f noise: a trace in time and its spectrum.",
    discussion: """
      --compare takes a CSV with the columns 'time (s)' and 'conductance (S)'.

      EXAMPLES
        ohmweave device noise rram-telegraph
        ohmweave device noise pcm --conductance '10 uS' --rate '1 kHz'
        ohmweave device noise hfox-stanford
      """)

  @OptionGroup var options: DeviceOptions
  @Option(help: "The conductance about which it fluctuates. (default: the window's middle)")
  var conductance: String?
  @Option(help: "Samples a second, such as '400 Hz'.")
  var rate: String?
  @Option(help: "How many samples. (default: 65536; dynamic laws: 16384)")
  var samples: String?
  @Option(parsing: .unconditional, help: "Dynamic laws: the voltage of readings. (default: 0.1 V)")
  var readVoltage: String?

  func run() throws { try options.run("noise", givenSettings) }
}
