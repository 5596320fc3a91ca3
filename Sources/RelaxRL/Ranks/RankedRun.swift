import ArgumentParser
import ReinforcementLearning
import Runs

#if MPI
  import MPI
#endif

/// A command that one process carries out, or several that a launcher has started together.
enum RankedRun {
  /// Does the work, in all processes of the run.
  ///
  /// - Parameter work: is given what joins them.
  /// - Throws: on the first rank what went wrong on any of them, also where only one knows of it; on the others
  ///   an exit code of success, because the first one's is that of the whole.
  static func together(_ work: (any Reduction) throws -> Void) throws {
    guard let launch = Launch.current else {
      InterruptFlag.install(during: .starting)
      return try work(SharedMemoryReduction())
    }
    #if MPI
      try together(launch, try MPIChannel.join(), work)
    #else
      throw launch.refusal(
        "\(launch.count) processes were started, but this program was built without MPI, so that each of "
          + "them would train alone. Build it with MPI: make mpi, or swift build -c release --traits MPI; "
          + "to train in one process, start it without mpirun or srun.")
    #endif
  }

  #if MPI
    private static func together(
      _ launch: Launch, _ channel: MPIChannel, _ work: (any Reduction) throws -> Void
    ) throws {
      guard channel.ranks.count == launch.count else {
        channel.leave()
        throw launch.refusal(
          "\(launch.count) processes were started, but the MPI that this program was built with sees "
            + "\(channel.ranks.count): it is another MPI than the launcher's. Start it with the mpirun "
            + "that belongs to it, or build it with the MPI of this machine (srun --mpi=list shows what "
            + "srun speaks).")
      }
      let reduction = RankedReduction(channel) { Exit.code(of: $0).rawValue }
      Console.leavesNotes.store(!channel.ranks.isFirst, ordering: .relaxed)
      InterruptFlag.install(during: .starting, isSilent: !channel.ranks.isFirst)
      var problem: (any Error)?
      do {
        try RankFacts.requireSameProgram(through: reduction)
        try work(reduction)
      } catch {
        problem = error
      }
      if !reduction.isOver {
        // Others may not know of it, wherever they are; and nobody leaves before all are done.
        do { try reduction.agree(on: [problem]) } catch { problem = error }
      }
      if reduction.isBroken, let problem {
        Exit.say("\(problem)")
        channel.abort(Exit.failure.rawValue)
      }
      channel.leave()
      guard let problem else { return }
      throw channel.ranks.isFirst ? problem : ExitCode.success
    }
  #endif
}
