import ArgumentParser
import Runs

/// What a shell offers behind options, from what the program knows.
extension CompletionKind {
  /// The names of agents.
  static var agents: CompletionKind {
    .custom { _, _, _ in Catalogue.current.agents.map(\.name) }
  }

  /// The names of environments, and Gymnasium's of those that have one.
  static var environments: CompletionKind {
    .custom { _, _, _ in
      Catalogue.current.environments.flatMap { [$0.spec.name] + $0.spec.aliases }
        + PythonBridge.allCases.map(\.prefix)
    }
  }

  /// The keys of settings: those of the agent that was typed, or of all.
  static var settings: CompletionKind {
    .custom { words, _, _ in settingKeys(words).map { "\($0)=" } }
  }

  /// Run folders, and folders that may hold some.
  static var runFolders: CompletionKind { .custom { _, _, prefix in folders(prefix) } }

  /// `best` and `last`.
  static var checkpoints: CompletionKind { .list(["best", "last"]) }

  private static func settingKeys(_ words: [String]) -> [String] {
    let option = "--agent"
    let place = words.dropLast().lastIndex(of: option)
    let typed =
      place.map { words[$0 + 1] }
      ?? words.last { $0.hasPrefix("\(option)=") }?.dropFirst(option.count + 1).description
    let agents = Catalogue.current.agents.filter { typed == nil || $0.name == typed }
    var taken: Set<String> = []
    return agents.flatMap { $0.blankSettings.keys }.filter { taken.insert($0).inserted }
  }

  /// Folders whose path begins with what was typed; those that are no runs end with a slash, to be typed on.
  private static func folders(_ prefix: String) -> [String] {
    let parent = prefix.lastIndex(of: "/").map { String(prefix[...$0]) } ?? ""
    // Without anything typed, runs are where they are made.
    let places = parent.isEmpty ? ["", "runs/"] : [parent]
    return places.flatMap { place -> [String] in
      let fileSystem = FileSystem.uninterrupted
      let names = (try? fileSystem.names(in: place.isEmpty ? "." : place)) ?? []
      return names.filter { !$0.hasPrefix(".") }.compactMap { name in
        let path = place + name
        guard fileSystem.isFolder(path) else { return nil }
        return (try? RunFolder.check(path)) == nil ? path + "/" : path
      }
    }
  }
}

/// What the parser's script for bash lacks.
enum CompletionScript {
  /// A text that the parser prints; its script for bash also completes what follows the program's name where no
  /// subcommand does, which is a training.
  static func completed(_ text: String) -> String {
    guard text.hasPrefix("#!/bin/bash") else { return text }
    let program = ProgramName.current
    return text + """


      _\(program)_or_train() {
          # Without a subcommand it trains.
          if [[ "${COMP_CWORD}" -ge 1 && "${COMP_WORDS[1]}" == -* ]]; then
              local -r program="${COMP_WORDS[0]}"
              COMP_WORDS=("${program}" train "${COMP_WORDS[@]:1}")
              COMP_CWORD=$((COMP_CWORD + 1))
              COMP_LINE="${program} train${COMP_LINE#"${program}"}"
              COMP_POINT=$((COMP_POINT + 6))
          fi
          _\(program) "${@}"
      }

      complete -o filenames -F _\(program)_or_train \(program)
      """
  }
}
