import ArgumentParser
import Experiments
import InputOutput

/// `ohmweave report`: the page of any run.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes one HTML page from the files of a run.",
    discussion: """
      The page holds the run's figures, its metrics and its run file, and needs
      nothing beside it. A run writes report.html itself; this makes a page from
      what lies in the folder now.

      EXAMPLE
        ohmweave report runs/demo --to demo.html
      """)

  @Argument(help: "The folder of the run.")
  var folder: String

  @Option(help: ArgumentHelp("The file to write.", valueName: "file"))
  var to = "report.html"

  @Flag(help: "Replace the file where it exists.")
  var overwrite = false

  func run() throws {
    try RunReport.write(run: folder, to: to, overwrites: overwrite)
    if !OutputTarget.isStream(to) { print(to) }
  }
}
