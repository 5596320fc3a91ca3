import Synchronization

/// What the program that runs is called: `rl-train`, or a user's own that has its commands.
package enum ProgramName {
  private static let name = Mutex("rl-train")

  /// The name for messages and for commands to type next.
  package static var current: String { name.withLock { $0 } }

  /// Takes the name from the first word of the command line.
  package static func set(from word: String?) {
    guard let last = word?.split(separator: "/").last, !last.isEmpty else { return }
    name.withLock { $0 = ShellWord.quoted(String(last)) }
  }
}

/// Words of a command that a person pastes into a shell.
package enum ShellWord {
  /// The word as a shell reads it back: as it is where nothing in it means anything, else in quotes.
  package static func quoted(_ word: String) -> String {
    // A word that begins with a dash would be an option.
    let word = word.hasPrefix("-") ? "./\(word)" : word
    let plain = word.unicodeScalars.allSatisfy { scalar in
      ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
        || "_-./:,+@%=".unicodeScalars.contains(scalar)
    }
    guard !plain || word.isEmpty else { return word }
    return "'"
      + word.split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "'\\''") + "'"
  }
}
