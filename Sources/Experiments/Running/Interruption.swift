import Foundation
import Synchronization

/// Whether somebody asked the program to end: by the keyboard (SIGINT) or by the system (SIGTERM).
public enum Interruption {
  private static let asked = Atomic<Bool>(false)

  /// Whether the run should save what it has and end.
  public static var isAsked: Bool { asked.load(ordering: .relaxed) }

  /// From now on the first signal asks and the second one ends the program at once.
  public static func watch() {
    // Whoever started the program may have left the signals blocked.
    var both = sigset_t()
    sigemptyset(&both)
    sigaddset(&both, SIGINT)
    sigaddset(&both, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &both, nil)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        Interruption.asked.store(true, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
  }

  /// Asks, as a signal does.
  package static func ask(_ value: Bool = true) { asked.store(value, ordering: .relaxed) }
}
