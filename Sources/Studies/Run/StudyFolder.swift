import Foundation
import InputOutput
import Reporting

/// The output folder of a study: several processes, also on several machines, may work in it at once.
enum StudyFolder {
  /// Files that a study writes beside its databases and figures.
  private static let pages = ["metrics.csv", "report.html"]
  private static let records = ["run.yaml", "log.txt"]

  /// A database and the two files that SQLite keeps beside it.
  private static func files(of database: String) -> [String] {
    [database, database + "-wal", database + "-shm"]
  }

  /// Takes `folder` for a process that works on the rows of `database`, which it may share.
  ///
  /// A part of a study begins beside the other parts; everything else begins in a folder of its own.
  /// - Throws: `InputError` where the folder may not be used; see `RunFolder`.
  static func take(
    _ folder: String, database: String, resumes: Bool, isShard: Bool, overwrites: Bool,
    reads: [String]
  ) throws -> RunFolder {
    let path = "\(folder)/\(database)"
    let isThere = FileManager.default.fileExists(atPath: path)
    if isThere && !resumes && !overwrites {
      throw InputError(
        path,
        "holds results already: --resume runs what is missing, --overwrite begins anew")
    }
    let joins = resumes || (isShard && !overwrites)
    let names = files(of: database) + records + pages
    let run = try RunFolder(
      at: folder, job: "sweep",
      start: joins
        ? .resumed(
          proofs: ["run.yaml", "results.sqlite", database],
          adopted: files(of: database) + records) : .anew,
      overwrites: overwrites, isShared: true, reads: reads, names: names)
    if !joins { try run.clear() }
    // A database that is there is listed when its plan was found to be this study's.
    if !isThere || !joins { for name in files(of: database) { try run.list(name) } }
    if run.handle.kind(of: "log.txt") == .missing { try run.list("log.txt") }
    return run
  }

  /// Lists `database`, whose plan was found to be that of the run, and the records that are beside it.
  static func adopt(database: String, in run: RunFolder) throws(RunError) {
    for name in files(of: database) + records where run.handle.kind(of: name) == .file {
      try run.adopt(name)
    }
  }

  /// Takes the folder of a study that is submitted to a cluster, where it may have begun already.
  static func forSubmission(_ folder: String) throws -> RunFolder {
    try RunFolder(
      at: folder, job: "sweep",
      start: .resumed(
        proofs: ["run.yaml", "results.sqlite", "slurm.sh"], adopted: ["slurm.sh"] + records),
      overwrites: false, isShared: true, names: ["slurm.sh"])
  }

  /// Removes an earlier run of any job, to begin anew.
  static func clear(_ folder: String, reads: [String]) throws {
    let names = files(of: "results.sqlite") + records + pages + ["slurm.sh"]
    try RunFolder(
      at: folder, job: "sweep", overwrites: true, isShared: true, reads: reads, names: names
    ).clear()
  }

  /// Takes the folder of a study that `parts` are merged into.
  ///
  /// - Throws: `InputError` where the folder is neither new nor that of a study.
  static func forMerge(_ folder: String, parts: [String], overwrites: Bool) throws -> RunFolder {
    let database = files(of: "results.sqlite")
    let inside = parts.filter { $0.hasPrefix("\(folder)/shards/") }.map {
      String($0.dropFirst(folder.count + 1))
    }
    let run = try RunFolder(
      at: folder, job: "sweep",
      start: .resumed(proofs: ["run.yaml", "results.sqlite"] + inside, adopted: database),
      overwrites: overwrites, isShared: true, names: database)
    for name in database where run.handle.kind(of: name) == .missing { try run.list(name) }
    return run
  }

  /// Takes the folder of a study whose pages are written again from `results.sqlite`.
  ///
  /// - Throws: `InputError` where a page there was not written by a run and `overwrites` is not set.
  static func forReport(_ folder: String, overwrites: Bool) throws -> RunFolder {
    try RunFolder(
      at: folder, job: "sweep",
      start: .resumed(
        proofs: overwrites ? [] : ["run.yaml", "results.sqlite"],
        adopted: files(of: "results.sqlite") + records),
      overwrites: overwrites, isShared: true, names: pages)
  }
}
