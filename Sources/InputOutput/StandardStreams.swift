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
  ///
  /// - Throws: `RunError` where the process may not open the files that a run needs.
  public static func reserve() throws(RunError) {
    signal(SIGXFSZ, SIG_IGN)
    signal(SIGCHLD, SIG_DFL)
    for number in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(number, F_GETFD) == -1 && errno == EBADF {
      // The lowest free number is this one: those below it are open.
      _ = open("/dev/null", number == STDERR_FILENO ? O_WRONLY : O_RDONLY)
    }
    try raiseOpenFiles()
  }

  /// How many files a run has open at a time, at most: pipes and inputs of several children, the
  /// database of a study with its log, inputs and outputs.
  private static let openFiles: rlim_t = 64

  /// Raises a limit on open files that is too low, as far as the process may.
  private static func raiseOpenFiles() throws(RunError) {
    var limit = rlimit()
    #if canImport(Darwin)
      let resource = RLIMIT_NOFILE
    #else
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #endif
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < openFiles else { return }
    let found = limit.rlim_cur
    limit.rlim_cur = min(openFiles, limit.rlim_max)
    guard limit.rlim_cur >= openFiles, setrlimit(resource, &limit) == 0 else {
      throw RunError(
        "the limit on open files is \(found), at least \(openFiles) are needed (ulimit -n)")
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
