import ArgumentParser
import CircuitJobs

/// `ohmweave device list`: the devices in `device-models/`.
struct DeviceListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists the devices of device-models/ with their laws and titles.",
    discussion: """
      EXAMPLES
        ohmweave device list
        ohmweave device list --json
      """)

  @Flag(help: "Print the list as JSON.")
  var json = false

  func run() throws {
    let table = try DeviceCatalog.list()
    print(json ? try table.json() + "\n" : table.plainText, terminator: "")
  }
}
