import ArgumentParser
import Experiments
import StrictYAML

/// `ohmweave train`: trains a network by any of the learning rules.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains a network, digitally or through the simulated physics.",
    discussion: """
      The run file names network, data, rule and everything else; docs/train.md
      lists its keys. Writes run.yaml, metrics.csv, checkpoints, figures,
      report.html and the network as network.yaml with network.safetensors, as
      NPZ and as ONNX. Control-C saves and ends; --resume goes on, and the run ends
      with the same bits as one that was never stopped.

      EXAMPLES
        ohmweave train Examples/training/backpropagation.yaml
        ohmweave train run.yaml --set optimiser.rate=0.05 --set epochs=3
        ohmweave train run.yaml --output runs/a --resume
        ohmweave map runs/a/network.yaml --data mnist
      """)

  @Argument(help: "The run file (.yaml).")
  var runFile: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("A value of the run file to replace.", valueName: "key.key=value"))
  var overrides: [String] = []

  @Flag(help: "Go on from the checkpoint in the run's folder; begin where there is none.")
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
