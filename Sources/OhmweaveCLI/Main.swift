import ArgumentParser
import Experiments
import Foundation
import InputOutput

/// Runs the command; an error becomes one sentence on standard error and an exit status.
@main
enum Main {
  static func main() {
    do {
      var command = try Ohmweave.parseAsRoot()
      try command.run()
    } catch let error as InputError {
      end("\(error)", status: 65)
    } catch let error as InputErrors {
      end("\(error)", status: 65)
    } catch let error as RunError {
      end("\(error)", status: 1)
    } catch {
      let status = Ohmweave.exitCode(for: error)
      // Help and version are no errors and go to standard output.
      if status.isSuccess { Ohmweave.exit(withError: error) }
      end(Ohmweave.fullMessage(for: error), status: status.rawValue)
    }
  }

  /// Prints `text`, at most `TerminalText.messageLimit` bytes per line, and ends the program.
  private static func end(_ text: String, status: Int32) -> Never {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let shown = lines.map { TerminalText.message(String($0)) }.joined(separator: "\n")
    FileHandle.standardError.write(Data((shown + "\n").utf8))
    exit(status)
  }
}
