import ArgumentParser
import Reporting

/// The options that every job has.
struct CommonOptions: ParsableArguments {
  @Flag(help: "Print the results as JSON.")
  var json = false

  @Option(help: "Seed of all random numbers. (default: that of the run file, or 1)")
  var seed: UInt64?

  @OptionGroup var parallel: ThreadsOption

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Output folder. (default: runs/NAME, or the folder of the study)", valueName: "dir"))
  var output: String?

  @Flag(help: "Replace the files of an earlier run in the output folder.")
  var overwrite = false

  @OptionGroup var arithmetic: ArithmeticOption
  @OptionGroup var figures: FigureOutputOptions
  @OptionGroup var input: InputLimitOption

  /// The output folder, the number of threads and the progress display of a job.
  func context() -> RunContext {
    RunContext(
      output: output, overwrites: overwrite, threadCount: parallel.threads,
      figures: figures.options,
      progress: TerminalProgress())
  }

  /// The settings among these options.
  var settings: [Setting] { seed.map { [Setting(option: "seed", "\($0)")] } ?? [] }
}
