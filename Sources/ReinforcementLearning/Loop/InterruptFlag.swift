import Glibc
import Synchronization

/// Says whether the user wants the run to stop: Ctrl-C, a request to terminate or the end of the
/// terminal has arrived.
///
/// The first signal says what is being finished and raises the flag, so that the run can save and end in
/// its own time; where there is nothing to save yet it ends the process. The second of a kind ends the
/// process as if nothing had been installed.
public enum InterruptFlag {
  /// What a signal may find under way.
  public enum Work: UInt8, Sendable, AtomicRepresentable {
    /// Nothing that could be saved: reading settings, starting simulators.
    case starting
    /// What looks at the flag between its steps, then saves.
    case training
    /// What looks at the flag and speaks for itself.
    case other

    /// What the handler says.
    fileprivate var announcement: StaticString? {
      switch self {
      case .starting: "Stopped before there was anything to save.\n"
      case .training:
        """
        Stopping: the step under way is finished, then the run is saved. A second signal ends it at once.

        """
      case .other: nil
      }
    }
  }

  /// The number of the signal that arrived, 0 for none.
  private static let arrived = Atomic<Int32>(0)
  private static let work = Atomic<Work>(.other)
  private static let pauses = Atomic<Bool>(false)
  /// Whether a line of progress may stand where the cursor is.
  private static let isTerminal = Atomic<Bool>(false)
  /// Whether another process of the run says what is being finished.
  private static let isSilent = Atomic<Bool>(false)
  /// The bits of a function that the handler calls, 0 for none.
  private static let action = Atomic<UInt>(0)
  private static let watched = [SIGINT, SIGTERM, SIGHUP]

  /// Watches for SIGINT, SIGTERM and SIGHUP from now on, and forgets earlier ones.
  ///
  /// A hang-up that is ignored stays so: that is what `nohup` is for.
  ///
  /// - Parameters:
  ///   - work: what a signal finds under way, until ``begin(_:)`` says something else.
  ///   - isSilent: whether another process of the run says what is being finished.
  public static func install(during work: Work = .other, isSilent: Bool = false) {
    // Touches everything, so that the handler never is the one that initializes it.
    reset()
    self.work.store(work, ordering: .relaxed)
    self.isSilent.store(isSilent, ordering: .relaxed)
    isTerminal.store(isatty(STDERR_FILENO) == 1, ordering: .relaxed)
    for signal in watched {
      var action = sigaction()
      if signal == SIGHUP {
        sigaction(signal, nil, &action)
        let handler = action.__sigaction_handler.sa_handler
        if unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) { continue }
      }
      // A handler may only do what is safe at any instant: a store to a lock-free atomic is.
      action.__sigaction_handler.sa_handler = { InterruptFlag.raise($0) }
      sigemptyset(&action.sa_mask)
      // The system forgets the handler when it calls it: the second signal has its usual effect.
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
      sigaction(signal, &action, nil)
    }
  }

  /// Says what a signal will find under way from now on.
  ///
  /// Nothing changes for a program that speaks for itself.
  public static func begin(_ work: Work) {
    if self.work.load(ordering: .relaxed) != .other {
      self.work.store(work, ordering: .relaxed)
    }
  }

  /// Has something done as soon as a signal arrives, before a second one may end the process.
  ///
  /// - Parameter action: may do only what is safe at any instant; nil for nothing.
  package static func whenRaised(_ action: (@convention(c) () -> Void)?) {
    self.action.store(
      action.map { unsafeBitCast($0, to: UInt.self) } ?? 0, ordering: .relaxed)
  }

  /// Whether a signal has arrived.
  public static var isRaised: Bool { arrived.load(ordering: .relaxed) != 0 }

  /// Whether a signal has arrived in the midst of training, so that rollouts are to pause.
  public static var asksToPause: Bool { pauses.load(ordering: .relaxed) }

  /// The number of the signal that arrived, such as `SIGINT`, or nil.
  public static var signal: Int32? {
    let number = arrived.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  /// Lowers the flag; signals that have arrived once keep their usual effect.
  public static func reset() {
    arrived.store(0, ordering: .relaxed)
    pauses.store(false, ordering: .relaxed)
  }

  /// Gives the signals their usual effect again.
  public static func uninstall() {
    for signal in watched { Glibc.signal(signal, SIG_DFL) }
  }

  /// Runs within the handler: no allocation, no lock, no library function but those made for it.
  private static func raise(_ signal: Int32) {
    let before = errno
    let work = work.load(ordering: .relaxed)
    let action = action.load(ordering: .relaxed)
    if action != 0 { unsafeBitCast(action, to: (@convention(c) () -> Void).self)() }
    if arrived.load(ordering: .relaxed) == 0, !isSilent.load(ordering: .relaxed),
      let text = work.announcement
    {
      if isTerminal.load(ordering: .relaxed) { say("\r\u{1B}[K") }
      say(text)
    }
    if work == .starting {
      // Its usual effect has come back already; it strikes when the handler has returned.
      Glibc.raise(signal)
    } else {
      arrived.store(signal, ordering: .relaxed)
      if work == .training { pauses.store(true, ordering: .relaxed) }
    }
    errno = before
  }

  private static func say(_ text: StaticString) {
    _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
  }
}
