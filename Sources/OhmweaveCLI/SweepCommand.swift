import ArgumentParser
import Experiments
import Foundation

/// `ohmweave sweep`: a job over many settings and chips.
struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Runs a job over ranges of its parameters, many chips each.",
    discussion: """
      The study file names the job, what varies and how often; docs/sweep.md tells
      its keys. Results gather in results.sqlite, row by row: a sweep that was
      killed goes on with --resume and ends with the same bits. When all rows are
      there, metrics.csv, figures and report.html are written.

      EXAMPLES
        ohmweave sweep study.yaml --dry-run
        ohmweave sweep study.yaml --output runs/study
        ohmweave sweep study.yaml --output runs/study --resume
        ohmweave sweep study.yaml --slurm --wait
      """)

  @Argument(help: "The study file.")
  var study: String

  @Flag(help: "Print the plan, the time it takes and the disk it needs.")
  var dryRun = false

  @Flag(help: "Run only the rows that are missing.")
  var resume = false

  @Flag(help: "Run the failed rows again, and those that are missing.")
  var retryFailed = false

  @Option(help: ArgumentHelp("Run one part, such as 2/4.", valueName: "i/n"))
  var shard: String?

  @Flag(help: "Submit the parts to Slurm as a job array.")
  var slurm = false

  @Flag(help: "With --slurm: wait for the array, then merge and report.")
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
    let sweep = try Sweep(study: study, output: common.output, seed: common.seed)
    if dryRun { return try plan(sweep) }
    if slurm {
      let cluster = SlurmArray(sweep: sweep, studyPath: study, seed: common.seed)
      let job = try cluster.submit(overwrites: common.overwrite)
      print("submitted job \(job.id): \(job.tasks) tasks, script \(job.script)")
      guard wait else { return }
      return finish(sweep, try cluster.follow(job, observer: SweepProgress()))
    }
    var options = Sweep.Options()
    options.resumes = resume
    options.retriesFailures = retryFailed
    options.overwrites = common.overwrite
    options.shard = try shard.map { try Shard($0) }
    finish(
      sweep, try sweep.run(options, observer: SweepProgress(), progress: context.progress))
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
      \(estimate.points) points × \(estimate.repeats) chips = \(estimate.rows) rows, \
      \(estimate.metrics) metrics each
      time  \(String(format: "%.4g", estimate.secondsPerRow * 1e3)) ms a row, \
      \(String(format: "%.3g", estimate.secondsOfSetup)) s to begin with, \
      about \(SweepProgress.clock(estimate.seconds)) in all
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
    print("\(state.done) of \(state.total) rows are there, \(state.failed) failed")
    let report = "\(sweep.folder)/report.html"
    if shard == nil && state.done == sweep.plan.rowCount { print("report: \(report)") }
  }
}
