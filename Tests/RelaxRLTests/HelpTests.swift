import Foundation
import TestSupport
import Testing

/// What `--help` prints, word for word, as Golden/Help has it; scripts/help-texts.sh writes it anew.
@Suite struct `The help of every command` {
  private struct Text {
    /// Program and commands, such as `rl-train envs check`.
    let words: [String]
    let lines: [Substring]

    /// The commands below it that the text lists.
    var commands: [String] {
      lines.drop { $0 != "SUBCOMMANDS:" }.dropFirst().prefix { !$0.isEmpty }.compactMap {
        // A line that goes on with the one before is indented further.
        guard $0.hasPrefix("  "), $0.dropFirst(2).first?.isLetter == true else { return nil }
        return $0.split(separator: " ").first.map(String.init)
      }
    }
  }

  private static func texts(of program: String) throws -> [Text] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Golden/Help/\(program).txt")
    var texts: [Text] = []
    for line in try String(contentsOf: file, encoding: .utf8).dropLast()
      .split(separator: "\n", omittingEmptySubsequences: false)
    {
      if line.hasPrefix("$ ") {
        let words = line.dropFirst(2).split(separator: " ").dropLast().map(String.init)
        texts.append(Text(words: words, lines: []))
      } else if let last = texts.popLast() {
        texts.append(Text(words: last.words, lines: last.lines + [line]))
      }
    }
    return texts
  }

  @Test(arguments: ["rl-train", "relax-lab", "rl-bench"])
  func `says what is expected, and no command is without one`(program: String) throws {
    let folder = try TemporaryFolder()
    let texts = try Self.texts(of: program)
    #expect(texts.first?.words == [program])
    let path = URL(fileURLWithPath: CommandLineProgram.path).deletingLastPathComponent().path
    for text in texts {
      let ended = try RunningProgram(
        "\(path)/\(program)", text.words.dropFirst() + ["--help"], in: folder.path
      ).wait()
      #expect(ended.status == 0)
      var lines = ended.output.split(separator: "\n", omittingEmptySubsequences: false)
      while lines.last?.isEmpty == true { lines.removeLast() }
      #expect(lines == text.lines, "\(text.words): scripts/help-texts.sh writes the texts anew")
      for command in text.commands {
        #expect(texts.contains { $0.words == text.words + [command] }, "\(text.words) \(command)")
      }
    }
  }
}
