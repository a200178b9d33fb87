import ArgumentParser

/// `ohmweave device noise`: conductance over time and its spectrum.
struct DeviceNoiseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "noise",
    abstract: "Simulates telegraph and 1/f noise: a trace in time and its power spectrum.",
    discussion: """
      --compare: a CSV file with the columns 'time (s)' and 'conductance (S)'.

      EXAMPLES
        ohmweave device noise rram-telegraph
        ohmweave device noise pcm --conductance '10 uS' --rate '1 kHz'
        ohmweave device noise hfox-stanford
      """)

  @OptionGroup var options: DeviceOptions
  @Option(
    help:
      "Mean conductance. (default: that of the record in the file, else the middle of the window)")
  var conductance: String?
  @Option(help: "Sampling rate, such as '400 Hz'. (default: from the file)")
  var rate: String?
  @Option(help: "Number of samples. (default: 65536; dynamic laws: 16384)")
  var samples: String?
  @Option(help: "Dynamic laws: read voltage. (default: 0.1 V)")
  var readVoltage: String?

  func run() throws { try options.run("noise", givenSettings) }
}
