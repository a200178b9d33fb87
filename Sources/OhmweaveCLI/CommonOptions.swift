import ArgumentParser
import Experiments

/// The options that every command has.
struct CommonOptions: ParsableArguments {
  @Flag(help: "Print the results as JSON.")
  var json = false

  @Option(help: "The seed of every random number. (default: 1)")
  var seed: UInt64?

  @Option(help: "How many threads work; no result depends on it. (default: one a processor)")
  var threads: Int?

  @Option(help: ArgumentHelp("The folder to write the run to.", valueName: "dir"))
  var output: String?

  @OptionGroup var input: InputLimitOption

  func validate() throws {
    if let threads, threads < 1 || threads > 1024 {
      throw ValidationError("--threads \(threads) is outside 1…1024.")
    }
  }

  /// What a job needs beside its settings.
  func context() -> RunContext {
    RunContext(output: output, threadCount: threads, progress: TerminalProgress())
  }

  /// The settings among these options.
  var settings: [Setting] { seed.map { [Setting(option: "seed", "\($0)")] } ?? [] }
}
