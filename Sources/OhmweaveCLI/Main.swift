import ArgumentParser
import Foundation
import InputOutput

/// Runs the command; an error becomes one sentence on standard error and an exit status.
@main
enum Main {
  static func main() {
    ProcessStart.reportTrapsInOneLine()
    do {
      StandardStreams.reserve()
      try ProcessStart.checkLimits()
      try ProcessStart.checkArguments()
      try PortableStart.apply(CommandLine.arguments)
      var command = try Ohmweave.parseAsRoot(
        ProcessStart.joinedNegativeValues(Array(CommandLine.arguments.dropFirst())))
      try command.run()
      try StandardStreams.finishOutput()
    } catch let error as InputError {
      end("\(error)", status: 65)
    } catch let error as InputErrors {
      end("\(error)", status: 65)
    } catch let error as RunError {
      end("\(error)", status: 1)
    } catch {
      endParsing(error)
    }
  }

  /// Ends with what the argument parser has to say: help and version on standard output, faults of usage
  /// on standard error.
  private static func endParsing(_ error: any Error) -> Never {
    let code = Ohmweave.exitCode(for: error)
    let text = Ohmweave.fullMessage(for: error)
    guard code.isSuccess else { end(text, status: code.rawValue) }
    if !text.isEmpty { print(text) }
    do throws(RunError) { try StandardStreams.finishOutput() } catch {
      end("\(error)", status: 1)
    }
    exit(code.rawValue)
  }

  /// Prints `text`, at most `TerminalText.messageLimit` bytes per line, and ends the program.
  private static func end(_ text: String, status: Int32) -> Never {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let shown = lines.map { TerminalText.message(String($0)) }.joined(separator: "\n")
    StandardStreams.complain(shown + "\n")
    fflush(nil)
    // Without the destructors of libraries: where OpenBLAS did not get its memory, its own never returns.
    _exit(status)
  }
}
