/// How far a sweep is.
public struct SweepState: Sendable, Hashable {
  /// Rows of this part of the plan.
  public var total: Int
  /// Rows that are there, those of earlier sessions among them.
  public var done: Int
  /// How many of them failed.
  public var failed: Int
  /// How many this process finished.
  public var finishedHere: Int
  /// Seconds since this process began.
  public var elapsed: Double

  /// Rows a second of this process.
  public var rate: Double { elapsed > 0 ? Double(finishedHere) / elapsed : 0 }
  /// Seconds that are left at this rate; `nil` before the first row.
  public var timeLeft: Double? {
    finishedHere > 0 ? Double(total - done) / rate : nil
  }
}

/// Somebody who follows a sweep.
public protocol SweepObserver: Sendable {
  /// A row was finished, or the sweep begins or ends.
  func report(_ state: SweepState, isLast: Bool)
}
