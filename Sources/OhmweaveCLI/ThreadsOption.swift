import ArgumentParser

/// `--threads`: how many threads a command uses.
struct ThreadsOption: ParsableArguments {
  @Option(
    help: "Number of threads, 1 to 1024; results do not depend on it. (default: one per processor)")
  var threads: Int?

  func validate() throws {
    if let threads, threads < 1 || threads > 1024 {
      throw ValidationError("--threads \(threads) is outside 1…1024.")
    }
  }
}
