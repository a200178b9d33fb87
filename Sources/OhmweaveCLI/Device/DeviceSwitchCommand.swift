import ArgumentParser

/// `ohmweave device switch`: switching statistics.
struct DeviceSwitchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "switch", abstract: "The probability to switch against pulse width and height.",
    discussion: """
      Lists are written '1 V, 1.2 V' or 'first : last : count'. --compare takes a CSV
      with the columns 'height (V)', 'width (s)' and 'probability'; for breakdown
      'voltage (V)' and 'probability'.

      EXAMPLES
        ohmweave device switch ag-filament
        ohmweave device switch ag-filament --heights '2.6 V, 3 V' --widths '1 us : 1 s : 25'
        ohmweave device switch hfo2-jart-vcm-v1b --heights '-0.7 V, -0.9 V' --population 300
      """)

  @OptionGroup var options: DeviceOptions
  @OptionGroup var drive: DriveOptions
  @Option(parsing: .unconditional, help: "The heights of the pulses.")
  var heights: String?
  @Option(help: "Their widths.")
  var widths: String?

  func run() throws { try options.run("switch", drive.givenSettings + givenSettings) }
}
