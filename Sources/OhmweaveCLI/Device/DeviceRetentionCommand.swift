import ArgumentParser

/// `ohmweave device retention`: conductances long after programming.
struct DeviceRetentionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retention", abstract: "Programs devices and follows their conductance in time.",
    discussion: """
      Lists are written '5 uS, 10 uS' or 'first : last : count'. --compare takes a CSV
      with the columns 'time (s)' and 'conductance (S)'.

      EXAMPLES
        ohmweave device retention pcm
        ohmweave device retention pcm --targets '5 uS, 20 uS' --times '20 s : 3e7 s : 30'
      """)

  @OptionGroup var options: DeviceOptions
  @Option(help: "The conductances that are written. (default: five over the window)")
  var targets: String?
  @Option(help: "When they are read. (default: 29 times up to 1e7 s)")
  var times: String?
  @Option(help: "Whether readings are noisy: true or false. (default: true)")
  var readNoise: String?
  @Option(parsing: .unconditional, help: "Dynamic laws: the voltage of readings. (default: 0.1 V)")
  var readVoltage: String?

  func run() throws { try options.run("retention", givenSettings) }
}
