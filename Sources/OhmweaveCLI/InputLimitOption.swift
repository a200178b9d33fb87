import ArgumentParser
import Foundation
import InputOutput

/// `--input-limit`: the memory that the content of one input file may take.
struct InputLimitOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The memory one input file may expand to. (default: 512MiB)", valueName: "size"))
  var inputLimit: String?

  func validate() throws {
    if let text = ProcessInfo.processInfo.environment[InputBudget.variable],
      InputBudget.bytes(text) == nil
    {
      throw ValidationError("\(InputBudget.variable) '\(text)' is not a size such as 4GB.")
    }
    guard let inputLimit else { return }
    guard let bytes = InputBudget.bytes(inputLimit) else {
      throw ValidationError("--input-limit '\(inputLimit)' is not a size such as 4GB.")
    }
    InputBudget.limit = bytes
  }
}
