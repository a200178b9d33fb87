import Foundation

/// What a process needs before the first command runs.
enum ProcessStart {
  /// Opens `/dev/null` in the place of standard streams that the caller closed.
  ///
  /// Otherwise the next file that is opened, a database for example, gets their number, and messages are
  /// written into it.
  static func openStandardStreams() {
    for number in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(number, F_GETFD) == -1 && errno == EBADF {
      // The lowest free number is this one: those below are open.
      _ = open("/dev/null", O_RDWR)
    }
  }

  /// A trap prints one line in the place of a backtrace that takes many seconds of all cores.
  ///
  /// The process still ends by the signal. Where SWIFT_BACKTRACE is set, the backtrace is wanted.
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

  /// Writes `text` to standard error. What cannot be written there is lost: nothing else can be done.
  static func complain(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
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
