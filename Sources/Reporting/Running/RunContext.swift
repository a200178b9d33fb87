import LinearAlgebra

/// What a run needs beside its settings: none of it changes a result.
public struct RunContext: Sendable {
  /// The folder that the run writes; `nil` where the job's own default counts.
  public var output: String?
  /// Whether the files of an earlier run in that folder may be replaced.
  public var overwrites: Bool
  /// How figures are written.
  public var figures: FigureOptions
  /// Receives how far the run is.
  public var progress: any RunProgress

  /// - Parameter threadCount: how many threads work; `nil` for one per processor.
  public init(
    output: String? = nil, overwrites: Bool = false, threadCount: Int? = nil,
    figures: FigureOptions = FigureOptions(), progress: any RunProgress = SilentProgress()
  ) {
    self.output = output
    self.overwrites = overwrites
    self.figures = figures
    self.progress = progress
    if let threadCount { Parallel.threadCount = threadCount }
  }
}

/// Receives how far a run is.
public protocol RunProgress: Sendable {
  /// `done` of `total` steps of `task` are done. A task begins with 0 and ends with `total`.
  func report(_ task: String, done: Int, of total: Int)
  /// The same, with what the run has reached: "loss 0.12".
  func report(_ task: String, done: Int, of total: Int, reached: String)
  /// One line for whoever reads along.
  func note(_ line: String)
}

extension RunProgress {
  /// Leaves out what was reached.
  public func report(_ task: String, done: Int, of total: Int, reached: String) {
    report(task, done: done, of: total)
  }

  /// Nobody reads along.
  public func note(_ line: String) {}
}

/// Says nothing.
public struct SilentProgress: RunProgress {
  /// Says nothing.
  public init() {}
  /// Says nothing.
  public func report(_: String, done _: Int, of _: Int) {}
}
