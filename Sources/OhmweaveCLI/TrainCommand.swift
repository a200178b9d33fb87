import ArgumentParser
import NetworkJobs
import Reporting
import StrictYAML

/// `ohmweave train`: training by any of the learning rules.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains a network digitally, through a simulated chip, or on pulsed devices.",
    discussion: """
      The run file names rule, network, data and devices; its keys are listed in
      docs/train.md. Writes run.yaml, metrics.csv, checkpoints, figures,
      report.html, and the network as network.yaml with network.safetensors, as
      NPZ and as ONNX. Control-C saves a checkpoint and ends the run; --resume
      continues it, with the same bits as an uninterrupted run.

      EXAMPLES
        ohmweave train Examples/training/backpropagation.yaml
        ohmweave train run.yaml --set optimizer.rate=0.05 --set epochs=3
        ohmweave train run.yaml --output runs/a --resume
        ohmweave map runs/a/network.yaml --data mnist
      """)

  @Argument(help: "Run file (.yaml).")
  var runFile: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Replaces a value of the run file; can be repeated.", valueName: "key.key=value"))
  var overrides: [String] = []

  @Flag(help: "Continue from the checkpoint in the output folder, or start if there is none.")
  var resume = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if resume && common.overwrite {
      throw ValidationError("--resume continues a run, --overwrite replaces it: give one of them.")
    }
  }

  func run() throws {
    Interruption.watch()
    var all = try overrides.map { try StrictOverride($0, option: "--set") }
    if let seed = common.seed { all.append(StrictOverride(path: ["seed"], text: "\(seed)")) }
    let outcome = try TrainJob(runFile: runFile, overrides: all)
      .run(common.context(), resumes: resume)
    if common.json {
      print(try outcome.json())
    } else {
      print(outcome.text, terminator: "")
    }
  }
}
