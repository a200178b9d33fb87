import Foundation
import Synchronization

/// Whether the program was asked to end: by the keyboard (SIGINT), by the system (SIGTERM), or because
/// its terminal closed (SIGHUP).
public enum Interruption {
  private static let asked = Atomic<Bool>(false)

  /// Whether the run should save what it has and end.
  public static var isAsked: Bool { asked.load(ordering: .relaxed) }

  /// From now on the first signal asks and the second one ends the program at once.
  ///
  /// A SIGHUP that is ignored, as `nohup` sets it, stays ignored.
  public static func watch() {
    // The signals may have been blocked by the program that started this one.
    let numbers = [SIGINT, SIGTERM, SIGHUP]
    var set = sigset_t()
    sigemptyset(&set)
    for number in numbers { sigaddset(&set, number) }
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    for number in numbers {
      let before = signal(number) { number in
        Interruption.asked.store(true, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
      if number == SIGHUP,
        unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
      {
        signal(number, SIG_IGN)
      }
    }
  }
}
