import Foundation
import InputOutput
import Randomness
import Synchronization

/// Runs cases under limits; the number of the running case is kept in a file.
struct Child {
  let seed: UInt64
  let progress: String
  /// The most processor time of one case, in seconds, and memory, in bytes.
  private static let seconds = 5.0
  private static let memory: UInt = 1_000_000_000
  private static let isStrict = getenv("LOOSE") == nil

  func run(_ cases: Range<Int>) throws {
    let corpus = try Corpus()
    let folder = FileManager.default.temporaryDirectory.path + "/ohmweave-fuzz-files-\(getpid())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var limit = rlimit(rlim_cur: Self.memory, rlim_max: Self.memory)
    setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
    let file = open(progress, O_WRONLY)
    Self.watch()
    for number in cases {
      let text = Array("\(number)".utf8)
      pwrite(file, text, text.count, 0)
      Self.started.store(Self.clock(), ordering: .relaxed)
      let reader = Reader.all[number % Reader.all.count]
      var mutator = Mutator(StreamKey(seed: seed).child(reader.name).child(number))
      do {
        try reader.prepare(&mutator, corpus, folder)()
      } catch let error as InputError {
        check(error.description, number)
      } catch let error as InputErrors {
        error.faults.forEach { check($0.description, number) }
      } catch let error as RunError {
        check(error.description, number)
      } catch {
        fail("case \(number) (\(reader.name)): an error that is no sentence: \(error)", 3)
      }
    }
  }

  /// One sentence on one line, which is not longer than a screen.
  private func check(_ text: String, _ number: Int) {
    if Self.isStrict && text.contains("\n") || text.utf8.count > 8000 {
      fail("case \(number): \(text.utf8.count) bytes of \(text.prefix(300))", 3)
    }
  }

  private func fail(_ text: String, _ status: Int32) -> Never {
    print(text)
    exit(status)
  }

  /// When the case started, in nanoseconds of processor time.
  private static let started = Atomic<Int>(0)

  private static func clock() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }

  private static func watch() {
    Thread.detachNewThread {
      while true {
        usleep(200_000)
        if Double(clock() - started.load(ordering: .relaxed)) > seconds * 1e9 { _exit(124) }
      }
    }
  }
}
