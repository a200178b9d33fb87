import ArgumentParser
import Foundation
import InputOutput
import Jobs
import Reporting
import Studies

/// `ohmweave sweep`: a job over ranges of settings, with several chips per point.
struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Runs a job over ranges of its parameters, with several chips per point.",
    discussion: """
      The study file names the job, its parameters and the number of repeats; its
      keys are listed in docs/sweep.md. Results are stored row by row in
      results.sqlite: an interrupted sweep continues with --resume and ends with
      the same bits. Once all rows are complete, metrics.csv, figures and
      report.html are written.

      EXAMPLES
        ohmweave sweep study.yaml --dry-run
        ohmweave sweep study.yaml --output runs/study
        ohmweave sweep study.yaml --output runs/study --resume
        ohmweave sweep study.yaml --slurm --wait
      """)

  @Argument(help: "Study file (.yaml).")
  var study: String

  @Flag(help: "Print the plan and an estimate of time and disk space, without running it.")
  var dryRun = false

  @Flag(help: "Run the missing rows of an earlier sweep in the output folder.")
  var resume = false

  @Flag(help: "Run failed and missing rows again.")
  var retryFailed = false

  @Option(help: ArgumentHelp("Run part i of n, such as 2/4.", valueName: "i/n"))
  var shard: String?

  @Flag(help: "Submit the sweep to Slurm as a job array.")
  var slurm = false

  @Flag(help: "With --slurm: wait for the job array, then merge and write the report.")
  var wait = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if (resume || retryFailed) && common.overwrite {
      throw ValidationError(
        "--resume and --retry-failed continue a study, --overwrite replaces it: give one of them.")
    }
    if shard != nil && common.overwrite {
      throw ValidationError("--overwrite replaces the whole study and excludes --shard.")
    }
    if wait && !slurm { throw ValidationError("--wait needs --slurm.") }
    if slurm && (shard != nil || dryRun) {
      throw ValidationError("--slurm excludes --shard and --dry-run.")
    }
  }

  func run() throws {
    let context = common.context()
    let (study, output) = try enter()
    let sweep = try Sweep(
      study: study, output: output, seed: common.seed, jobs: StudyJobs.all)
    if dryRun { return try plan(sweep) }
    if slurm {
      let cluster = SlurmArray(sweep: sweep, studyPath: study, seed: common.seed)
      let job = try cluster.submit(overwrites: common.overwrite)
      print("submitted job \(job.id): \(job.tasks) tasks, script \(job.script)")
      guard wait else { return }
      return finish(
        sweep, try cluster.follow(job, figures: context.figures, observer: SweepProgress()))
    }
    var options = Sweep.Options()
    options.resumes = resume
    options.retriesFailures = retryFailed
    options.overwrites = common.overwrite
    options.figures = context.figures
    options.shard = try shard.map { try Shard($0) }
    finish(
      sweep, try sweep.run(options, observer: SweepProgress(), progress: context.progress))
  }

  /// Goes to the folder of an earlier run, which the paths of its `run.yaml` lead from.
  ///
  /// - Returns: paths of study and output that hold there.
  private func enter() throws -> (study: String, output: String?) {
    let here = FileManager.default.currentDirectoryPath
    guard let folder = Sweep.workingFolder(of: study), folder != here else {
      return (study, common.output)
    }
    func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(here)/\(path)" }
    let name = ((study as NSString).lastPathComponent as NSString).deletingPathExtension
    guard FileManager.default.changeCurrentDirectoryPath(folder) else {
      throw RunError("cannot enter the folder \(folder), where '\(study)' was run")
    }
    return (absolute(study), absolute(common.output ?? "runs/\(name)"))
  }

  private func plan(_ sweep: Sweep) throws {
    let estimate = try sweep.estimate()
    if common.json {
      print(try JSONText.encode(estimate))
      return
    }
    for one in sweep.plan.study.parameters { print(one.summary) }
    print(
      """
      \(counted(estimate.points, "point")) × \(counted(estimate.repeats, "chip")) = \
      \(counted(estimate.rows, "row")), \(counted(estimate.metrics, "metric")) per row
      time  \(String(format: "%.4g", estimate.secondsPerRow * 1e3)) ms per row, \
      \(String(format: "%.3g", estimate.secondsOfSetup)) s setup, \
      about \(SweepProgress.clock(estimate.seconds)) in total
      disk  about \(String(format: "%.3g", Double(estimate.bytes) / 1e6)) MB
      """)
  }

  private func finish(_ sweep: Sweep, _ state: SweepState) {
    struct Document: Encodable {
      var folder: String
      var rows: Int
      var done: Int
      var failed: Int
      var seconds: Double
    }
    if common.json {
      let document = Document(
        folder: sweep.folder, rows: state.total, done: state.done, failed: state.failed,
        seconds: state.elapsed)
      print((try? JSONText.encode(document)) ?? "")
      return
    }
    print("\(state.done) of \(state.total) rows complete, \(state.failed) failed")
    let report = "\(sweep.folder)/report.html"
    if shard == nil && state.done == sweep.plan.rowCount { print("report: \(report)") }
  }
}
