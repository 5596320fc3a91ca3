/// Splits a command into words as a shell does, without anything else that a shell does.
///
/// Quotes and backslashes group; variables, wildcards, pipes and `&&` mean nothing. Whoever wants those
/// writes `sh -c '…'`. Without a shell in between, a command that does not exist is an error of the
/// system's, and the process that is started is the simulator itself.
///
/// - Throws: `SimulatorUsageError` for an empty command or an open quote.
func words(of command: String) throws(SimulatorUsageError) -> [String] {
  var words: [String] = []
  var word: String?
  var quote: Character?
  var isEscaped = false
  for character in command {
    if isEscaped {
      // Between double quotes a backslash means something before these two only.
      if quote == "\"" && character != "\"" && character != "\\" { word = (word ?? "") + "\\" }
      word = (word ?? "") + String(character)
      isEscaped = false
    } else if character == "\\" && quote != "'" {
      isEscaped = true
    } else if let open = quote {
      if character == open { quote = nil } else { word = (word ?? "") + String(character) }
    } else if character == "'" || character == "\"" {
      quote = character
      word = word ?? ""
    } else if character.isWhitespace {
      if let finished = word { words.append(finished) }
      word = nil
    } else {
      word = (word ?? "") + String(character)
    }
  }
  if let quote {
    throw SimulatorUsageError(
      "The command \(command) has a quotation mark \(quote) that is not closed.")
  }
  if isEscaped { throw SimulatorUsageError("The command \(command) ends with a backslash.") }
  if let word { words.append(word) }
  guard let program = words.first, !program.isEmpty else {
    throw SimulatorUsageError(
      "The command of the environment is empty; it must be something like 'python3 my_env.py'.")
  }
  return words
}

/// A simulator that cannot be used as asked: the mistake is in what was typed.
public struct SimulatorUsageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, the value received and what would be right.
  public let description: String

  init(_ description: String) { self.description = description }
}
