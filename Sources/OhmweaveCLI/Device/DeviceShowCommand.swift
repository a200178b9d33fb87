import ArgumentParser
import Experiments

/// `ohmweave device show`: everything one device file says.
struct DeviceShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Shows a device: source, validity, parameters, check points.",
    discussion: """
      EXAMPLE
        ohmweave device show hfox-stanford
      """)

  @Argument(help: "The device: a name or a device file.")
  var device: String

  @Flag(help: "Print the parameters as JSON.")
  var json = false

  func run() throws {
    let card = try DeviceCatalogue.card(of: device)
    print(json ? try card.parameters.json() + "\n" : card.text, terminator: "")
  }
}
