import Foundation

/// Runs children until all cases are done and counts what went wrong.
struct Parent {
  let count: Int
  let seed: Int
  let first: Int
  let progress: String

  /// - Returns: the exit status.
  func run() throws -> Int32 {
    defer { try? FileManager.default.removeItem(atPath: progress) }
    var next = first
    var failures = 0
    while next < count && failures < 50 {
      try "\(next)".write(toFile: progress, atomically: false, encoding: .utf8)
      let child = Process()
      child.executableURL = URL(filePath: CommandLine.arguments[0])
      child.arguments = [
        "--child", "--cases", "\(count)", "--seed", "\(seed)", "--from", "\(next)", "--parent",
        "\(getpid())",
      ]
      child.environment = ProcessInfo.processInfo.environment.merging(
        ["SWIFT_BACKTRACE": "enable=no", "OPENBLAS_NUM_THREADS": "1"]) { $1 }
      child.currentDirectoryURL = URL(filePath: Corpus.root)
      try child.run()
      child.waitUntilExit()
      if child.terminationReason == .exit && child.terminationStatus == 0 { break }
      let text = (try? String(contentsOfFile: progress, encoding: .utf8)) ?? ""
      let failed = Int(text) ?? next
      failures += 1
      let reason = child.terminationReason == .exit ? "status" : "signal"
      print(
        "case \(failed) (\(Reader.all[failed % Reader.all.count].name)): "
          + "\(reason) \(child.terminationStatus)")
      fflush(nil)
      next = failed + 1
    }
    print("\(count - first) cases of \(Reader.all.count) kinds, \(failures) failed")
    return failures == 0 ? 0 : 1
  }
}
