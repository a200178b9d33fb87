import Foundation
import Synchronization

/// A program that runs for this one: with arguments as a list, never through a shell, with a time limit,
/// and ended with its parent.
///
/// The child leads a process group of its own. The group is killed at the time limit and as soon as the
/// child has ended, and `ChildGuard` kills it where this process dies first, by whatever signal. The
/// child's input is a file without a name, so that nothing is left of it after a kill.
public struct ChildProcess: Sendable {
  /// The program's file.
  public var executable: String
  /// What it is called with, without its own name.
  public var arguments: [String]
  /// What it reads from standard input.
  public var input = Data()
  /// Its environment; `nil` for that of this process.
  public var environment: [String: String]?
  /// Its working folder; `nil` for that of this process.
  public var folder: String?
  /// How long it may run.
  public var timeLimit: Duration
  /// How many bytes it may write to standard output; as many to standard error, of which the last
  /// `complaintsKept` are kept.
  public var outputLimit = 256 << 20
  /// How many bytes of standard error are kept.
  public static let complaintsKept = 64 << 10

  /// How a child ended.
  public enum End: Sendable, Hashable {
    case exited(Int32)
    case killed(signal: Int32)
    case outOfTime
    case tooMuchOutput
  }

  /// What a child left.
  public struct Outcome: Sendable {
    public var end: End
    /// What it wrote to standard output; empty where that was too much.
    public var output: Data
    /// The end of what it wrote to standard error.
    public var complaints: Data

    /// Whether it exited with status 0.
    public var isSuccess: Bool { end == .exited(0) }
    /// Standard output as text.
    public var text: String { String(decoding: output, as: UTF8.self) }
    /// The last line of standard error that is not empty.
    public var lastComplaint: String? {
      String(decoding: complaints, as: UTF8.self)
        .split(whereSeparator: \.isNewline)
        .map { $0.trimmingCharacters(in: .whitespaces) }.last { !$0.isEmpty }
    }
  }

  /// The program `executable`.
  public init(_ executable: String, _ arguments: [String], timeLimit: Duration) {
    self.executable = executable
    self.arguments = arguments
    self.timeLimit = timeLimit
  }

  /// The program called `name` in the folders of `PATH`, or `nil`.
  public static func path(of name: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return path.split(separator: ":").lazy.map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Runs the program and waits for its end.
  ///
  /// - Throws: `RunError` where it cannot be started.
  public func run() throws(RunError) -> Outcome {
    let input = try UnnamedFile(holding: input)
    defer { input.close() }
    let deadline = SuspendingClock.now + timeLimit
    let spawned = try Spawner.spawn(self, input: input.descriptor)
    var reader = OutputReader(
      [spawned.output, spawned.complaints], limit: outputLimit, kept: [nil, Self.complaintsKept])
    defer { reader.close() }
    ChildGuard.add(spawned.group)
    defer { ChildGuard.remove(spawned.group) }
    var end: End?
    var pause: Int32 = 1
    while end == nil {
      let grew = reader.read(waiting: pause)
      pause = grew ? 1 : min(pause * 2, 50)
      if let status = Self.status(of: spawned.group, waits: false) {
        end = status
      } else if reader.isOverLimit {
        end = .tooMuchOutput
      } else if SuspendingClock.now >= deadline {
        end = .outOfTime
      }
    }
    // Whatever the child started ends with it.
    kill(-spawned.group, SIGKILL)
    switch end! {
    case .exited, .killed:
      while reader.read(waiting: 0) {}
      if reader.isOverLimit { end = .tooMuchOutput }
    case .outOfTime, .tooMuchOutput: _ = Self.status(of: spawned.group, waits: true)
    }
    return Outcome(
      end: end!, output: reader.content[0],
      complaints: Data(reader.content[1].suffix(Self.complaintsKept)))
  }

  private static func status(of child: pid_t, waits: Bool) -> End? {
    var status: Int32 = 0
    while true {
      let result = waitpid(child, &status, waits ? 0 : WNOHANG)
      if result == 0 { return nil }
      if result < 0 {
        if errno == EINTR { continue }
        // Somebody else, such as an ignored SIGCHLD, took the status.
        return .exited(-1)
      }
      let signal = status & 0x7F
      return signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal: signal)
    }
  }
}

/// A file that has no name any more.
struct UnnamedFile {
  let descriptor: Int32

  init(holding data: Data) throws(RunError) {
    func failure() -> RunError {
      RunError(
        "cannot write a temporary file in \(NSTemporaryDirectory()): "
          + String(cString: strerror(errno)))
    }
    var name = Array("\(NSTemporaryDirectory())/ohmweave-XXXXXX".utf8CString)
    descriptor = mkstemp(&name)
    guard descriptor >= 0 else { throw failure() }
    unlink(name)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    let written = data.withUnsafeBytes { buffer -> Bool in
      var offset = 0
      while offset < buffer.count {
        let n = write(descriptor, buffer.baseAddress! + offset, buffer.count - offset)
        if n < 0 && errno == EINTR { continue }
        if n <= 0 { return false }
        offset += n
      }
      return lseek(descriptor, 0, SEEK_SET) == 0
    }
    guard written else {
      let error = failure()
      close()
      throw error
    }
  }

  func close() { _ = Foundation.close(descriptor) }
}

/// Reads what a child writes to its pipes, without waiting for more than there is.
struct OutputReader {
  private(set) var content: [Data]
  private(set) var isOverLimit = false
  private var descriptors: [Int32]
  private var counts: [Int]
  private let limit: Int
  private let kept: [Int?]

  /// - Parameters:
  ///   - limit: how many bytes each stream may have.
  ///   - kept: how many of its last bytes are kept; `nil` for all.
  init(_ descriptors: [Int32], limit: Int, kept: [Int?]) {
    self.descriptors = descriptors
    self.limit = limit
    self.kept = kept
    counts = descriptors.map { _ in 0 }
    content = descriptors.map { _ in Data() }
    for descriptor in descriptors {
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }
  }

  /// Waits up to `milliseconds` for something to read; whether there was something.
  mutating func read(waiting milliseconds: Int32) -> Bool {
    var polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    guard poll(&polled, nfds_t(polled.count), milliseconds) > 0 else { return false }
    var grew = false
    for k in polled.indices where polled[k].revents != 0 {
      let n = withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
        let n = Foundation.read(descriptors[k], buffer.baseAddress, buffer.count)
        if n > 0 { append(buffer[..<n], to: k) }
        return n
      }
      if n > 0 {
        grew = true
        if counts[k] > limit {
          isOverLimit = true
          if kept[k] == nil { content[k] = Data() }
          return false
        }
      } else if n == 0 || (errno != EAGAIN && errno != EINTR) {
        _ = Foundation.close(descriptors[k])
        descriptors[k] = -1  // poll passes over it
      }
    }
    return grew
  }

  private mutating func append(_ bytes: Slice<UnsafeMutableRawBufferPointer>, to k: Int) {
    counts[k] += bytes.count
    content[k].append(contentsOf: bytes)
    if let kept = kept[k], content[k].count > 2 * kept {
      content[k] = Data(content[k].suffix(kept))
    }
  }

  func close() {
    for descriptor in descriptors where descriptor >= 0 { _ = Foundation.close(descriptor) }
  }
}
