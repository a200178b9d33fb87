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

      EXAMPLES
        ohmweave report runs/demo --to demo.html
        ohmweave report runs/demo --figure-format pdf --figures-to paper
      """)

  @Argument(help: "Folder of the run.")
  var folder: String

  @Option(help: ArgumentHelp("File to write.", valueName: "file"))
  var to = "report.html"

  @OptionGroup var figures: FigureOutputOptions

  @Option(
    help: ArgumentHelp("Folder that receives the figures as files.", valueName: "dir"))
  var figuresTo: String?

  @Flag(help: "Replace a page and figures that exist; a file that is no page of ohmweave is kept.")
  var overwrite = false

  func validate() throws {
    if figures.figureFormat != nil, figuresTo == nil {
      throw ValidationError("--figure-format needs --figures-to, the folder of the files.")
    }
  }

  func run() throws {
    let isDrawn = figures.isGiven || figuresTo != nil
    try RunReport.write(
      run: folder, to: to, overwrites: overwrite, drawing: isDrawn ? figures.options : nil,
      files: figuresTo)
    if !OutputTarget.isStream(to) { print(to) }
  }
}
