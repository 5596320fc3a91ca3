import Foundation
import ReinforcementLearning

/// A simulator that can be started: its command, its settings and what it has said of itself.
public struct Simulator: Sendable {
  /// How it is started and spoken to.
  public let settings: SimulatorSettings
  /// What it has said of itself.
  public let description: SimulatorDescription
  /// What happens to its processes, added up over all of them.
  public let activity: SimulatorActivity
  let words: [String]
  private(set) var show: @Sendable (String) -> Void

  /// Starts the simulator once to ask what it is.
  ///
  /// - Parameters:
  ///   - settings: with a command.
  ///   - words: the command, where it is not that of the settings.
  ///   - show: takes the lines of its standard error, each with a prefix.
  /// - Throws: `SimulatorUsageError` for a command that cannot be started, that ends without an answer
  ///   or that refuses what it was asked for; `EnvironmentError.simulatorFailure` for an answer that
  ///   breaks the protocol, or none in time.
  public init(
    _ settings: SimulatorSettings, words: [String]? = nil,
    show: @escaping @Sendable (String) -> Void = Simulator.showOnStandardError
  ) throws {
    try settings.validate()
    let words = try words ?? Environments.words(of: settings.command)
    self.settings = settings
    self.words = words
    self.show = show
    activity = SimulatorActivity()
    let name = words.prefix(3).joined(separator: " ")
    let connection: SimulatorConnection
    do {
      connection = try SimulatorConnection(words, prefix: "[env]", core: nil, show: show)
    } catch {
      throw SimulatorUsageError(
        "The command \(quotedName(words)) cannot be started: \(error.reason). It must be a program "
          + "that speaks the protocol of docs/protocol.md.")
    }
    do {
      let hello = Hello(encodings: settings.encoding.offers, envs: 1)
      connection.greet(hello)
      SimulatorConnection.wait(for: [connection], seconds: settings.startTimeout)
      description = try connection.takeGreeting(hello)
    } catch .refused(let error) where error.code == ErrorReply.usage {
      connection.close(patience: settings.closeTimeout)
      throw SimulatorUsageError(error.message)
    } catch {
      connection.close(patience: 0)
      if case .crashed(let reason) = error, connection.process.ending != nil {
        throw SimulatorUsageError(
          "The command \(quotedName(words)) \(reason) instead of answering hello; it must be a "
            + "program that speaks the protocol of docs/protocol.md.\(connection.quotation)")
      }
      throw EnvironmentError.simulatorFailure(
        environment: name,
        reason: "in answer to hello, the simulator \(error.reason).\(connection.quotation)")
    }
    connection.close(patience: settings.closeTimeout)
  }

  /// The same one, whose standard error and restarts are not shown.
  var silenced: Simulator {
    var copy = self
    copy.show = { _ in }
    return copy
  }

  /// Writes a line on standard error.
  public static let showOnStandardError: @Sendable (String) -> Void = { line in
    FileHandle.standardError.write(Data("\(line)\n".utf8))
  }
}

/// The program's name and first arguments, as they are shown.
private func quotedName(_ words: [String]) -> String {
  "\""
    + words.map { $0.count > 60 ? "\($0.prefix(60).split(separator: "\n")[0])…" : $0 }
    .joined(separator: " ") + "\""
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
