import ArgumentParser
import Foundation
import InputOutput
import LinearAlgebra
import Reporting
import Studies

/// A job that keeps a processor busy for a fixed amount of work.
private struct BusyJob: StudyJob {
  static let name = "busy"
  let turns: Int
  let seed: UInt64

  init(_ settings: [Setting]) throws {
    let reader = SettingsReader(settings)
    turns = reader.integer("turns", in: 0...Int.max, default: 0)
    _ = reader.optionalText("place")
    seed = reader.seed()
    try reader.finish()
  }

  var inputFiles: [String] { [] }

  func metrics(_: SetupCache) throws -> [Metric] {
    var state = seed | 1
    for _ in 0..<turns { state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407 }
    return [Metric("y", Double(state >> 11) * 0x1p-53)]
  }
}

private struct Silent: SweepObserver {
  func report(_: SweepState, isLast _: Bool) {}
}

/// What a sweep costs beside its points, and how it uses two threads.
struct SweepBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep", abstract: "The overhead of sweeps, and one thread beside two.")

  @Option(help: "How many points of one second.") var longPoints = 12

  func run() throws {
    let perSecond = try Self.turnsPerSecond()
    printFigureHead()
    for (text, count, turns) in [
      ("empty points", 2000, 0), ("points of 10 ms", 300, perSecond / 100),
      ("points of 1 s", longPoints, perSecond),
    ] {
      var elapsed: [Double] = []
      for threads in [1, 2] {
        let (wall, own) = try sweep(count, turns: turns, threads: threads)
        elapsed.append(wall)
        let overhead = wall * Double(threads) - own
        let name = "\(text), \(threads) threads"
        printFigure("sweep", "\(name): overhead a point", overhead / Double(count) * 1e3, "ms")
        if turns > 0 {
          printFigure("sweep", "\(name): overhead", overhead / own * 100, "%")
        }
      }
      if turns > 0 {
        printFigure("sweep", "\(text): two threads against one", elapsed[0] / elapsed[1], "times")
      }
    }
  }

  private static func turnsPerSecond() throws -> Int {
    let turns = 100_000_000
    let job = try BusyJob([Setting(option: "turns", "\(turns)")])
    // The results are used, or the compiler would leave the work out.
    var sum = 0.0
    let time = shortest(runs: 3) { sum += (try? job.metrics(SetupCache()))?[0].value ?? 0 }
    guard sum > 0, time > 1e-3 else { throw RunError("the work could not be timed") }
    return Int(Double(turns) / time)
  }

  /// Wall time of the rows and their own time, in seconds.
  private func sweep(_ count: Int, turns: Int, threads: Int) throws -> (Double, Double) {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "ohmweave-sweep-\(getpid())-\(count)-\(threads)"
    ).path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let places = (0..<count).map(String.init).joined(separator: ", ")
    let text = """
      study: busy
      job: busy
      settings: {turns: \(turns)}
      parameters: {place: {values: [\(places)]}}
      """
    try text.write(toFile: folder + "/study.yaml", atomically: true, encoding: .utf8)
    Parallel.threadCount = threads
    let sweep = try Sweep(
      study: folder + "/study.yaml", output: folder + "/run", jobs: [BusyJob.self])
    let state = try sweep.run(Sweep.Options(), observer: Silent())
    let store = try ResultsStore(reading: sweep.database)
    return (state.elapsed, try store.secondsOfRows())
  }
}
