import Foundation
import InputOutput
import LinearAlgebra
import Reporting

/// The replay of claims: each in a folder of its own below the output folder, as a sweep, whose finished rows
/// are kept, and one table and page of all.
public struct Verification: Sendable {
  /// What is written beside the folders of the claims.
  private static let pages = ["metrics.csv", "report.html"]

  private let claims: [Claim]
  private let folder: String
  /// Why a claim cannot be run here, by its name.
  private let missing: [String: String]

  /// Finds out which of the claims can be run.
  ///
  /// - Parameters:
  ///   - folder: the output folder.
  ///   - missingData: says what to do where the data set of a name is not on this machine, `nil` where it is.
  /// - Throws: what `missingData` throws for an unknown name; `InputError` where two claims have one name.
  public init(_ claims: [Claim], folder: String, missingData: (String) throws -> String?) throws {
    self.claims = claims
    self.folder = FolderPath.plain(folder)
    var missing: [String: String] = [:]
    var names: Set<String> = []
    for claim in claims {
      guard !Self.pages.contains(claim.name), claim.name != "figures" else {
        throw InputError(
          "verify", "the claim '\(claim.name)' is called like a file of the output folder")
      }
      guard names.insert(claim.name).inserted else {
        throw InputError("verify", "the claim '\(claim.name)' is named twice")
      }
      if let program = claim.programs.first(where: { ChildProcess.path(of: $0) == nil }) {
        missing[claim.name] = "the program \(program) is not installed"
      }
      for name in claim.data where missing[claim.name] == nil {
        if let reason = try missingData(name) {
          missing[claim.name] = "the data set \(name) is not on this machine: \(reason)"
        }
      }
    }
    self.missing = missing
  }

  /// Runs what is missing and writes the tables, figures and the page of all claims.
  ///
  /// - Parameters:
  ///   - overwrites: whether finished claims are run again.
  ///   - observer: follows the rows of each claim.
  /// - Throws: `InputErrors` with every fault of a claim's settings, before anything runs; `RunError` where
  ///   results cannot be written or the run was interrupted.
  public func run(
    overwrites: Bool, figures: FigureOptions, observer: any SweepObserver,
    progress: any RunProgress
  ) throws -> [ClaimOutcome] {
    let sweeps = try claims.map { claim in
      missing[claim.name] == nil
        ? try Sweep(plan: claim.plan, folder: "\(folder)/\(claim.name)") : nil
    }
    let run = try RunFolder(
      at: folder, job: "verify", start: .resumed(proofs: [], adopted: []), overwrites: overwrites,
      names: Self.pages)
    try run.reopen()
    Gnuplot.announce(to: progress)
    var outcomes: [ClaimOutcome] = []
    for (claim, sweep) in zip(claims, sweeps) {
      guard let sweep else {
        outcomes.append(ClaimOutcome(skipped: claim, because: missing[claim.name] ?? ""))
        continue
      }
      let place = "\(outcomes.count + 1) of \(claims.count)"
      progress.note("Claim \(place), \(claim.name): \(counted(claim.plan.rowCount, "run"))")
      outcomes.append(
        try replay(claim, sweep, overwrites, figures, observer: observer, progress: progress))
    }
    let summary = ClaimSummary(outcomes)
    let drawn = DrawnFigures(summary.figures, figures, progress: progress)
    var written: Set<String> = []
    try drawn.write { (bytes: [UInt8], name: String) throws in
      written.insert(name)
      try run.write(bytes, to: name)
    }
    run.removeListed(below: "figures", except: written)
    try run.write(summary.table.csv, to: "metrics.csv")
    try run.write(summary.html(drawn), to: "report.html")
    try run.finish()
    return outcomes
  }

  /// Runs the rows of `claim` that are missing, or all of them where those that are there are of another
  /// version, plan or content of files.
  private func replay(
    _ claim: Claim, _ sweep: Sweep, _ overwrites: Bool, _ figures: FigureOptions,
    observer: any SweepObserver, progress: any RunProgress
  ) throws -> ClaimOutcome {
    var options = Sweep.Options()
    options.figures = figures
    options.continuation = "the same command continues"
    if FileManager.default.fileExists(atPath: sweep.database) {
      let store = try ResultsStore(reading: sweep.database)
      let isCurrent = try store.isCurrent(claim.plan, files: sweep.files)
      let counts = isCurrent ? try store.counts() : (done: 0, failed: 0)
      if isCurrent && !overwrites && counts.done == claim.plan.rowCount && counts.failed == 0 {
        return try ClaimOutcome(claim, store: store)
      }
      options.overwrites = overwrites || !isCurrent
      options.resumes = !options.overwrites
      options.retriesFailures = options.resumes && counts.failed > 0
    }
    _ = try sweep.run(options, observer: observer, progress: progress)
    return try ClaimOutcome(claim, store: try ResultsStore(reading: sweep.database))
  }
}
