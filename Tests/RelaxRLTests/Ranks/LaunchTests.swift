import ReinforcementLearning
import TestSupport
import Testing

@testable import RelaxRL

@Suite struct `A program that a launcher has started` {
  @Test(arguments: [
    (["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "3"], 4, 3),
    (["PMI_SIZE": "2", "PMI_RANK": "1"], 2, 1),
    (["SLURM_STEP_NUM_TASKS": "8", "SLURM_PROCID": "5"], 8, 5),
    // Open MPI's own count, not that of Slurm's step, which is one process on each machine.
    (
      [
        "OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "2", "SLURM_STEP_NUM_TASKS": "2",
        "SLURM_PROCID": "1",
      ], 4, 2
    ),
  ])
  func `knows how many there are and which it is`(
    variables: [String: String], count: Int, index: Int
  ) throws {
    let launch = try #require(Launch { variables[$0] })
    #expect(launch.count == count && launch.index == index)
  }

  @Test(arguments: [
    [:], ["OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0"],
    // The allocation of a batch job, whose script runs once.
    ["SLURM_NTASKS": "16", "SLURM_PROCID": "0"], ["PMI_SIZE": "many"],
  ])
  func `is alone where nothing else is said`(variables: [String: String]) {
    #expect(Launch { variables[$0] } == nil)
  }

  @Test func `threads are no part of what all ranks must have in common`() {
    let words = ["rl-train", "--agent", "a2c", "--threads", "4", "--env=a b", "--threads=2"]
    #expect(RankFacts.arguments(words) == "--agent a2c --env=a b")
    #expect(RankFacts.arguments(words + ["--seed", "1"]) != RankFacts.arguments(words))
  }

  // A build with MPI would wait for the others.
  #if !MPI
    @Test(arguments: [
      ["--agent", "a2c", "--env", "cartpole", "--steps", "100"],
      ["experiment", "--agents", "a2c", "--envs", "cartpole", "--out", "out"],
      ["tune", "--agent", "a2c", "--env", "cartpole", "--out", "out"],
    ])
    func `refuses to train several times over, once`(arguments: [String]) throws {
      let folder = try TemporaryFolder()
      for rank in 0..<2 {
        let variables = ["OMPI_COMM_WORLD_SIZE=2", "OMPI_COMM_WORLD_RANK=\(rank)"]
        let ended = try RunningProgram(
          "/usr/bin/env", variables + [CommandLineProgram.path] + arguments, in: folder.path
        ).wait()
        #expect(ended.status == (rank == 0 ? 64 : 0))
        #expect(ended.errorLines.count == (rank == 0 ? 1 : 0), "\(ended.errors)")
        if rank == 0 { #expect(ended.errors.contains("2 processes were started")) }
      }
      #expect(try folder.contents().isEmpty)
    }
  #endif
}
