import Synchronization

/// What is made once for many runs of a study: networks, data sets, weights laid out on tiles.
///
/// A thing is known by everything it depends on, written into its key. The last few are kept.
public final class SetupCache: Sendable {
  /// A thing that is made under its own lock: whoever needs it meanwhile waits.
  private final class Entry: Sendable {
    let made = Mutex<(any Sendable)?>(nil)
  }

  private let entries = Mutex<[(key: String, entry: Entry)]>([])
  private let capacity: Int
  private let noted = Mutex<[String]>([])

  /// A cache of the last `capacity` things.
  /// - Precondition: `capacity` is positive.
  public init(capacity: Int = 16) {
    precondition(capacity > 0, "a cache holds something")
    self.capacity = capacity
  }

  /// Keeps what a reader of the study must know about a run.
  public func note(_ line: String) {
    noted.withLock { if !$0.contains(line) { $0.append(line) } }
  }

  /// What the runs have noted, each line once.
  public var notes: [String] { noted.withLock { $0 } }

  /// What is known as `key`, made by `make` where it is not there. A failure is not kept.
  public func value<Value: Sendable>(
    _ key: String, make: () throws -> Value
  ) throws -> Value {
    let entry = entries.withLock { list -> Entry in
      if let place = list.firstIndex(where: { $0.key == key }) {
        let found = list.remove(at: place)
        list.append(found)
        return found.entry
      }
      let entry = Entry()
      list.append((key, entry))
      if list.count > capacity { list.removeFirst() }
      return entry
    }
    return try entry.made.withLock { made -> Value in
      if let value = made as? Value { return value }
      let value = try make()
      made = value
      return value
    }
  }
}
