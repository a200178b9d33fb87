import CSQLite
import Synchronization

/// Limits of a connection to a file that may come from somebody else.
package final class UntrustedDatabase: Sendable {
  /// The longest text or blob that a row may have, in bytes; a study file has at most 16 MiB.
  private static let longestValue: Int32 = 64 << 20
  /// SQLite counts steps of its virtual machine and calls back each time this many are done.
  private static let stepsPerCall: Int32 = 10_000

  /// How many more calls a query may make before it is stopped.
  private let callsLeft = Atomic<Int>(.max)

  package init() {}

  /// Pages are checked as they are read, from the file and not from a map of it in memory.
  static let settings = "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0"

  /// Makes the open connection `handle` defensive and counts the steps of its queries.
  ///
  /// The schema is not trusted (SQLite's "defense against the dark arts"), and a value has at most 64 MiB.
  /// The connection must keep this object.
  func prepare(_ handle: OpaquePointer) {
    ow_sqlite_distrust(handle)
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Self.longestValue)
    sqlite3_progress_handler(
      handle, Self.stepsPerCall,
      { context in
        let limit = Unmanaged<UntrustedDatabase>.fromOpaque(context!).takeUnretainedValue()
        return limit.callsLeft.subtract(1, ordering: .relaxed).newValue < 0 ? 1 : 0
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  /// Limits what follows to the steps that a question about a file of `bytes` bytes can need: 20 million,
  /// a fifth of a second, and 100 per byte. A row takes about 80 bytes and a few dozen steps.
  func limit(bytes: Int) {
    let steps = 20_000_000 + 100 * max(0, bytes)
    callsLeft.store(steps / Int(Self.stepsPerCall), ordering: .relaxed)
  }

  /// Lifts the limit.
  func lift() { callsLeft.store(.max, ordering: .relaxed) }
}
