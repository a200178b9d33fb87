import Foundation
import InputOutput
import LinearAlgebra
import Reporting

/// A study and the folder of its results: what `ohmweave sweep` does.
public struct Sweep: Sendable {
  /// What is run and how.
  public struct Options: Sendable {
    /// Goes on with the rows that are missing.
    public var resumes = false
    /// Runs the failed rows again.
    public var retriesFailures = false
    /// How the figures of the report are written.
    public var figures = FigureOptions()
    /// Replaces an earlier run.
    public var overwrites = false
    /// The part to run; `nil` for all rows.
    public var shard: Shard?
    /// How an interrupted sweep is continued, for its message.
    var continuation = "--resume continues"
    public init() {}
  }

  /// The plan.
  public let plan: Plan
  /// The folder of the results.
  public let folder: String
  /// The files that its runs read.
  let files: [String]

  /// Reads the study at `path` and checks its settings.
  ///
  /// - Parameters:
  ///   - output: the folder; `nil` for `runs/` and the file's name.
  ///   - jobs: the jobs that it may name.
  /// - Throws: `InputError` or `InputErrors` with every fault of the study.
  public init(
    study path: String, output: String?, seed: UInt64? = nil, jobs: [any StudyJob.Type]
  ) throws {
    plan = try Plan(try Study(path: path, seed: seed, jobs: jobs))
    files = try plan.check()
    let name = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
    folder = FolderPath.plain(output ?? "runs/\(name)")
  }

  /// A study that was read already, with its results in `folder`.
  ///
  /// - Throws: `InputErrors` with every fault of its settings.
  init(plan: Plan, folder: String) throws {
    self.plan = plan
    files = try plan.check()
    self.folder = FolderPath.plain(folder)
  }

  /// The folder from which the relative paths of the study at `path` lead, where it is the `run.yaml` of an earlier run;
  /// `nil` for that of the process.
  public static func workingFolder(of path: String) -> String? { StudyRunFile.folder(of: path) }

  /// The results of all parts together.
  public var database: String { "\(folder)/results.sqlite" }

  /// Runs what is missing. Where the whole plan is there afterwards, tables, figures and report are
  /// written too.
  ///
  /// - Throws: `InputError` where the folder holds something else, or results and `resumes` is not
  ///   set; `RunError` where results cannot be written or the sweep was interrupted.
  public func run(
    _ options: Options, observer: any SweepObserver, progress: any RunProgress = SilentProgress()
  ) throws -> SweepState {
    let file = options.shard?.file ?? "results.sqlite"
    let path = "\(folder)/\(file)"
    let resumes = options.resumes || options.retriesFailures
    let run = try StudyFolder.take(
      folder, database: file, resumes: resumes, isShard: options.shard != nil,
      overwrites: options.overwrites, reads: files)
    if options.shard == nil { Gnuplot.announce(to: progress) }
    let threads = Parallel.threadCount
    let store = try ResultsStore(
      path: path, plan: plan,
      session: SessionRecord(
        threads: threads, shard: options.shard?.description ?? "", files: files))
    try StudyFolder.adopt(database: file, in: run)
    run.share()
    if options.retriesFailures {
      try run.reopen()
      try store.forgetFailures()
    }
    if options.shard == nil || options.shard?.index == 1 { try writeRunFile(to: run) }
    let log = StudyLog(run.handle)
    Interruption.watch()
    let state: SweepState
    do {
      let runner = SweepRunner(
        plan: plan, store: store, threads: threads, shard: options.shard, observer: observer,
        log: log)
      state = try runner.run()
      for line in Self.shown(runner.setups.notes) { progress.note(line) }
    } catch {
      // The rows that were finished leave the log, where the disk allows it.
      try? store.end()
      try? store.close()
      throw error
    }
    if state.done < state.total && Interruption.isAsked {
      try store.close()
      throw RunError(
        "interrupted with \(state.done) of \(state.total) rows done in \(path); \(options.continuation)"
      )
    }
    if options.shard == nil && state.done == plan.rowCount {
      try StudyReport.write(
        plan: plan, store: store, to: run, figures: options.figures, progress: progress)
      try run.finish()
    }
    try store.close()
    return state
  }

  /// The first notes of the rows, which differ where a parameter stands in them.
  private static func shown(_ notes: [String]) -> [String] {
    let most = 5
    return Array(notes.prefix(most))
      + (notes.count > most ? ["and \(notes.count - most) more such notices of other rows"] : [])
  }

  /// What a dry run tells.
  public struct Estimate: Sendable, Encodable {
    public var points: Int
    public var repeats: Int
    public var rows: Int
    public var metrics: Int
    /// Seconds of one row, and of what the first one needs beside it.
    public var secondsPerRow: Double
    public var secondsOfSetup: Double
    /// Seconds of all rows on the threads there are.
    public var seconds: Double
    /// Bytes of the database.
    public var bytes: Int
  }

  /// Times the first rows, up to a second of them, and writes nothing.
  ///
  /// - Throws: what the job throws, where all of them fail.
  public func estimate() throws -> Estimate {
    let setups = SetupCache()
    var times: [Double] = []
    var count = 0
    var failure: (any Error)?
    for row in 0..<min(plan.rowCount, 1000) {
      let start = ContinuousClock.now
      do {
        count = try study.job.init(try plan.settings(row: row)).metrics(setups).count
      } catch {
        failure = error
      }
      times.append((ContinuousClock.now - start) / .seconds(1))
      if times.reduce(0, +) > 1 && times.count > 1 { break }
    }
    if count == 0, let failure { throw failure }
    let later = times.count > 1 ? Array(times.dropFirst()) : times
    let mean = later.reduce(0, +) / Double(later.count)
    let setup = max(0, times[0] - mean)
    // A rough estimate from how SQLite stores numbers, not a measurement.
    let bytes = plan.rowCount * (70 + 10 * plan.columns.count + 18 * count)
    return Estimate(
      points: plan.pointCount, repeats: study.repeats, rows: plan.rowCount, metrics: count,
      secondsPerRow: mean, secondsOfSetup: setup,
      seconds: setup + mean * Double(plan.rowCount) / Double(Parallel.threadCount), bytes: bytes)
  }

  private var study: Study { plan.study }

  private func writeRunFile(to run: RunFolder) throws {
    guard !FileManager.default.fileExists(atPath: "\(folder)/run.yaml") else { return }
    try run.write(StudyRunFile.text(plan), to: "run.yaml")
  }
}
