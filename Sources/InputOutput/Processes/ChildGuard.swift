import Foundation
import Synchronization

/// Kills the children of this process when it dies, however it dies.
///
/// Linux can send a child a signal at its parent's death, but only from within the child, before it
/// becomes the program; macOS cannot at all. So a small shell reads from a socket which groups of
/// processes run. The system closes the socket when this process ends, by `exit`, by a signal or by
/// SIGKILL; the shell then kills the groups that are left and ends too.
enum ChildGuard {
  private static let script = """
    cd /
    trap '' HUP INT TERM
    alive=' '
    while read -r sign group; do
      case $sign in
        +) alive="$alive$group " ;;
        -) alive="${alive%% $group *} ${alive#* $group }" ;;
      esac
    done
    for group in $alive; do kill -s KILL -- "-$group" 2>/dev/null; done
    """

  /// The socket; `nil` before the first child, -1 where no shell can be started.
  private static let socket = Mutex<Int32?>(nil)

  /// From now on `group` dies with this process.
  static func add(_ group: pid_t) { send("+ \(group)\n") }

  /// `group` has ended.
  static func remove(_ group: pid_t) { send("- \(group)\n") }

  private static func send(_ line: String) {
    socket.withLock { socket in
      if socket == nil {
        socket = (try? Spawner.spawnGuard(script)) ?? -1
        #if canImport(Darwin)
          var on: Int32 = 1
          setsockopt(socket!, SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
        #endif
      }
      guard let socket, socket >= 0 else { return }
      #if canImport(Darwin)
        let flags: Int32 = 0
      #else
        let flags = Int32(MSG_NOSIGNAL)
      #endif
      _ = line.withCString { Foundation.send(socket, $0, strlen($0), flags) }
    }
  }
}
