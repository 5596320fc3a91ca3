import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// The same bytes for any number of threads, and for runs that were stopped and resumed.
struct DDPGReproducibilityTests {
  @Test(arguments: DDPGTraining.all.indices)
  func `one and four threads, and a second run, give the same bytes`(index: Int) throws {
    let training = DDPGTraining.all[index]
    func run(threads: Int, seed: UInt64 = 7) throws -> ([UInt8], [Episode]) {
      let loop = try training.loop(threads: threads, seed: seed)
      var episodes: [Episode] = []
      for _ in 0..<1_300 { episodes += try loop.update(of: 3_000).episodes }
      return (try loop.checkpoint(), episodes)
    }
    let expected = try run(threads: 1)
    #expect(!expected.1.isEmpty, "\(training.name)")
    for threads in [1, 4] {
      let other = try run(threads: threads)
      #expect(other.0 == expected.0 && other.1 == expected.1, "\(training.name), \(threads)")
    }
    #expect(try run(threads: 1, seed: 8).0 != expected.0)
  }

  @Test(arguments: DDPGTraining.all.indices)
  func `a run stopped at any of ten points goes on as if it had not been`(index: Int) throws {
    let training = DDPGTraining.all[index]
    let (turns, total) = (300, 1_000)
    var stream = RandomStream(seed: UInt64(index), purpose: "stop")
    let points = Set((0..<10).map { _ in stream.index(below: turns) }).union([0, turns - 1])
    let whole = try training.loop()
    var saved: [Int: [UInt8]] = [:]
    var metrics: [[Double?]] = []
    for turn in 0..<turns {
      if points.contains(turn) { saved[turn] = try whole.checkpoint() }
      try whole.update(of: total)
      metrics.append(whole.agent.metrics.map(\.value))
    }
    let expected = try whole.checkpoint()
    #expect(whole.agent.shards[0].updatesDone > 20, "\(training.name)")
    for point in points.sorted() {
      let bytes = try #require(saved[point])
      // An agent that has gone its own way: nothing of that may remain.
      let resumed = try training.loop()
      for _ in 0..<point % 60 { try resumed.update(of: total) }
      try resumed.restore(from: SafetensorsFile(bytes: bytes))
      #expect(try resumed.checkpoint() == bytes, "\(training.name), before turn \(point)")
      for turn in point..<turns {
        try resumed.update(of: total)
        #expect(resumed.agent.metrics.map(\.value) == metrics[turn], "turn \(turn)")
      }
      #expect(try resumed.checkpoint() == expected, "\(training.name), before turn \(point)")
    }
  }
}
