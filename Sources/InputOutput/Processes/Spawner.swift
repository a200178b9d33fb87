import Foundation
import Synchronization

/// Starts children by `posix_spawn`.
enum Spawner {
  /// One start at a time: between the making of a pipe and its mark "closed by exec" no other child may
  /// begin and keep it open.
  private static let lock = Mutex(())

  /// A started child and this process's ends of its pipes.
  struct Spawned {
    var group: pid_t
    var output: Int32
    var complaints: Int32
  }

  static func spawn(_ child: ChildProcess, input: Int32) throws(RunError) -> Spawned {
    let result: Result<Spawned, RunError> = lock.withLock { _ in
      do throws(RunError) {
        let output = try pipe()
        defer { close(output.write) }
        let complaints: (read: Int32, write: Int32)
        do throws(RunError) { complaints = try pipe() } catch {
          close(output.read)
          throw error
        }
        defer { close(complaints.write) }
        do throws(RunError) {
          let group = try start(
            child.executable, child.arguments,
            descriptors: [input, output.write, complaints.write],
            environment: child.environment, folder: child.folder)
          return .success(
            Spawned(group: group, output: output.read, complaints: complaints.read))
        } catch {
          close(output.read)
          close(complaints.read)
          throw error
        }
      } catch { return .failure(error) }
    }
    return try result.get()
  }

  /// The shell that guards the children, and this process's end of the socket that it reads.
  static func spawnGuard(_ script: String) throws(RunError) -> Int32 {
    let result: Result<Int32, RunError> = lock.withLock { _ in
      var ends: [Int32] = [-1, -1]
      #if canImport(Darwin)
        let kind = SOCK_STREAM
      #else
        let kind = Int32(SOCK_STREAM.rawValue)
      #endif
      guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return .failure(failure("a socket")) }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      let null = open("/dev/null", O_RDWR | O_CLOEXEC)
      defer {
        close(ends[1])
        close(null)
      }
      do throws(RunError) {
        _ = try start(
          "/bin/sh", ["-c", script], descriptors: [ends[1], null, null],
          environment: ["PATH": "/usr/bin:/bin"], folder: nil)
        return .success(ends[0])
      } catch {
        close(ends[0])
        return .failure(error)
      }
    }
    return try result.get()
  }

  private static func pipe() throws(RunError) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    guard Foundation.pipe(&ends) == 0 else { throw failure("a pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  private static func failure(_ what: String, _ number: Int32 = errno) -> RunError {
    RunError("cannot start \(what): \(String(cString: strerror(number)))")
  }

  /// Starts a program as the leader of a new process group, without any signal blocked or ignored.
  private static func start(
    _ executable: String, _ arguments: [String], descriptors: [Int32],
    environment: [String: String]?, folder: String?
  ) throws(RunError) -> pid_t {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    for (target, descriptor) in descriptors.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(target))
    }
    // Files that this process has open are none of the child's business; one that is being written could
    // not be carried out while a child holds it.
    let open = (try? FileManager.default.contentsOfDirectory(atPath: "/dev/fd")) ?? []
    for number in open.compactMap(Int32.init) where number >= descriptors.count {
      posix_spawn_file_actions_addclose(&actions, number)
    }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    let variables = environment ?? ProcessInfo.processInfo.environment
    // Not every system's posix_spawn changes the folder; the words reach the shell as arguments, never
    // as its script.
    let words =
      folder.map { ["/bin/sh", "-c", "cd -- \"$0\" && exec \"$@\"", $0, executable] + arguments }
      ?? [executable] + arguments
    let argumentList = CStrings(words)
    let variableList = CStrings(
      variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
    defer {
      argumentList.free()
      variableList.free()
    }
    var child: pid_t = 0
    let status = posix_spawn(
      &child, words[0], &actions, &attributes, argumentList.pointers, variableList.pointers)
    guard status == 0 else { throw failure(executable, status) }
    return child
  }
}

/// A list of C strings that ends in a null pointer.
private struct CStrings {
  let pointers: [UnsafeMutablePointer<CChar>?]
  init(_ texts: [String]) { pointers = texts.map { strdup($0) } + [nil] }
  func free() { for pointer in pointers { Foundation.free(pointer) } }
}
