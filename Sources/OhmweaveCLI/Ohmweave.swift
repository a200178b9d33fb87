import ArgumentParser
import Experiments

/// The command `ohmweave`. Each subcommand stands in a file of its own; it parses, calls
/// `Experiments` and prints.
struct Ohmweave: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ohmweave",
    abstract: "Simulates analog in-memory computing on memristor crossbars.",
    discussion: """
      EXAMPLE
        ohmweave map model.onnx --data mnist --device hfo2-1t1r

      Exit status: 0 done, 1 the run failed, 64 bad usage, 65 bad input.
      """,
    version: Version.current,
    subcommands: [
      MapCommand.self, TrainCommand.self, SweepCommand.self, DeviceCommand.self, SolveCommand.self,
      AdcCommand.self, ResultsCommand.self, DataCommand.self, ReportCommand.self,
    ])
}
