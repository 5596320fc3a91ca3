import Environments
import Glibc
import Runs

/// The program that a run folder names as its environment.
///
/// To resume or evaluate a run starts it, so the folder of somebody else is somebody else's program.
enum FolderProgram {
  /// Shows the command of a run folder before it is started, and asks for leave where the folder is
  /// another user's.
  ///
  /// - Parameters:
  ///   - settings: of the simulator.
  ///   - name: of the environment.
  ///   - path: the run folder.
  ///   - isAllowed: whether the user has said that it may be started.
  /// - Throws: `UsageError` that shows the command and names the option.
  static func announce(
    _ settings: SimulatorSettings, _ name: String, of path: String, isAllowed: Bool
  ) throws(UsageError) {
    let command = Console.readable(
      settings.command.isEmpty ? "\(name), in Python" : settings.command)
    if !isAllowed, let owner = otherOwner(of: [path, "\(path)/config.yaml"]) {
      throw UsageError(
        "\(path) belongs to another user, number \(owner), and its config.yaml names a program to start: "
          + "\(command). If you trust it: --allow-command. To start another one: --env-command '…'."
      )
    }
    Console.standardError.note("Starting the program that \(path)/config.yaml names: \(command)")
  }

  /// The first other user to whom one of the files, or what it is a link to, belongs.
  private static func otherOwner(of paths: [String]) -> uid_t? {
    for path in paths {
      var (link, target) = (stat(), stat())
      guard lstat(path, &link) == 0, stat(path, &target) == 0 else { continue }
      if let owner = [link.st_uid, target.st_uid].first(where: { $0 != geteuid() }) {
        return owner
      }
    }
    return nil
  }
}
