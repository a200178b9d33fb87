import ArgumentParser
import Reporting

/// The command `ohmweave`. Each subcommand has its own file; it parses, calls a job and
/// prints.
struct Ohmweave: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ohmweave",
    abstract: "Simulates analog in-memory computing on memristor crossbars.",
    discussion: """
      EXAMPLE
        ohmweave map model.onnx --data mnist --device hfo2-1t1r

      Exit status: 0 success, 1 failed run, 64 bad usage, 65 bad input.
      """,
    version: Version.current,
    subcommands: [
      MapCommand.self, TrainCommand.self, SweepCommand.self, DeviceCommand.self, SolveCommand.self,
      AdcCommand.self, ResultsCommand.self, DataCommand.self, ReportCommand.self,
      VerifyCommand.self,
    ])
}
