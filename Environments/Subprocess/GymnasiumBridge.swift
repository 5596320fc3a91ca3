import Glibc

/// The command that hosts an environment of the Python package Gymnasium.
///
/// The two Python files are parts of this program and are handed to the interpreter as text: so
/// `gym:CartPole-v1` works from a clone, from an installed binary and from a program that uses the
/// library, none of which have to find a file.
public enum GymnasiumBridge {
  /// What names of Gymnasium's environments begin with.
  public static let prefix = "gym:"

  /// The module for simulators in Python, `relaxrl.py`.
  public static var pythonModule: String {
    String(decoding: PackageResources.relaxrl_py, as: UTF8.self)
  }

  /// The program that hosts Gymnasium's environments, which imports the module.
  public static var pythonProgram: String {
    String(decoding: PackageResources.gymnasium_bridge_py, as: UTF8.self)
  }

  /// Runs the two as if they were files.
  private static let loader = """
    import sys, types
    module = sys.modules["relaxrl"] = types.ModuleType("relaxrl")
    exec(compile(sys.argv[1], "relaxrl.py", "exec"), module.__dict__)
    program = compile(sys.argv[2], "gymnasium_bridge.py", "exec")
    del sys.argv[1:3]
    exec(program, {"__name__": "__main__"})
    """

  /// The words of the command.
  ///
  /// - Parameters:
  ///   - environment: Gymnasium's id, with or without the prefix.
  ///   - arguments: for `gymnasium.make`, such as `size=8,obs_type=ram`.
  /// - Returns: Python (`RELAXRL_PYTHON`, or `python3`), the program, the id and the arguments.
  public static func words(for environment: String, arguments: String = "") -> [String] {
    let python = getenv("RELAXRL_PYTHON").map { String(cString: $0) } ?? "python3"
    let name =
      environment.hasPrefix(prefix) ? environment.dropFirst(prefix.count) : environment[...]
    return [python, "-c", loader, pythonModule, pythonProgram, String(name)]
      + (arguments.isEmpty ? [] : [arguments])
  }
}
