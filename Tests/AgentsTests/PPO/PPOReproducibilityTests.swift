import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// The same bytes of `ppo` for any number of threads, and for runs that were stopped and resumed.
struct PPOReproducibilityTests {
  @Test(arguments: PPOTraining.all.indices)
  func `one, two and four threads, and a second run, give the same bytes`(index: Int) throws {
    let training = PPOTraining.all[index]
    func run(threads: Int, seed: UInt64 = 7) throws -> ([UInt8], [Episode], [Double?]) {
      let loop = try training.loop(threads: threads, seed: seed)
      var episodes: [Episode] = []
      for _ in 0..<60 { episodes += try loop.update(of: 5_000).episodes }
      return (try loop.checkpoint(), episodes, loop.agent.metrics.map(\.value))
    }
    let expected = try run(threads: 1)
    for threads in [1, 2, 4] {
      let other = try run(threads: threads)
      #expect(other.0 == expected.0, "\(training.name), \(threads) threads")
      #expect(other.1 == expected.1 && other.2 == expected.2, "\(training.name), \(threads)")
    }
    #expect(try run(threads: 1, seed: 8).0 != expected.0)
  }

  @Test(arguments: PPOTraining.all.indices)
  func `a run stopped at any of ten points goes on as if it had not been`(index: Int) throws {
    let training = PPOTraining.all[index]
    let (updates, total) = (40, 5_000)
    var stream = RandomStream(seed: UInt64(index), purpose: "stop")
    let points = Set((0..<10).map { _ in stream.index(below: updates) }).union([0, updates - 1])
    let whole = try training.loop(threads: 2)
    var saved: [Int: [UInt8]] = [:]
    var metrics: [[Double?]] = []
    for update in 0..<updates {
      if points.contains(update) { saved[update] = try whole.checkpoint() }
      try whole.update(of: total)
      metrics.append(whole.agent.metrics.map(\.value))
    }
    let expected = try whole.checkpoint()
    for point in points.sorted() {
      let bytes = try #require(saved[point])
      // An agent that has gone its own way: nothing of that may remain.
      let resumed = try training.loop()
      for _ in 0..<point % 4 { try resumed.update(of: total) }
      try resumed.restore(from: SafetensorsFile(bytes: bytes))
      #expect(try resumed.checkpoint() == bytes, "\(training.name), before update \(point)")
      for update in point..<updates {
        try resumed.update(of: total)
        #expect(resumed.agent.metrics.map(\.value) == metrics[update], "update \(update)")
      }
      #expect(try resumed.checkpoint() == expected, "\(training.name), before update \(point)")
    }
  }

  @Test(arguments: PPOTraining.all.indices, [1, 2])
  func `a rollout that is stopped, saved and read ends in the same bytes`(
    index: Int, threads: Int
  ) throws {
    let training = PPOTraining.all[index]
    let whole = try training.loop()
    var paused = try training.loop(threads: threads)
    var pauses = 0
    for _ in 0..<6 {
      try whole.update(of: 5_000)
      paused.stepBound = paused.progress.steps + training.configuration.envs
      #expect(throws: RolloutPause.stepsReached) { try paused.update(of: 5_000) }
      pauses += 1
      let saved = try paused.checkpoint()
      paused = try training.loop(threads: threads)
      try paused.restore(from: SafetensorsFile(bytes: saved))
      #expect(try paused.checkpoint() == saved)
      paused.stepBound = .max
      try paused.update(of: 5_000)
      #expect(try paused.checkpoint() == whole.checkpoint(), "\(training.name)")
    }
    #expect(pauses == 6)
  }

  @Test func `a checkpoint of another seed's minibatches is refused`() throws {
    let loop = try PPOTraining.all[0].loop()
    try loop.update(of: 5_000)
    var file = SafetensorsFile()
    try loop.save(to: &file)
    let other = try PPOTraining.all[0].loop(seed: 8)
    #expect(throws: CheckpointContentError.self) { try other.restore(from: file) }
    file.metadata["shard.1.minibatches"] = nil
    let error = #expect(throws: CheckpointContentError.self) { try loop.restore(from: file) }
    #expect(error == .missing("shard.1.minibatches"))
  }
}
