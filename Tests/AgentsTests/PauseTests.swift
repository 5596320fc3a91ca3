import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// A rollout that is stopped between two steps, saved, read by another agent and gone on with.
@Suite struct `An update that is paused` {
  /// Pauses after each of some steps, through a checkpoint every time.
  ///
  /// - Returns: how often it was paused.
  private func update<A: Agent>(
    _ loop: inout TrainingLoop<A>, of total: Int, lanes: Int, stoppingAfter steps: [Int],
    makeLoop: () throws -> TrainingLoop<A>
  ) throws -> Int {
    var pauses = 0
    for step in steps {
      // Of all lanes together: more than what was done before the update.
      loop.stepBound = loop.progress.steps + step * lanes
      do {
        try loop.update(of: total)
        return pauses
      } catch RolloutPause.stepsReached {
        pauses += 1
        let saved = try loop.checkpoint()
        loop = try makeLoop()
        try loop.restore(from: SafetensorsFile(bytes: saved))
        #expect(try loop.checkpoint() == saved)
      }
    }
    loop.stepBound = .max
    try loop.update(of: total)
    return pauses
  }

  @Test(arguments: Training.all.indices, [1, 2])
  func `ends in the same bytes as one that was not`(index: Int, threads: Int) throws {
    let training = Training.all[index]
    let whole = try training.loop()
    var paused = try training.loop(threads: threads)
    var pauses = 0
    for _ in 0..<6 {
      try whole.update(of: 5_000)
      pauses += try update(
        &paused, of: 5_000, lanes: training.configuration.envs, stoppingAfter: [1, 2, 4, 7, 12],
        makeLoop: { try training.loop(threads: threads) })
      #expect(try paused.checkpoint() == whole.checkpoint(), "\(training.name)")
      #expect(paused.progress == whole.progress, "\(training.name)")
    }
    // Where every episode is one step, there is one place in an update to stop at.
    #expect(pauses >= 6, "\(training.name)")
  }

  @Test func `ends in the same bytes for an agent with a memory`() throws {
    let training = DDPGTraining("pauses") {
      $0.envs = 3
      $0.trainEvery = 5
      $0.updatesPerStep = 0.5
    }
    let whole = try training.loop()
    var paused = try training.loop()
    var pauses = 0
    for _ in 0..<200 {
      try whole.update(of: 5_000)
      pauses += try update(
        &paused, of: 5_000, lanes: 3, stoppingAfter: [1, 2, 4], makeLoop: { try training.loop() })
      #expect(try paused.checkpoint() == whole.checkpoint())
    }
    #expect(pauses > 20)
  }

  @Test func `goes on without a checkpoint too`() throws {
    let training = Training.all[3]
    let (whole, paused) = (try training.loop(), try training.loop(threads: 2))
    for _ in 0..<20 {
      try whole.update(of: 5_000)
      paused.stepBound = paused.progress.steps + 2 * training.configuration.envs
      #expect(throws: RolloutPause.stepsReached) { try paused.update(of: 5_000) }
      paused.stepBound = .max
      try paused.update(of: 5_000)
    }
    #expect(try paused.checkpoint() == whole.checkpoint())
  }

  @Test func `leaves nothing behind in an agent that reads another checkpoint`() throws {
    for training in Training.all {
      let loop = try training.loop()
      try loop.update(of: 5_000)
      let between = try loop.checkpoint()
      loop.stepBound = loop.progress.steps + training.configuration.envs
      #expect(throws: RolloutPause.stepsReached) { try loop.update(of: 5_000) }
      #expect(try loop.checkpoint() != between, "\(training.name)")
      try loop.restore(from: SafetensorsFile(bytes: between))
      #expect(try loop.checkpoint() == between, "\(training.name)")
      loop.stepBound = .max
      try loop.update(of: 5_000)
      let whole = try training.loop()
      for _ in 0..<2 { try whole.update(of: 5_000) }
      #expect(try loop.checkpoint() == whole.checkpoint(), "\(training.name)")
    }
  }

  @Test(arguments: ["lanes", "outcomes", "reward", "observation", "conditional_noise"])
  func `is refused by name when a part of it is missing`(part: String) throws {
    let training = Training.all[3]
    let loop = try training.loop()
    loop.stepBound = 2 * training.configuration.envs
    #expect(throws: RolloutPause.stepsReached) { try loop.update(of: 5_000) }
    var file = SafetensorsFile()
    try loop.save(to: &file)
    file.tensors.removeAll { $0.name == "shard.1.rollout.\(part)" }
    let error = #expect(throws: CheckpointContentError.self) { try loop.restore(from: file) }
    #expect(error == .missing("shard.1.rollout.\(part)"))
  }
}
