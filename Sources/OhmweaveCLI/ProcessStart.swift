import Foundation
import InputOutput

/// What a process sets up before the first command runs.
enum ProcessStart {
  /// Checks that all arguments are UTF-8: Swift would replace other bytes, and a path name another file.
  ///
  /// - Throws: `InputError` with the first that is not.
  static func checkArguments() throws(InputError) {
    for number in 1..<max(1, Int(CommandLine.argc)) {
      guard let argument = CommandLine.unsafeArgv[number],
        String(validatingCString: argument) == nil
      else { continue }
      throw InputError(
        "argument \(number)",
        "'\(String(cString: argument))' is not UTF-8, names in UTF-8 are expected")
    }
  }

  /// Makes a trap print one line instead of a backtrace, which takes many seconds of all cores.
  ///
  /// The process still ends by the signal. If SWIFT_BACKTRACE is set, the backtrace is kept.
  static func reportTrapsInOneLine() {
    guard getenv("SWIFT_BACKTRACE") == nil else { return }
    for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT] {
      var action = sigaction()
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_NODEFER
      #if os(Linux)
        action.__sigaction_handler.sa_handler = trapHandler
      #else
        action.__sigaction_u.__sa_handler = trapHandler
      #endif
      sigaction(number, &action, nil)
    }
  }
}

/// Only calls that are safe in a signal handler: a write, and the default action of the signal.
private let trapHandler: @convention(c) (Int32) -> Void = { number in
  let message: StaticString =
    "ohmweave: an internal error ended the program; please report the command and its input.\n"
  _ = write(STDERR_FILENO, message.utf8Start, message.utf8CodeUnitCount)
  signal(number, SIG_DFL)
  raise(number)
}
