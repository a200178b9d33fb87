import ArgumentParser
import Foundation
import InputOutput
import Jobs
import LinearAlgebra
import NetworkJobs
import Reporting
import Studies

/// `ohmweave verify`: replays of published results.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Replays published results and compares the numbers.",
    discussion: """
      A claim is a YAML file: a study and the numbers that it must reproduce, each
      with tolerance and source; its keys are listed in docs/verify.md. Finished
      claims are kept in the output folder and are not run again without
      --overwrite. Claims whose data or programs are absent are skipped. The exit
      status is 1 if a claim fails.

      EXAMPLES
        ohmweave verify --list
        ohmweave verify --quick
        ohmweave verify ramp-steps lim-patterns
        ohmweave verify my-claim.yaml --seed 7 --output runs/seed-7
      """)

  @Argument(
    help: "Claims, by name or as files. (default: all, or those that take seconds with --quick)")
  var names: [String] = []

  @Flag(help: "List the claims and end.")
  var list = false

  @Flag(help: "Only claims that take seconds.")
  var quick = false

  @Option(
    help: ArgumentHelp("Folder with claims. (default: Examples/claims)", valueName: "dir"))
  var claims: String?

  @Option(help: ArgumentHelp("Write the table as JSON, one object per number.", valueName: "file"))
  var json: String?

  @Option(help: "Seed of all claims. (default: that of each claim)")
  var seed: UInt64?

  @OptionGroup var parallel: ThreadsOption

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Output folder. (default: runs/verify)", valueName: "dir"))
  var output: String?

  @Flag(help: "Run finished claims again, and replace the file of --json.")
  var overwrite = false

  @OptionGroup var arithmetic: ArithmeticOption
  @OptionGroup var figures: FigureOutputOptions
  @OptionGroup var input: InputLimitOption

  func run() throws {
    if let threads = parallel.threads { Parallel.threadCount = threads }
    let here = FileManager.default.currentDirectoryPath
    func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(here)/\(path)" }
    guard let folder = claims.map(absolute) ?? ClaimPlaces.folder() else {
      throw InputError("verify", "the folder Examples/claims is nowhere, --claims names another")
    }
    let paths = try ClaimFolder.paths(
      names.map { $0.hasSuffix(".yaml") ? absolute($0) : $0 }, in: folder)
    // Claims name files from the folder that holds Examples.
    if let root = ClaimPlaces.root(), !FileManager.default.changeCurrentDirectoryPath(root) {
      throw RunError("cannot enter the folder \(root)")
    }
    let chosen = try paths.map { try Claim(path: $0, seed: seed, jobs: StudyJobs.all) }
      .filter { !quick || $0.isQuick }
    if list { return print(ClaimSummary.list(chosen).plainText, terminator: "") }
    let target = json.map(absolute)
    if let target { try AtomicFile.checkWritable(target, overwrites: overwrite) }
    let place = absolute(output ?? "runs/verify")
    let outcomes = try Verification(
      chosen, folder: place, missingData: { try DataSets.missing($0) }
    ).run(
      overwrites: overwrite, figures: figures.options, observer: SweepProgress(),
      progress: TerminalProgress())
    let summary = ClaimSummary(outcomes)
    if let target { try AtomicFile.write(try summary.json() + "\n", to: target) }
    print(summary.text, terminator: "")
    print("report: \(output ?? "runs/verify")/report.html")
    if outcomes.contains(where: \.fails) { throw ExitCode(1) }
  }
}

/// Where the claims that come with Ohmweave are.
private enum ClaimPlaces {
  /// The folder that holds `Examples`.
  static func root() -> String? {
    SharedFiles.folder("Examples").map { ($0 as NSString).deletingLastPathComponent }
  }

  static func folder() -> String? { root().map { "\($0)/Examples/claims" } }
}
