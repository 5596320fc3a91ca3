import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// What is remembered and how it is drawn.
struct ReplayMemoryTests {
  /// A buffer of transitions that are told apart by their numbers.
  private func buffer(capacity: Int, transitions: Int) throws -> ReplayMemory {
    var buffer = ReplayMemory(capacity: capacity, observationSize: 2, actionSize: 1)
    for number in 0..<transitions {
      let x = Float(number)
      try buffer.append(
        observation: [x, x + 0.25], action: [-x], reward: 10 * x, isTerminated: number % 2 == 1,
        next: [x + 0.5, x + 0.75])
    }
    return buffer
  }

  /// Rewards of drawn transitions, each of which must be whole.
  private func draw(
    _ buffer: ReplayMemory, _ count: Int, from stream: inout RandomStream
  ) -> [Int] {
    let batch = ReplayMemory.Batch(rows: count, observationSize: 2, actionSize: 1)
    buffer.sample(count, from: &stream, into: batch)
    return (0..<count).map { index in
      let x = batch.observations[2 * index]
      #expect(batch.observations[2 * index + 1] == x + 0.25 && batch.actions[index] == -x)
      #expect(batch.rewards[index] == 10 * x)
      #expect(batch.continues[index] == (Int(x) % 2 == 1 ? 0 : 1))
      #expect(batch.nextObservations[2 * index] == x + 0.5)
      #expect(batch.nextObservations[2 * index + 1] == x + 0.75)
      return Int(x)
    }
  }

  @Test(arguments: [(3, 3), (10, 10), (11, 10), (25, 10)])
  func `the latest transitions are drawn whole and with equal probability`(
    transitions: Int, kept: Int
  ) throws {
    let buffer = try buffer(capacity: 10, transitions: transitions)
    #expect(buffer.count == kept)
    var stream = RandomStream(seed: 1, purpose: "replay")
    var counts = [Int](repeating: 0, count: kept)
    let draws = 20_000
    for number in draw(buffer, draws, from: &stream) {
      let age = number - (transitions - kept)
      try #require((0..<kept).contains(age), "\(number) was forgotten")
      counts[age] += 1
    }
    let expected = Double(draws) / Double(kept)
    let statistic = counts.reduce(0.0) {
      $0 + (Double($1) - expected) * (Double($1) - expected) / expected
    }
    #expect(
      try TailProbability.chiSquare(above: statistic, degreesOfFreedom: Double(kept - 1)) > 1e-7)
  }

  @Test(arguments: [0, 4, 10, 17])
  func `what is stored survives a checkpoint, and only that is written`(transitions: Int) throws {
    let original = try buffer(capacity: 10, transitions: transitions)
    var file = SafetensorsFile()
    original.save(to: &file, name: "replay")
    #expect(try #require(file["replay"]).shape == [min(10, transitions), 7])
    var restored = try buffer(capacity: 10, transitions: 3)
    try restored.restore(from: SafetensorsFile(bytes: file.serialized()), name: "replay")
    var again = SafetensorsFile()
    restored.save(to: &again, name: "replay")
    #expect(again.serialized() == file.serialized())
  }

  @Test func `a checkpoint of another buffer is refused by name`() throws {
    var file = SafetensorsFile()
    try buffer(capacity: 10, transitions: 10).save(to: &file, name: "replay")
    var small = ReplayMemory(capacity: 9, observationSize: 2, actionSize: 1)
    #expect(throws: CheckpointContentError.self) { try small.restore(from: file, name: "replay") }
    var wide = ReplayMemory(capacity: 10, observationSize: 3, actionSize: 1)
    let error = #expect(throws: CheckpointContentError.self) {
      try wide.restore(from: file, name: "replay")
    }
    #expect(try #require(error).description.contains("[10, 7]"))
    #expect(throws: CheckpointContentError.missing("other")) {
      try wide.restore(from: file, name: "other")
    }
  }

  /// The rows `[T, 2 + 2 + 1 + 1 + 2]` that an agent stored.
  private func stored(_ loop: TrainingLoop<DDPG>) throws -> [[Float]] {
    var file = SafetensorsFile()
    try loop.save(to: &file)
    let tensor = try #require(file["shard.0.replay"])
    let values = try tensor.values(as: Float.self)
    return (0..<tensor.shape[0]).map { Array(values[$0 * 8..<($0 + 1) * 8]) }
  }

  @Test func `a truncated step goes on from its final observation, a terminated one does not`()
    throws
  {
    let loop = try DDPGTraining.twoLevers { $0.learningStarts = 1_000 }
    for _ in 0..<400 { try loop.update(of: 1_000) }
    let rows = try stored(loop)
    #expect(rows.count == 400)
    var (truncated, terminated) = (0, 0)
    for (index, row) in rows.enumerated() {
      let (step, action, continues) = (row[0], Array(row[2...3]), row[5])
      // The next observation is one step on, and never the first one of another episode.
      #expect(row[6] == step + 1 && row[7] == -row[1])
      let ends = step == 1 && action[1] > 0
      #expect(continues == (ends ? 0 : 1), "row \(index)")
      #expect(abs(row[4] - ((1 + 2 * action[0]) - (3.5 + 1.5 * action[1]))) < 1e-5)
      if index + 1 < rows.count {
        #expect(rows[index + 1][0] == (ends || step == 3 ? 0 : step + 1))
      }
      terminated += ends ? 1 : 0
      truncated += step == 3 ? 1 : 0
    }
    #expect(truncated > 20 && terminated > 20)
  }
}
