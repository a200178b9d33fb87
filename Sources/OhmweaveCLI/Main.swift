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
      Ohmweave.exit(withError: error)
    }
  }

  private static func end(_ text: String, status: Int32) -> Never {
    FileHandle.standardError.write(Data((text + "\n").utf8))
    exit(status)
  }
}
