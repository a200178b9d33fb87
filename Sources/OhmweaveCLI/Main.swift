import ArgumentParser
import Experiments
import Foundation
import InputOutput

/// Runs the command and turns its errors into a sentence and an exit status.
@main
enum Main {
  static func main() {
    ProcessStart.openStandardStreams()
    ProcessStart.reportTrapsInOneLine()
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
      Ohmweave.exit(withError: error)
    }
  }

  private static func end(_ text: String, status: Int32) -> Never {
    ProcessStart.complain(text + "\n")
    exit(status)
  }
}
