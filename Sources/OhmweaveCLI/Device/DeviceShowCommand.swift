import ArgumentParser
import CircuitJobs

/// `ohmweave device show`: the content of one device file.
struct DeviceShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Shows source, validity, parameters and check points of a device.",
    discussion: """
      EXAMPLE
        ohmweave device show hfox-stanford
      """)

  @Argument(help: "Device: a name or a device file.")
  var device: String

  @Flag(help: "Print the parameters as JSON.")
  var json = false

  func run() throws {
    let card = try DeviceCatalog.card(of: device)
    print(json ? try card.parameters.json() + "\n" : card.text, terminator: "")
  }
}
