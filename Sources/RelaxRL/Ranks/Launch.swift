import ArgumentParser
import Glibc
import Runs

/// The processes that a launcher such as `mpirun` or `srun` has started together, as their environment
/// says.
struct Launch: Hashable {
  /// How many, at least 2.
  let count: Int
  /// Which this is, from 0.
  let index: Int

  /// The variables that say how many there are and which this is: those of Open MPI, of MPICH and its
  /// relatives, of MVAPICH, and of a step of Slurm.
  private static let variables = [
    ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"), ("PMI_SIZE", "PMI_RANK"),
    ("MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK"), ("SLURM_STEP_NUM_TASKS", "SLURM_PROCID"),
  ]

  /// That of this process; nil where it is the only one.
  static var current: Launch? { Launch { getenv($0).map { String(cString: $0) } } }

  /// What an environment says.
  init?(_ value: (_ variable: String) -> String?) {
    for (size, rank) in Self.variables {
      guard let count = value(size).flatMap({ Int($0) }) else { continue }
      guard count > 1 else { return nil }
      self.count = count
      index = value(rank).flatMap { Int($0) } ?? 0
      return
    }
    return nil
  }

  /// An error that the first process reports and the others leave to it: they cannot speak to each other.
  func refusal(_ text: String) -> any Error { index == 0 ? UsageError(text) : ExitCode.success }

  /// Refuses a command that each process would carry out by itself.
  ///
  /// - Parameter command: what was typed.
  /// - Throws: `UsageError`.
  static func requireNone(for command: String) throws {
    guard let launch = current else { return }
    throw launch.refusal(
      "\(command) makes several runs, each in one process, but \(launch.count) processes were started. "
        + "Start it without mpirun or srun, with --jobs for the cores of one machine; to train one run "
        + "in several processes: mpirun -n \(launch.count) \(ProgramName.current) --agent … --env …"
    )
  }
}
