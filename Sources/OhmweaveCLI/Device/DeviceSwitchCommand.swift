import ArgumentParser

/// `ohmweave device switch`: switching statistics.
struct DeviceSwitchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "switch",
    abstract: "Computes the switching probability by pulse width and height.",
    discussion: """
      A list is '1 V, 1.2 V' or 'first : last : count'. --compare: a CSV file with
      the columns 'height (V)', 'width (s)' and 'probability'; for breakdown
      'voltage (V)' and 'probability'.

      EXAMPLES
        ohmweave device switch ag-filament
        ohmweave device switch ag-filament --heights '2.6 V, 3 V' --widths '1 us : 1 s : 25'
        ohmweave device switch hfo2-jart-vcm-v1b --heights '-0.7 V, -0.9 V' --population 300
      """)

  @OptionGroup var options: DeviceOptions
  @OptionGroup var drive: DriveOptions
  @Option(help: "Pulse heights, a list. (default: from the file)")
  var heights: String?
  @Option(help: "Pulse widths, a list. (default: from the file)")
  var widths: String?

  func run() throws { try options.run("switch", drive.givenSettings + givenSettings) }
}
