import Foundation
import InputOutput
import LinearAlgebra
import Reporting

/// A study as a job array of Slurm: one part a task, each with a database of its own.
///
/// Slurm is the engine: this writes a script, calls `sbatch`, `squeue`, and merges at the end.
public struct SlurmArray: Sendable {
  /// What was submitted.
  public struct Job: Sendable {
    public var id: String
    public var tasks: Int
    public var script: String
  }

  private let sweep: Sweep
  private let studyPath: String
  private let seed: UInt64?

  /// The array for `sweep`, whose study stands at `studyPath`.
  public init(sweep: Sweep, studyPath: String, seed: UInt64?) {
    self.sweep = sweep
    self.studyPath = studyPath
    self.seed = seed
  }

  private var options: ClusterOptions { sweep.plan.study.cluster }
  private var taskCount: Int { min(options.tasks, sweep.plan.pointCount) }

  /// The parts whose rows are not all there.
  func incomplete() throws -> [Int] {
    let repeats = sweep.plan.study.repeats
    var whole: [Bool] = []
    if FileManager.default.fileExists(atPath: sweep.database) {
      whole = try ResultsStore(reading: sweep.database).present(rowCount: sweep.plan.rowCount).rows
    }
    return try (1...taskCount).filter { index in
      let shard = try Shard("\(index)/\(taskCount)")
      var rows = whole
      let path = "\(sweep.folder)/\(shard.file)"
      if FileManager.default.fileExists(atPath: path) {
        let part = try ResultsStore(reading: path).present(rowCount: sweep.plan.rowCount).rows
        rows = rows.isEmpty ? part : zip(rows, part).map { $0 || $1 }
      }
      guard !rows.isEmpty else { return true }
      return (0..<sweep.plan.pointCount).contains { point in
        shard.contains(point) && rows[point * repeats..<(point + 1) * repeats].contains(false)
      }
    }
  }

  /// The script of the array for the parts `indices`.
  func script(_ indices: [Int]) -> String {
    var lines = [
      "#!/bin/bash",
      "#SBATCH --job-name=ohmweave",
      "#SBATCH --array=\(indices.map(String.init).joined(separator: ","))",
      "#SBATCH --cpus-per-task=\(options.processors)",
      "#SBATCH --requeue",
      // A task that Slurm stops ends its running rows first.
      "#SBATCH --signal=TERM@30",
      "#SBATCH --open-mode=append",
    ]
    for (name, value) in [
      ("partition", options.partition), ("account", options.account), ("time", options.time),
      ("mem", options.memory),
    ] where !value.isEmpty {
      lines.append("#SBATCH --\(name)=\(value)")
    }
    lines += options.modules.map { "module load \(ShellText.word($0))" }
    let seedOption = seed.map { " --seed \($0)" } ?? ""
    let portable = ArithmeticMode.current == .portable ? " --portable" : ""
    lines.append(
      "exec \(ShellText.word(executable)) sweep \(ShellText.word(absolute(studyPath))) "
        + "--output \(ShellText.word(absolute(sweep.folder))) --resume\(seedOption)\(portable) "
        + "--threads \"${SLURM_CPUS_PER_TASK:-1}\" "
        + "--shard \"$SLURM_ARRAY_TASK_ID/\(taskCount)\"")
    return lines.joined(separator: "\n") + "\n"
  }

  /// Writes the script and submits the parts that are not complete.
  ///
  /// - Parameter overwrites: whether the results of an earlier run are removed first.
  /// - Throws: `RunError` where Slurm is missing or refuses.
  public func submit(overwrites: Bool) throws -> Job {
    if overwrites { try StudyFolder.clear(sweep.folder, reads: sweep.files) }
    let indices = try incomplete()
    guard !indices.isEmpty else {
      throw RunError(
        "all \(taskCount) parts are complete; 'ohmweave results merge \(sweep.folder)' joins them")
    }
    if let limit = arrayLimit, let last = indices.last, last >= limit {
      throw RunError(
        "the study has \(taskCount) tasks, this cluster numbers the tasks of an array up to \(limit - 1) (MaxArraySize): set 'tasks' under 'slurm' to \(limit - 1) or fewer, each task then takes more points"
      )
    }
    let path = "\(absolute(sweep.folder))/slurm.sh"
    let run = try StudyFolder.forSubmission(sweep.folder)
    try run.write(script(indices), to: "slurm.sh")
    try run.handle.makeFolder("shards")
    // Slurm replaces %A and the like in the name of the log; "%%" is a percent sign.
    let logs = absolute(sweep.folder).replacingOccurrences(of: "%", with: "%%")
    let answer = try call([
      "sbatch", "--parsable", "--chdir=\(FileManager.default.currentDirectoryPath)",
      "--output=\(logs)/shards/slurm-%A_%a.log", path,
    ])
    let id = String(answer.split(whereSeparator: { ";\n ".contains($0) }).first ?? "")
    guard Int(id) != nil else { throw RunError("sbatch gave no job number but '\(answer)'") }
    return Job(id: id, tasks: indices.count, script: path)
  }

  /// Follows the array until no task is left, merges the parts and writes the report.
  ///
  /// - Throws: `RunError` where rows are missing at the end.
  public func follow(
    _ job: Job, figures: FigureOptions = FigureOptions(), observer: any SweepObserver
  ) throws -> SweepState {
    let start = Date()
    var state = SweepState(
      total: sweep.plan.rowCount, done: 0, failed: 0, finishedHere: 0, elapsed: 0)
    let before = try counts().done
    Interruption.watch()
    while try isQueued(job.id) {
      let (done, failed) = try counts()
      state.done = done
      state.failed = failed
      state.finishedHere = done - before
      state.elapsed = Date().timeIntervalSince(start)
      observer.report(state, isLast: false)
      for _ in 0..<10 where !Interruption.isAsked { Thread.sleep(forTimeInterval: 0.2) }
      if Interruption.isAsked {
        throw RunError("no longer following job \(job.id), which goes on in Slurm")
      }
    }
    let (done, total) = try ResultsMerge.merge(
      ResultsMerge.parts(in: sweep.folder), into: sweep.folder, overwrites: false,
      jobs: sweep.plan.study.jobs)
    let store = try ResultsStore(reading: sweep.database)
    state.done = done
    state.failed = try store.present(rowCount: total).failed
    observer.report(state, isLast: true)
    guard done == total else {
      throw RunError(
        "job \(job.id) ended with \(done) of \(total) rows; --slurm submits the parts that miss rows"
      )
    }
    try StudyReport.write(
      plan: sweep.plan, store: store, to: sweep.folder, overwrites: false, figures: figures,
      progress: SilentProgress())
    return state
  }

  /// The cluster's MaxArraySize, above the largest number that a task may have; `nil` where it does not say.
  private var arrayLimit: Int? {
    guard let text = try? call(["scontrol", "show", "config"]) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix("MaxArraySize") }
    return line?.split(separator: "=").last.flatMap {
      Int($0.trimmingCharacters(in: .whitespaces))
    }
  }

  private func counts() throws -> (done: Int, failed: Int) {
    var sum = (done: 0, failed: 0)
    for path in ResultsMerge.parts(in: sweep.folder) {
      // A database that its task is just making has no tables yet.
      guard let store = try? ResultsStore(reading: path) else { continue }
      let one = try store.read { db in
        try db.texts("SELECT count(*), sum(status = 'failed') FROM points")
      }
      sum.done += Int(one[0][0]) ?? 0
      sum.failed += Int(one[0][1]) ?? 0
    }
    return sum
  }

  private func isQueued(_ id: String) throws -> Bool {
    // squeue forgets an old job and then calls its number invalid.
    guard let answer = try? call(["squeue", "--noheader", "--jobs=\(id)", "--format=%i"]) else {
      return false
    }
    return !answer.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty
  }

  private var executable: String { SharedFiles.executable.path }

  private func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
  }

  private func call(_ arguments: [String]) throws(RunError) -> String {
    guard let executable = ChildProcess.path(of: arguments[0]) else {
      throw RunError("'\(arguments[0])' was not found: --slurm needs Slurm's commands on PATH")
    }
    let outcome = try ChildProcess(
      executable, Array(arguments.dropFirst()), timeLimit: .seconds(120)
    ).run()
    guard outcome.end != .outOfTime else {
      throw RunError("\(arguments[0]) did not answer within 120 s")
    }
    guard outcome.isSuccess else {
      throw RunError(
        "\(arguments[0]) refuses: \(outcome.lastComplaint ?? "no reason given")")
    }
    return outcome.text
  }
}
