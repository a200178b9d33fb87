import ArgumentParser
import Foundation
import InputOutput
import Jobs
import Studies

/// `ohmweave results`: the results of sweeps.
struct ResultsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "results",
    abstract: "Exports, queries, merges and reports the results of sweeps.",
    discussion: """
      docs/results.md describes the tables of results.sqlite for use with SQL.

      EXAMPLES
        ohmweave results status runs/study
        ohmweave results export runs/study --format npz --to study.npz
        ohmweave results query runs/study --where 'adc-bits >= 6' --group-by sigma
        ohmweave results merge runs/study
      """,
    subcommands: [Export.self, Query.self, Merge.self, Status.self, Report.self])

  /// The path of the database of a study, given its folder or the database itself.
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

    @Argument(help: "Folder of the study, or its database.") var folder: String
    @Option(help: "File format: csv or npz. (default: csv)") var format: String = "csv"
    @Option(
      help: ArgumentHelp(
        "File to write. (default: results.csv or .npz in the folder)", valueName: "file"))
    var to: String?
    @Flag(help: "Replace the file if it exists.") var overwrite = false

    func validate() throws {
      guard ["csv", "npz"].contains(format) else {
        throw ValidationError("--format '\(format)' is neither csv nor npz.")
      }
    }

    func run() throws {
      let database = ResultsCommand.database(folder)
      let path = to ?? (database as NSString).deletingPathExtension + ".\(format)"
      let store = try ResultsStore(reading: database)
      try AtomicFile.checkWritable(path, overwrites: overwrite, reading: [database])
      let plan = try store.plan(jobs: StudyJobs.all)
      if format == "csv" {
        try ResultsExport.csv(store, plan: plan, to: path)
      } else {
        try ResultsExport.npz(store, plan: plan, to: path)
      }
      if !OutputTarget.isStream(path) { print(path) }
    }
  }

  /// `ohmweave results query`
  struct Query: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints rows that meet conditions, or statistics of groups of rows.",
      discussion: """
        A condition is a parameter or metric, one of = != < <= > >=, and a value.

        EXAMPLES
          ohmweave results query runs/study --where 'accuracy < 0.9' --limit 20
          ohmweave results query runs/study --metric accuracy --group-by adc-bits
        """)

    @Argument(help: "Folder of the study, or its database.") var folder: String
    @Option(help: ArgumentHelp("Condition; can be repeated.", valueName: "condition"))
    var `where`: [String] = []
    @Option(help: "Metric to print; can be repeated. (default: all)") var metric: [String] =
      []
    @Option(help: "Print statistics per value of this parameter; can be repeated.")
    var groupBy: [String] = []
    @Option(help: "Maximum number of rows to print. (default: 100)") var limit: Int = 100
    @Flag(help: "Print the results as JSON.") var json = false

    func run() throws {
      let store = try ResultsStore(reading: ResultsCommand.database(folder))
      let table = try ResultsQuery(
        conditions: `where`, metrics: metric, groups: groupBy, limit: limit
      ).table(of: store, plan: try store.plan(jobs: StudyJobs.all))
      print(json ? try table.json() : table.plainText, terminator: json ? "\n" : "")
    }
  }

  /// `ohmweave results merge`
  struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Merges the databases of the parts of a study and writes the report.",
      discussion: """
        EXAMPLES
          ohmweave results merge runs/study
          ohmweave results merge runs/all a/results.sqlite b/results.sqlite
        """)

    @Argument(help: "Folder of the study.") var folder: String
    @Argument(help: "Databases to merge. (default: shards/*.sqlite in the folder)") var parts:
      [String] =
        []
    @OptionGroup var common: CommonOptions

    func run() throws {
      let context = common.context()
      let folder = FolderPath.plain(folder)
      let all = parts.isEmpty ? ResultsMerge.parts(in: folder) : parts
      let (done, total) = try ResultsMerge.merge(
        all, into: folder, overwrites: common.overwrite, jobs: StudyJobs.all)
      print("\(done) of \(total) rows complete")
      guard done == total else { return }
      let store = try ResultsStore(reading: "\(folder)/results.sqlite")
      try StudyReport.write(
        plan: try store.plan(jobs: StudyJobs.all), store: store, to: folder,
        overwrites: common.overwrite, figures: context.figures, progress: context.progress)
      print("report: \(folder)/report.html")
    }
  }

  /// `ohmweave results status`
  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints how many rows of a study and of its parts are complete.",
      discussion: """
        EXAMPLE
          ohmweave results status runs/study
        """)

    @Argument(help: "Folder of the study, or its database.") var folder: String
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
      abstract: "Writes metrics.csv, figures and report.html from the rows that are complete.",
      discussion: """
        EXAMPLE
          ohmweave results report runs/study
        """)

    @Argument(help: "Folder of the study.") var folder: String
    @Option(help: "Study file whose specification, metrics and figures replace those of the study.")
    var study: String?
    @OptionGroup var common: CommonOptions

    func run() throws {
      let context = common.context()
      let store = try ResultsStore(reading: ResultsCommand.database(folder))
      var plan = try store.plan(jobs: StudyJobs.all)
      if let study { plan = try plan.shown(by: study) }
      try StudyReport.write(
        plan: plan, store: store, to: common.output ?? folder, overwrites: common.overwrite,
        figures: context.figures, progress: context.progress)
      print("report: \(common.output ?? folder)/report.html")
    }
  }
}
