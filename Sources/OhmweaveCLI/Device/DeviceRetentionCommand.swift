import ArgumentParser

/// `ohmweave device retention`: conductances long after programming.
struct DeviceRetentionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retention", abstract: "Programs devices and follows their conductance over time.",
    discussion: """
      A list is '5 uS, 10 uS' or 'first : last : count'. --compare: a CSV file with
      the columns 'time (s)' and 'conductance (S)'.

      EXAMPLES
        ohmweave device retention pcm
        ohmweave device retention pcm --targets '5 uS, 20 uS' --times '20 s : 3e7 s : 30'
      """)

  @OptionGroup var options: DeviceOptions
  @Option(help: "Target conductances. (default: five across the window)")
  var targets: String?
  @Option(help: "Times of the reads. (default: 29 times up to 1e7 s)")
  var times: String?
  @Option(
    help: "Temperature, such as '358 K', by Arrhenius's law. (default: that of the drift law)")
  var temperature: String?
  @Option(help: "Whether read noise applies: true or false. (default: true)")
  var readNoise: String?
  @Option(help: "Dynamic laws: read voltage. (default: 0.1 V)")
  var readVoltage: String?

  func run() throws { try options.run("retention", givenSettings) }
}
