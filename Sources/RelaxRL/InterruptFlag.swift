import Glibc
import Synchronization

/// Says whether the user wants the run to stop: Ctrl-C or a request to terminate has arrived.
///
/// The first signal only raises the flag, so the run can save and end in its own time. The second
/// of a kind ends the process as if nothing had been installed.
public enum InterruptFlag {
  /// The number of the signal that arrived, 0 for none.
  private static let arrived = Atomic<Int32>(0)
  private static let watched = [SIGINT, SIGTERM]

  /// Watches for SIGINT and SIGTERM from now on, and forgets earlier ones.
  public static func install() {
    // Touches the flag, so that the handler never is the one that initializes it.
    reset()
    for signal in watched {
      var action = sigaction()
      // A handler may only do what is safe at any instant: a store to a lock-free atomic is.
      action.__sigaction_handler.sa_handler = { InterruptFlag.raise($0) }
      sigemptyset(&action.sa_mask)
      // The system forgets the handler when it calls it: the second signal has its usual effect.
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
      sigaction(signal, &action, nil)
    }
  }

  /// Whether a signal has arrived.
  public static var isRaised: Bool { arrived.load(ordering: .relaxed) != 0 }

  /// The number of the signal that arrived, such as `SIGINT`, or nil.
  public static var signal: Int32? {
    let number = arrived.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  /// Lowers the flag; signals that have arrived once keep their usual effect.
  public static func reset() {
    arrived.store(0, ordering: .relaxed)
  }

  /// Gives both signals their usual effect again.
  public static func uninstall() {
    for signal in watched { Glibc.signal(signal, SIG_DFL) }
  }

  private static func raise(_ signal: Int32) {
    arrived.store(signal, ordering: .relaxed)
  }
}
