import ArgumentParser
import InputOutput
import Reporting

/// `ohmweave report`: one HTML page of any run.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes one HTML page from the files of a run.",
    discussion: """
      The page is self-contained: figures, metrics and run file. Every run writes
      report.html; this command writes it again from the current files of the
      folder.

      EXAMPLE
        ohmweave report runs/demo --to demo.html
      """)

  @Argument(help: "Folder of the run.")
  var folder: String

  @Option(help: ArgumentHelp("File to write.", valueName: "file"))
  var to = "report.html"

  @Flag(help: "Replace the file if it exists.")
  var overwrite = false

  func run() throws {
    try RunReport.write(run: folder, to: to, overwrites: overwrite)
    if !OutputTarget.isStream(to) { print(to) }
  }
}
