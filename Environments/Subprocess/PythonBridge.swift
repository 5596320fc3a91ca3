import Glibc

/// A Python package whose environments are hosted by a program that is part of this one.
///
/// The Python files are handed to the interpreter as text: so `gym:CartPole-v1` works from a clone, from an
/// installed binary and from a program that uses the library, none of which have to find a file.
public enum PythonBridge: CaseIterable, Sendable {
  /// Gymnasium: `gym:` and an id of its registry.
  case gymnasium
  /// The Atari 2600 as ale_py emulates it, with the usual preprocessing: `atari:` and the name of a game.
  case atari

  /// What names of its environments begin with.
  public var prefix: String {
    switch self {
    case .gymnasium: "gym:"
    case .atari: "atari:"
    }
  }

  /// The package to which an environment's name belongs; nil where it is of none.
  ///
  /// - Parameter name: such as `gym:CartPole-v1`.
  public init?(environment name: String) {
    guard let found = Self.allCases.first(where: { name.lowercased().hasPrefix($0.prefix) }) else {
      return nil
    }
    self = found
  }

  /// The module for simulators in Python, `relaxrl.py`.
  public static var pythonModule: String {
    String(decoding: PackageResources.relaxrl_py, as: UTF8.self)
  }

  /// The program that hosts the environments, which imports the module.
  private var program: (file: String, text: String) {
    switch self {
    case .gymnasium:
      (
        "gymnasium_bridge.py",
        String(decoding: PackageResources.gymnasium_bridge_py, as: UTF8.self)
      )
    case .atari:
      ("atari_bridge.py", String(decoding: PackageResources.atari_bridge_py, as: UTF8.self))
    }
  }

  /// Runs the two as if they were files.
  private static let loader = """
    import sys, types
    module = sys.modules["relaxrl"] = types.ModuleType("relaxrl")
    exec(compile(sys.argv[1], "relaxrl.py", "exec"), module.__dict__)
    program = compile(sys.argv[3], sys.argv[2], "exec")
    del sys.argv[1:4]
    exec(program, {"__name__": "__main__"})
    """

  /// Whether a command is one of those that `words(for:arguments:)` gives.
  static func isStarted(by words: [String]) -> Bool { words.count > 2 && words[2] == loader }

  /// The words of the command that hosts an environment.
  ///
  /// - Parameters:
  ///   - environment: its name, with or without the prefix.
  ///   - arguments: what is set of it, such as `size=8,obs_type=ram`.
  /// - Returns: Python (`RELAXRL_PYTHON`, or `python3`), the program, the name and the arguments.
  public func words(for environment: String, arguments: String = "") -> [String] {
    let named = getenv("RELAXRL_PYTHON").map { String(cString: $0) } ?? ""
    let python = named.isEmpty ? "python3" : named
    let isWhole = environment.lowercased().hasPrefix(prefix)
    let name = isWhole ? environment.dropFirst(prefix.count) : environment[...]
    return [
      python, "-c", Self.loader, Self.pythonModule, program.file, program.text, String(name),
    ] + (arguments.isEmpty ? [] : [arguments])
  }
}
