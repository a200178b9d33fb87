#if canImport(Glibc)
  @preconcurrency import Glibc
#elseif canImport(Darwin)
  @preconcurrency import Darwin
#endif

/// Standard input, output and error of the process, which may be closed or full.
public enum StandardStreams {
  /// Opens `/dev/null` in the place of each standard stream that is closed, so that no file of a run
  /// takes its number and receives what is printed. Printing to a closed output still fails.
  ///
  /// A write beyond a limit on file sizes becomes an error to report in place of a signal that ends the
  /// process (SIGXFSZ). A parent that ignored the end of its children (SIGCHLD) would leave this process
  /// without the status of its own.
  public static func reserve() {
    signal(SIGXFSZ, SIG_IGN)
    signal(SIGCHLD, SIG_DFL)
    for number in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(number, F_GETFD) == -1 && errno == EBADF {
      // The lowest free number is this one: those below it are open.
      _ = open("/dev/null", number == STDERR_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  /// Writes `text` to standard error. A standard error that cannot be written is no failure of a run.
  public static func complain(_ text: String) {
    _ = Array(text.utf8).withUnsafeBytes { writeAll($0, to: STDERR_FILENO) }
  }

  /// Writes what was printed so far.
  ///
  /// - Throws: `RunError` where standard output, now or before, did not take it.
  public static func finishOutput() throws(RunError) {
    let isFlushed = fflush(stdout) == 0
    let reason = errno
    guard isFlushed, ferror(stdout) == 0 else {
      let text = isFlushed ? "" : ": \(String(cString: strerror(reason)))"
      throw RunError("cannot write to standard output\(text)")
    }
  }
}
