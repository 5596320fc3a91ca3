import CProcess
import Glibc
import Synchronization

/// Ends the simulators of a trainer that was killed.
///
/// A simulator that reads its standard input sees the end of it and goes. One that hangs does not, and
/// nothing of a killed trainer is left to end it. `PR_SET_PDEATHSIG` is no answer: it strikes when the
/// thread that started the process ends, not the trainer. So one shell per trainer waits for the end of
/// a pipe that only the trainer holds, and then kills the process groups it was told about.
final class Guardian: Sendable {
  static let shared = Guardian()

  /// The writing end of the pipe; nil before the first simulator, or where no shell could be started.
  private let pipe = Mutex<Int32?>(nil)

  private static let script = """
    trap '' INT TERM HUP QUIT
    groups=
    while read -r verb group; do
      kept=
      for known in $groups; do [ "$known" = "$group" ] || kept="$kept $known"; done
      groups=$kept
      [ "$verb" = watch ] && groups="$groups $group"
    done
    [ -z "$groups" ] && exit
    sleep 1
    for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
    """

  private init() {}

  func watch(_ group: pid_t) { tell("watch \(group)\n") }

  func forget(_ group: pid_t) { tell("forget \(group)\n") }

  private func tell(_ line: String) {
    pipe.withLock { pipe in
      if pipe == nil { pipe = Self.start() }
      guard let pipe else { return }
      // Fewer bytes than a pipe takes at once: the line arrives as a whole.
      _ = line.withCString { write(pipe, $0, strlen($0)) }
    }
  }

  /// - Returns: what to write to.
  private static func start() -> Int32? {
    var ends: [Int32] = [-1, -1]
    guard process_pipe(&ends) == 0 else { return nil }
    defer { close(ends[0]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO)
    // A pipe or terminal of the trainer's must not stay open because of it.
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    process_close_from(&actions, STDERR_FILENO + 1)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    let words = ["sh", "-c", script]
    var arguments = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var identifier: pid_t = 0
    guard posix_spawn(&identifier, "/bin/sh", &actions, &attributes, &arguments, environ) == 0
    else {
      close(ends[1])
      return nil
    }
    return ends[1]
  }
}
