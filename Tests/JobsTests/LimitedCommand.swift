import Foundation
import InputOutput
import Testing

/// Inputs that once crashed, hung or filled memory.
enum Hostile {
  /// The file called `name` below `Tests/Hostile`.
  static func path(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Hostile/\(name)").standardizedFileURL.path
  }
}

/// The command under the limits that hold for every input: 1 GB of memory and 5 s.
enum LimitedCommand {
  /// Runs the command with its address space limited to `megabytes` more than it has at its start, for at
  /// most `seconds`.
  ///
  /// - Returns: the result; a status of 124 after the time, above 128 after a trap.
  static func run(
    _ arguments: [String], megabytes: Int = 1000, seconds: Int = 30, shell: String = ""
  ) throws -> CommandResult {
    let command = try #require(OhmweaveCommand.path)
    // Libraries and the stacks of the BLAS threads take address space without using memory.
    let kilobytes = (megabytes + 3000) * 1000
    return try OhmweaveCommand.run(
      [
        "-c", "ulimit -v \(kilobytes); exec timeout -s KILL \(seconds) \"$@\" \(shell)", "bash",
        command,
      ] + arguments, executable: "/bin/bash")
  }
}
