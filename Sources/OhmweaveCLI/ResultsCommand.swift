import ArgumentParser
import Experiments
import Foundation
import InputOutput

/// `ohmweave results`: what studies left behind.
struct ResultsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "results",
    abstract: "Shows, exports, asks, merges and reports the results of studies.",
    discussion: """
      The tables of results.sqlite are described in docs/results.md for those who
      use SQL.

      EXAMPLES
        ohmweave results status runs/study
        ohmweave results export runs/study --format npz --to study.npz
        ohmweave results query runs/study --where 'adc-bits >= 6' --group-by sigma
        ohmweave results merge runs/study
      """,
    subcommands: [Export.self, Query.self, Merge.self, Status.self, Report.self])

  /// A folder of a study, or the database itself.
  static func database(_ folder: String) -> String {
    folder.hasSuffix(".sqlite") ? folder : "\(folder)/results.sqlite"
  }

  /// `ohmweave results export`
  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes all rows as CSV or NPZ, in the order of the plan.",
      discussion: """
        EXAMPLE
          ohmweave results export runs/study --format csv --to study.csv
        """)

    @Argument(help: "The folder of the study, or a database.") var folder: String
    @Option(help: "csv or npz. (default: csv)") var format: String = "csv"
    @Option(help: ArgumentHelp("The file. (default: results.csv in the folder)", valueName: "file"))
    var to: String?
    @Flag(help: "Replace the file where it exists.") var overwrite = false

    func validate() throws {
      guard ["csv", "npz"].contains(format) else {
        throw ValidationError("--format '\(format)' is neither csv nor npz.")
      }
    }

    func run() throws {
      let database = ResultsCommand.database(folder)
      let path = to ?? (database as NSString).deletingPathExtension + ".\(format)"
      let store = try ResultsStore(reading: database)
      try AtomicFile.checkWritable(path, overwrites: overwrite)
      if format == "csv" {
        try ResultsExport.csv(store, to: path)
      } else {
        try ResultsExport.npz(store, to: path)
      }
      if !OutputTarget.isStream(path) { print(path) }
    }
  }

  /// `ohmweave results query`
  struct Query: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints the rows that meet conditions, or statistics of groups of them.",
      discussion: """
        A condition is a parameter or a metric, one of = != < <= > >=, and a value.

        EXAMPLES
          ohmweave results query runs/study --where 'accuracy < 0.9' --limit 20
          ohmweave results query runs/study --metric accuracy --group-by adc-bits
        """)

    @Argument(help: "The folder of the study, or a database.") var folder: String
    @Option(help: ArgumentHelp("A condition; may be given several times.", valueName: "condition"))
    var `where`: [String] = []
    @Option(help: "The metric; may be given several times. (default: all)") var metric: [String] =
      []
    @Option(help: "Statistics for each value of this parameter; may be given several times.")
    var groupBy: [String] = []
    @Option(help: "How many rows are printed at most. (default: 100)") var limit: Int = 100
    @Flag(help: "Print the results as JSON.") var json = false

    func run() throws {
      let store = try ResultsStore(reading: ResultsCommand.database(folder))
      let table = try ResultsQuery(
        conditions: `where`, metrics: metric, groups: groupBy, limit: limit
      ).table(of: store)
      print(json ? try table.json() : table.plainText, terminator: json ? "\n" : "")
    }
  }

  /// `ohmweave results merge`
  struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Joins the databases of a study's parts and writes the report.",
      discussion: """
        EXAMPLES
          ohmweave results merge runs/study
          ohmweave results merge runs/all a/results.sqlite b/results.sqlite
        """)

    @Argument(help: "The folder of the study.") var folder: String
    @Argument(help: "The databases. (default: shards/*.sqlite in the folder)") var parts: [String] =
      []
    @OptionGroup var common: CommonOptions

    func run() throws {
      let progress = common.context().progress
      let target = ResultsCommand.database(folder)
      let all = parts.isEmpty ? ResultsMerge.parts(in: folder) : parts
      let (done, total) = try ResultsMerge.merge(all, into: target)
      print("\(done) of \(total) rows are there")
      guard done == total else { return }
      let store = try ResultsStore(reading: target)
      try StudyReport.write(
        plan: try store.plan(), store: store, to: folder, overwrites: common.overwrite,
        progress: progress)
      print("report: \(folder)/report.html")
    }
  }

  /// `ohmweave results status`
  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tells how far a study and its parts are.",
      discussion: """
        EXAMPLE
          ohmweave results status runs/study
        """)

    @Argument(help: "The folder of the study, or a database.") var folder: String
    @Flag(help: "Print the results as JSON.") var json = false

    func run() throws {
      var files = [ResultsCommand.database(folder)].filter(FileManager.default.fileExists)
      files += folder.hasSuffix(".sqlite") ? [] : ResultsMerge.parts(in: folder)
      if files.isEmpty { throw InputError(ResultsCommand.database(folder), "no such file") }
      let table = try ResultsQuery.status(of: files)
      print(json ? try table.json() : table.plainText, terminator: json ? "\n" : "")
    }
  }

  /// `ohmweave results report`
  struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes metrics.csv, figures and report.html from what is there now.",
      discussion: """
        EXAMPLE
          ohmweave results report runs/study
        """)

    @Argument(help: "The folder of the study.") var folder: String
    @Option(help: "A study file whose specification, metrics and figures count instead.")
    var study: String?
    @OptionGroup var common: CommonOptions

    func run() throws {
      let progress = common.context().progress
      let store = try ResultsStore(reading: ResultsCommand.database(folder))
      var plan = try store.plan()
      if let study { plan = try plan.shown(by: study) }
      try StudyReport.write(
        plan: plan, store: store, to: common.output ?? folder, overwrites: common.overwrite,
        progress: progress)
      print("report: \(common.output ?? folder)/report.html")
    }
  }
}
