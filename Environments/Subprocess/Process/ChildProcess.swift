import CProcess
import Glibc

/// A simulator's process with its three standard streams.
///
/// `posix_spawn` with plain reads and writes, and not the package swift-subprocess: that one is
/// asynchronous, and a step that goes through an executor and back costs more than the step. The
/// process leads a group of its own, so that whatever it starts can be ended with it, and so that
/// Ctrl-C in a terminal reaches the trainer alone, which saves before it lets the simulators go.
final class ChildProcess {
  /// Who answers for the end of the process.
  enum Ending: Hashable, CustomStringConvertible {
    case exited(code: Int32)
    case killed(signal: Int32)

    var description: String {
      switch self {
      case .exited(let code): "exited with code \(code)"
      case .killed(let signal):
        "was ended by signal \(signal) (\(String(cString: strsignal(signal))))"
      }
    }
  }

  let identifier: pid_t
  private let input: Descriptor
  private let output: Descriptor
  private let errors: Descriptor
  /// How it ended, once that is known.
  private(set) var ending: Ending?

  var inputNumber: Int32 { input.number }
  var outputNumber: Int32 { output.number }
  var errorsNumber: Int32 { errors.number }

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - words: the program, looked for in `PATH`, and its arguments.
  ///   - core: the only core that the program may run on, or nil for any.
  ///   - variables: of its environment, each `NAME=value`, besides the trainer's.
  /// - Throws: what the system refused, such as a program that does not exist.
  init(_ words: [String], core: Int32?, variables: [String] = []) throws(SystemError) {
    // A simulator that is gone must be an error of `write`, not the end of the trainer.
    signal(SIGPIPE, SIG_IGN)
    let input = try Descriptor.pipe()
    let output = try Descriptor.pipe()
    let errors = try Descriptor.pipe()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input.reading.number, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output.writing.number, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, errors.writing.number, STDERR_FILENO)
    // Whatever else the trainer has open, such as the lock on its run folder, is not the simulator's.
    process_close_from(&actions, STDERR_FILENO + 1)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // What the trainer ignores or blocks is its own business.
    var (all, none) = (sigset_t(), sigset_t())
    sigfillset(&all)
    sigemptyset(&none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    var arguments = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var variables = Self.environment(variables).map { strdup($0) } + [nil]
    defer { for variable in variables { free(variable) } }
    var identifier: pid_t = 0
    let code = posix_spawnp(
      &identifier, words[0], &actions, &attributes, &arguments, &variables)
    guard code == 0 else { throw SystemError("start \(words[0])", code: code) }
    self.identifier = identifier
    self.input = input.takeWriting()
    self.output = output.takeReading()
    self.errors = errors.takeReading()
    self.input.neverWaits()
    self.output.neverWaits()
    self.errors.neverWaits()
    Guardian.shared.watch(identifier)
    if let core { pin(to: core) }
  }

  deinit { end(patience: 0) }

  /// Lets the process run on one core alone from now on.
  func pin(to core: Int32) { process_pin(identifier, core) }

  /// Asks the process and all that it has started to end.
  func terminate() { if !hasEnded() { kill(-identifier, SIGTERM) } }

  /// The trainer's variables, those of its own, and one by which a program knows that a trainer has started it.
  private static func environment(_ own: [String]) -> [String] {
    var variables = ["RL_ENV_PROTOCOL=1"] + own
    let names = variables.map { $0.prefix { $0 != "=" } + "=" }
    var pointer = environ
    while let variable = pointer.pointee {
      let text = String(cString: variable)
      if !names.contains(where: { text.hasPrefix($0) }) { variables.append(text) }
      pointer += 1
    }
    return variables
  }

  /// Ties the calling thread to the core that it runs on.
  ///
  /// - Returns: the core.
  static func stayOnThisCore() -> Int32 {
    let core = process_current_core()
    process_pin(0, core)
    return core
  }

  /// Whether the process has ended; never waits.
  ///
  /// What it started ends with it.
  func hasEnded() -> Bool {
    if ending != nil { return true }
    var info = siginfo_t()
    let options = WEXITED | WNOHANG | WNOWAIT
    guard waitid(P_PID, id_t(identifier), &info, options) == 0, info.si_signo != 0 else {
      return false
    }
    // Before the number is given back to the system, which might give it to another group.
    kill(-identifier, SIGKILL)
    var status: Int32 = 0
    waitpid(identifier, &status, 0)
    Guardian.shared.forget(identifier)
    ending = status & 0x7F == 0 ? .exited(code: status >> 8 & 0xFF) : .killed(signal: status & 0x7F)
    return true
  }

  /// Waits for the process to end.
  ///
  /// - Returns: whether it did within the time, in seconds.
  func waitForEnd(seconds: Double) -> Bool {
    let deadline = monotonicSeconds() + seconds
    var pause: useconds_t = 100
    while !hasEnded() {
      guard monotonicSeconds() < deadline else { return false }
      usleep(pause)
      pause = min(pause * 2, 5000)
    }
    return true
  }

  /// Ends the process and all that it has started: asks, then insists.
  ///
  /// - Parameter patience: seconds between asking and insisting.
  func end(patience: Double) {
    if hasEnded() { return }
    if patience > 0 {
      kill(-identifier, SIGTERM)
      if waitForEnd(seconds: patience) { return }
    }
    kill(-identifier, SIGKILL)
    _ = waitForEnd(seconds: 1)
  }
}

/// Waits for a fraction of a second, less where a signal arrives.
func sleepBriefly(_ seconds: Double) { usleep(useconds_t(max(0, min(seconds, 1)) * 1e6)) }

/// Seconds on a clock that never goes back.
func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
