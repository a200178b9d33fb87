import Foundation
import InputOutput

/// What a process sets up before the first command runs.
enum ProcessStart {
  /// The arguments with every value that begins with a minus and a number joined to its option:
  /// `--temperature '-5 K'` becomes `--temperature=-5 K`, because the parser takes a text that begins with
  /// a minus for an option. No option of the command is a number.
  static func joinedNegativeValues(_ arguments: [String]) -> [String] {
    var result: [String] = []
    for argument in arguments {
      let rest = argument.dropFirst().drop { $0 == " " }
      if argument.hasPrefix("-"), let digit = rest.first, digit.isNumber || digit == ".",
        let option = result.last, option.hasPrefix("--"), option != "--", !option.contains("=")
      {
        result[result.count - 1] = "\(option)=\(argument)"
      } else {
        result.append(argument)
      }
    }
    return result
  }

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

  /// Checks the limits of the process that no run can do with: open files, the stack of a thread, address
  /// space. That on open files is raised where the process may.
  ///
  /// - Throws: `RunError` with the first that is too low.
  static func checkLimits() throws(RunError) {
    // Pipes and inputs of several children; the database of a study with its log; inputs and outputs.
    try check(RLIMIT_NOFILE, 64, raises: true) {
      "the limit on open files is \($0), at least \($1) are needed (ulimit -n)"
    }
    try check(RLIMIT_STACK, 1 << 20) {
      "the limit on the stack is \($0 >> 10) KiB, at least \($1 >> 10) are needed (ulimit -s)"
    }
    // OpenBLAS never ends where it cannot have its buffers.
    try check(RLIMIT_AS, 512 << 20) {
      "the limit on memory is \($0 >> 10) KiB, at least \($1 >> 10) are needed (ulimit -v)"
    }
  }

  #if canImport(Darwin)
    private typealias Resource = Int32
  #else
    private typealias Resource = __rlimit_resource
  #endif

  private static func check(
    _ resource: Resource, _ needed: rlim_t, raises: Bool = false, _ text: (rlim_t, rlim_t) -> String
  ) throws(RunError) {
    #if canImport(Darwin)
      let number = resource
    #else
      let number = __rlimit_resource_t(resource.rawValue)
    #endif
    var limit = rlimit()
    guard getrlimit(number, &limit) == 0, limit.rlim_cur < needed else { return }
    let found = limit.rlim_cur
    limit.rlim_cur = needed
    guard raises, limit.rlim_max >= needed, setrlimit(number, &limit) == 0 else {
      throw RunError(text(found, needed))
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
