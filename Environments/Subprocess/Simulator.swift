import Foundation
import ReinforcementLearning
import Synchronization

/// A simulator that can be started: its command, its settings and what it has said of itself.
public struct Simulator: Sendable {
  /// How it is started and spoken to.
  public let settings: SimulatorSettings
  /// What it has said of itself.
  public let description: SimulatorDescription
  /// What happens to the processes of a run, added up over all of them.
  public private(set) var activity: SimulatorActivity
  let words: [String]
  /// Of its processes' environment, besides the trainer's.
  let variables: [String]
  private(set) var show: (@Sendable (String) -> Void)?
  /// Whether the user wants the program to stop; every wait asks.
  let stopSignal: StopSignal
  /// The process that was asked, where it can host environments.
  let spare: SpareProcess

  /// Starts the simulator to ask what it is.
  ///
  /// - Parameters:
  ///   - settings: with a command.
  ///   - words: the command, where it is not that of the settings.
  ///   - expecting: how many environments the first process will most likely have to host. If that is right, the
  ///     process that is asked hosts them, and a slow start is waited for once.
  ///   - rendering: whether it will be asked for pictures, for which some have to make ready.
  ///   - stopSignal: whether the user wants the program to stop. Waits for the simulator then end with
  ///     `EnvironmentError.interrupted`, those for an answer after a few seconds, any other at once.
  ///   - show: takes the lines of its standard error, each with a prefix. With nil, errors quote the last of them.
  /// - Throws: `SimulatorUsageError` for a command that cannot be started, that ends without an answer
  ///   or that refuses what it was asked for; `EnvironmentError.simulatorFailure` for an answer that
  ///   breaks the protocol, or none in time.
  public init(
    _ settings: SimulatorSettings, words: [String]? = nil, expecting: Int? = nil,
    rendering: Bool = false, stopSignal: StopSignal = .never,
    show: (@Sendable (String) -> Void)? = Simulator.showOnStandardError
  ) throws {
    try settings.validate()
    let words = try words ?? Environments.words(of: settings.command)
    self.settings = settings
    self.words = words
    let variables = rendering ? ["RL_ENV_RENDER=1"] : []
    self.variables = variables
    self.show = show
    self.stopSignal = stopSignal
    activity = SimulatorActivity()
    let envs = max(expecting ?? 1, 1)
    func ask(_ envs: Int) throws -> Greeting {
      try Greeting(
        settings, words, variables, envs: envs, stopSignal: stopSignal, show: show)
    }
    let greeting: Greeting
    do {
      greeting = try ask(envs)
    } catch is SimulatorUsageError where envs > 1 {
      // One that hosts fewer may say so by refusing.
      greeting = try ask(1)
    }
    description = greeting.description
    spare = SpareProcess(greeting.connection, greeting.hello, patience: settings.closeTimeout)
    if expecting == nil { spare.close() }
  }

  /// The same one for another run in this program, which has its own restarts and counts.
  package var forAnotherRun: Simulator {
    var copy = self
    copy.activity = SimulatorActivity()
    return copy
  }

  /// The same one, whose standard error and restarts are not shown.
  var silenced: Simulator {
    var copy = self
    copy.show = nil
    return copy
  }

  /// Writes a line on standard error.
  public static let showOnStandardError: @Sendable (String) -> Void = { line in
    FileHandle.standardError.write(Data("\(line)\n".utf8))
  }
}

/// A process that was asked what it is.
private struct Greeting {
  let connection: SimulatorConnection
  let hello: Hello
  let description: SimulatorDescription

  init(
    _ settings: SimulatorSettings, _ words: [String], _ variables: [String], envs: Int,
    stopSignal: StopSignal, show: (@Sendable (String) -> Void)?
  ) throws {
    do {
      connection = try SimulatorConnection(
        words, prefix: "[env]", core: nil, variables: variables, show: show)
    } catch {
      throw SimulatorUsageError(
        PythonBridge.isStarted(by: words)
          ? "Python, \(words[0]), cannot be started: \(error.reason). The variable RELAXRL_PYTHON names it; "
            + "without, it is python3."
          : "The command \(quotedName(words)) cannot be started: \(error.reason). It must be a program "
            + "that speaks the protocol of docs/protocol.md.")
    }
    hello = Hello(encodings: settings.encoding.offers, envs: envs)
    connection.greet(hello)
    SimulatorConnection.wait(
      for: CollectionOfOne(connection), seconds: settings.startTimeout,
      stop: .starting(stopSignal))
    do throws(SimulatorFault) {
      description = try connection.takeGreeting(hello)
    } catch {
      throw Self.failure(error, settings, words, connection)
    }
  }

  /// What a fault in the greeting says to the user; the process is ended.
  private static func failure(
    _ fault: SimulatorFault, _ settings: SimulatorSettings, _ words: [String],
    _ connection: SimulatorConnection
  ) -> any Error {
    let name = printable(words.prefix(3).joined(separator: " "), limit: 120)
    if case .refused(let error) = fault, error.code == ErrorReply.usage {
      connection.close(patience: settings.closeTimeout)
      return SimulatorUsageError(([error.firstLine] + error.details).joined(separator: "\n"))
    }
    connection.close(patience: 0)
    let details = fault.details.map { "\n  | \($0)" }.joined() + connection.quotation
    switch fault {
    case .interrupted:
      return EnvironmentError.interrupted(
        environment: name, reason: "the simulator had not started yet.")
    case .crashed(let reason, _, _):
      return SimulatorUsageError(
        "The command \(quotedName(words)) \(reason) instead of answering hello; it must be a "
          + "program that speaks the protocol of docs/protocol.md.\(details)")
    case .late, .violation, .refused:
      return EnvironmentError.simulatorFailure(
        environment: name,
        reason: "in answer to hello, the simulator \(fault.reason).\(details)")
    }
  }
}

/// The process that was asked what a simulator is, until somebody needs one like it.
///
/// `@unchecked`: the lock lets one thread at a time at the connection, and whoever takes it has it alone.
final class SpareProcess: @unchecked Sendable {
  private let lock = Mutex<Void>(())
  private var connection: SimulatorConnection?
  private let hello: Hello
  private let patience: Double

  init(_ connection: SimulatorConnection, _ hello: Hello, patience: Double) {
    self.connection = connection
    self.hello = hello
    self.patience = patience
  }

  deinit { connection?.close(patience: patience) }

  /// The process, greeted and idle, if it hosts so many environments in that encoding and still runs.
  ///
  /// It is for whoever comes first: if it does not suit that one, it is closed.
  func take(envs: Int, isBinary: Bool) -> SimulatorConnection? {
    let taken = lock.withLock { _ in
      defer { connection = nil }
      return connection
    }
    guard let taken else { return nil }
    guard hello.envs == envs, taken.isBinary == isBinary, !taken.process.hasEnded() else {
      taken.close(patience: patience)
      return nil
    }
    return taken
  }

  /// Ends the process, for which there is no use.
  func close() { _ = take(envs: -1, isBinary: false) }
}

/// The program's name and first arguments, as they are shown.
private func quotedName(_ words: [String]) -> String {
  let shown = words.prefix(12).map { word in
    printable(word.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? word, limit: 60)
  }
  return "\"" + shown.joined(separator: " ") + (words.count > 12 ? " …" : "") + "\""
}

extension SimulatorConnection {
  /// Begins the conversation.
  func greet(_ hello: Hello) {
    send { writer, id in
      var hello = hello
      hello.id = Int(id)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      // A structure of texts and whole numbers can always be encoded.
      writer.write(text: String(decoding: (try? encoder.encode(hello)) ?? Data(), as: UTF8.self))
      writer.write("\n")
    }
  }

  /// What the simulator has answered; from now on the encoding is the one it chose.
  func takeGreeting(_ hello: Hello) throws(SimulatorFault) -> SimulatorDescription {
    let description = try takeText { text throws(SimulatorFault) in
      do throws(ProtocolViolation) {
        return try SimulatorDescription(text, answering: hello)
      } catch {
        throw .violation(error)
      }
    }
    if description.isBinary { switchToBinary() }
    return description
  }
}
