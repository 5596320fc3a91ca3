import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// The same bytes for any number of threads, and for runs that were stopped and resumed.
struct ReproducibilityTests {
  private struct Result: Equatable {
    var parameters: [[UInt8]] = []
    var episodes: [Episode] = []
    var checkpoint: [UInt8] = []
  }

  private func run(
    _ training: Training, threads: Int, updates: Int, seed: UInt64 = 7
  ) throws -> Result {
    let loop = try training.loop(threads: threads, seed: seed)
    var result = Result()
    for _ in 0..<updates { result.episodes += try loop.update(of: 20_000).episodes }
    result.parameters = loop.agent.parameters.map(\.littleEndianFloat32Bytes)
    result.checkpoint = try loop.checkpoint()
    return result
  }

  @Test(arguments: Training.all.indices)
  func `one, two and four threads, and a second run, give the same bytes`(index: Int) throws {
    let training = Training.all[index]
    let expected = try run(training, threads: 1, updates: 200)
    #expect(expected.episodes.count > 50, "\(training.name)")
    for threads in [1, 2, 4] {
      let other = try run(training, threads: threads, updates: 200)
      #expect(other.parameters == expected.parameters, "\(training.name), \(threads) threads")
      #expect(other.episodes == expected.episodes, "\(training.name), \(threads) threads")
      #expect(other.checkpoint == expected.checkpoint, "\(training.name), \(threads) threads")
    }
    let reseeded = try run(training, threads: 1, updates: 200, seed: 8)
    #expect(reseeded.parameters != expected.parameters)
    #expect(reseeded.episodes != expected.episodes)
  }

  @Test(arguments: Training.all.indices)
  func `a run stopped at any of ten points goes on as if it had not been`(index: Int) throws {
    let training = Training.all[index]
    let (updates, total) = (60, 5_000)
    var stream = RandomStream(seed: UInt64(index), purpose: "stop")
    let points = Set((0..<10).map { _ in stream.index(below: updates) }).union([0, updates - 1])
    let whole = try training.loop(threads: 2)
    var saved: [Int: ([UInt8], episodes: Int)] = [:]
    var episodes: [Episode] = []
    for update in 0..<updates {
      if points.contains(update) { saved[update] = (try whole.checkpoint(), episodes.count) }
      episodes += try whole.update(of: total).episodes
    }
    let expected = try whole.checkpoint()
    for point in points.sorted() {
      let (bytes, count) = try #require(saved[point])
      // An agent that has gone its own way: nothing of that may remain.
      let resumed = try training.loop()
      for _ in 0..<point % 4 { try resumed.update(of: total) }
      try resumed.restore(from: SafetensorsFile(bytes: bytes))
      #expect(try resumed.checkpoint() == bytes, "\(training.name), before update \(point)")
      var rest = Array(episodes[..<count])
      for _ in point..<updates { rest += try resumed.update(of: total).episodes }
      #expect(try resumed.checkpoint() == expected, "\(training.name), before update \(point)")
      #expect(rest == episodes, "\(training.name), before update \(point)")
    }
  }
}
