import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// What is remembered and how it is drawn.
struct ReplayMemoryTests {
  /// A lane whose observations count its steps: [x, x + 0.25] is followed by [x + 1, x + 1.25].
  ///
  /// An episode ends at every fourth number, by turns in one way and the other, and the next one starts a hundred on.
  private struct Lane {
    let memory: ReplayMemory
    let column: AnyExperienceColumn
    var x = 0
    var endings = 0

    init(capacity: Int, isBytes: Bool = false) {
      memory = ReplayMemory(
        capacity: capacity, observationSize: 2, actionSize: 1, isBytes: isBytes)
      column =
        isBytes
        ? ExperienceColumn<UInt8>("observation", width: 2, capacity: 2)
        : ExperienceColumn<Float>("observation", width: 2, capacity: 2)
    }

    private func write(_ x: Int, row: Int) {
      if let numbers = column as? ExperienceColumn<Float> {
        (numbers[2 * row], numbers[2 * row + 1]) = (Float(x), Float(x) + 0.25)
      } else if let bytes = column as? ExperienceColumn<UInt8> {
        (bytes[2 * row], bytes[2 * row + 1]) = (UInt8(x % 256), UInt8((x + 1) % 256))
      }
    }

    mutating func step(_ outcome: Outcome? = nil) throws {
      let usual: Outcome =
        x % 100 < 3 ? .ongoing : endings % 2 == 0 ? .terminated : .truncated
      let outcome = outcome ?? usual
      write(x, row: 0)
      write(x + 1, row: 1)
      try memory.append(
        lane: 0, from: ReplayMemory.Observation(column, row: 0), action: [Float(-x)],
        reward: Float(10 * x), outcome: outcome, to: ReplayMemory.Observation(column, row: 1))
      if outcome.isEnd {
        x = (x / 100 + 1) * 100
        endings += 1
      } else {
        x += 1
      }
    }
  }

  private func lane(capacity: Int, transitions: Int, isBytes: Bool = false) throws -> Lane {
    var lane = Lane(capacity: capacity, isBytes: isBytes)
    for _ in 0..<transitions { try lane.step() }
    return lane
  }

  /// The number of a transition from its observation: four to an episode.
  private func number(_ x: Float) -> Int { Int(x) / 100 * 4 + Int(x) % 100 }

  /// Numbers of drawn transitions, each of which must be whole.
  private func draw(
    _ memory: ReplayMemory, _ count: Int, from stream: inout RandomStream
  ) -> [Int] {
    let batch = ReplayMemory.Batch(rows: count, observationSize: 2, actionSize: 1)
    memory.sample(count, from: &stream, into: batch)
    return (0..<count).map { index in
      let x = batch.observations[2 * index]
      #expect(batch.observations[2 * index + 1] == x + 0.25 && batch.actions[index] == -x)
      #expect(batch.rewards[index] == 10 * x)
      let isTerminated = Int(x) % 100 == 3 && Int(x) / 100 % 2 == 0
      #expect(batch.continues[index] == (isTerminated ? 0 : 1))
      #expect(batch.nextObservations[2 * index] == x + 1)
      #expect(batch.nextObservations[2 * index + 1] == x + 1.25)
      return number(x)
    }
  }

  @Test(arguments: [(3, 3), (10, 10), (11, 10), (25, 10), (4_003, 10)])
  func `the latest transitions are drawn whole and with equal probability`(
    transitions: Int, kept: Int
  ) throws {
    let memory = try lane(capacity: 10, transitions: transitions).memory
    #expect(memory.count == kept)
    var stream = RandomStream(seed: 1, purpose: "replay")
    var counts = [Int](repeating: 0, count: kept)
    let draws = 20_000
    for number in draw(memory, draws, from: &stream) {
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

  @Test func `each observation is stored once, and forgotten with its transitions`() throws {
    // An episode of four steps has five observations, two of which belong to one transition alone.
    let growing = try lane(capacity: 10_000, transitions: 4_000).memory
    #expect(growing.observationCount == 5_000)
    // 1000 transitions of whole episodes: those of them and no others.
    let full = try lane(capacity: 1_000, transitions: 40_000).memory
    #expect(full.count == 1_000 && full.observationCount == 1_250)
  }

  @Test func `bytes are stored as bytes and drawn as numbers`() throws {
    let memory = try lane(capacity: 100, transitions: 50, isBytes: true).memory
    var file = SafetensorsFile()
    memory.save(to: &file, name: "replay")
    #expect(try #require(file["replay.observations"]).dtype == .uint8)
    let batch = ReplayMemory.Batch(rows: 20, observationSize: 2, actionSize: 1)
    var stream = RandomStream(seed: 1, purpose: "replay")
    memory.sample(20, from: &stream, into: batch)
    for index in 0..<20 {
      let x = Int(-batch.actions[index])
      #expect(batch.observations[2 * index] == Float(x % 256))
      #expect(batch.nextObservations[2 * index + 1] == Float((x + 2) % 256))
    }
  }

  @Test(arguments: [2, 3, 10])
  func `rewards of several steps end with the episode or with what is known`(steps: Int) throws {
    let memory = try lane(capacity: 1_000, transitions: 21).memory
    let batch = ReplayMemory.Batch(rows: 400, observationSize: 2, actionSize: 1)
    var stream = RandomStream(seed: 2, purpose: "replay")
    memory.sample(400, steps: steps, discount: 0.5, from: &stream, into: batch)
    for index in 0..<400 {
      let first = Int(batch.observations[2 * index])
      // The last transition is the first one of episode 5.
      let taken = first == 500 ? 1 : min(steps, 4 - first % 100)
      let sum = (0..<taken).reduce(Float(0)) {
        $0 + Float(10 * (first + $1)) * Float(sign: .plus, exponent: -$1, significand: 1)
      }
      #expect(batch.rewards[index] == sum)
      #expect(batch.nextObservations[2 * index] == Float(first + taken))
      let ends = first % 100 + taken == 4 && first / 100 % 2 == 0
      let weight = Float(sign: .plus, exponent: 1 - taken, significand: 1)
      #expect(batch.continues[index] == (ends ? 0 : weight))
    }
  }

  @Test func `a lost step leaves nothing behind, and its lane begins anew`() throws {
    var lane = try lane(capacity: 100, transitions: 6)
    try lane.step(.lost)
    #expect(lane.memory.count == 6)
    for _ in 0..<4 { try lane.step() }
    var stream = RandomStream(seed: 3, purpose: "replay")
    let numbers = Set(draw(lane.memory, 400, from: &stream))
    #expect(numbers == [0, 1, 2, 3, 4, 5, 8, 9, 10, 11])
    // Lost at once, before and after there is a transition to it.
    for _ in 0..<2_000 { try lane.step(.lost) }
    #expect(lane.memory.observationCount < 20)
  }

  @Test(arguments: [0, 4, 10, 17, 2_000])
  func `what is stored survives a checkpoint, and only that is written`(transitions: Int) throws {
    var original = try lane(capacity: 10, transitions: transitions)
    var file = SafetensorsFile()
    original.memory.save(to: &file, name: "replay")
    #expect(try #require(file["replay"]).shape == [min(10, transitions), 2])
    #expect(try #require(file["replay.observations"]).shape[0] <= 16)
    var restored = try lane(capacity: 10, transitions: 3)
    try restored.memory.restore(from: SafetensorsFile(bytes: file.serialized()), name: "replay")
    (restored.x, restored.endings) = (original.x, original.endings)
    for _ in 0..<30 {
      var again = SafetensorsFile()
      restored.memory.save(to: &again, name: "replay")
      var expected = SafetensorsFile()
      original.memory.save(to: &expected, name: "replay")
      #expect(again.serialized() == expected.serialized())
      try restored.step()
      try original.step()
    }
  }

  @Test func `a checkpoint of another memory is refused by name`() throws {
    var file = SafetensorsFile()
    try lane(capacity: 10, transitions: 10).memory.save(to: &file, name: "replay")
    let small = ReplayMemory(capacity: 9, observationSize: 2, actionSize: 1)
    #expect(throws: CheckpointContentError.self) { try small.restore(from: file, name: "replay") }
    let wide = ReplayMemory(capacity: 10, observationSize: 2, actionSize: 2)
    let error = #expect(throws: CheckpointContentError.self) {
      try wide.restore(from: file, name: "replay")
    }
    #expect(try #require(error).description.contains("[10, 2]"))
    #expect(throws: CheckpointContentError.missing("other")) {
      try wide.restore(from: file, name: "other")
    }
  }

  @Test func `a part that is missing or made up is refused`() throws {
    let original = try lane(capacity: 10, transitions: 7).memory
    var file = SafetensorsFile()
    original.save(to: &file, name: "replay")
    func refuse(_ part: String, _ tensor: SafetensorsTensor?) throws {
      var changed = file
      changed.tensors.removeAll { $0.name == "replay\(part)" }
      if let tensor { changed.append("replay\(part)", tensor) }
      let fresh = ReplayMemory(capacity: 10, observationSize: 2, actionSize: 1)
      #expect(throws: CheckpointContentError.self, "\(part) \(String(describing: tensor))") {
        try fresh.restore(from: changed, name: "replay")
      }
      #expect(fresh.count == 0)
    }
    for part in ["", ".links", ".outcomes", ".present", ".oldest", ".observations"] {
      try refuse(part, nil)
    }
    let links = try #require(file["replay.links"]).values(as: Int64.self)
    for (index, value) in [(0, 1_000_000), (3, -1), (2, links[0]), (3, links[1]), (0, links[1])] {
      var changed = links
      changed[index] = value
      try refuse(".links", SafetensorsTensor(changed, shape: [7, 2]))
    }
    for outcome in [UInt8(3), 9] {
      try refuse(".outcomes", SafetensorsTensor([0, 0, 0, outcome, 0, 0, 0]))
    }
    // Where the lane has been, and where nobody has.
    for number in [Int64(0), 9_999] {
      try refuse(".present", SafetensorsTensor([number], shape: [1]))
    }
    try refuse(".oldest", SafetensorsTensor([Int64(5)], shape: []))
    let count = try #require(file["replay.observations"]).shape[0]
    let broken = [Float](repeating: 1, count: 2 * count - 1) + [.nan]
    try refuse(".observations", SafetensorsTensor(broken, shape: [count, 2]))
    try refuse(".observations", SafetensorsTensor(broken, shape: [2 * count, 1]))
    // The control: nothing changed.
    let whole = ReplayMemory(capacity: 10, observationSize: 2, actionSize: 1)
    try whole.restore(from: file, name: "replay")
    #expect(whole.count == 7)
  }

  /// Reward and action of each transition of an agent with two levers, s and s', and whether it goes on.
  private func stored(_ loop: TrainingLoop<DDPG>) throws -> [(row: [Float], outcome: UInt8)] {
    var file = SafetensorsFile()
    try loop.save(to: &file)
    func values<Scalar: SafetensorsScalar>(_ part: String) throws -> [Scalar] {
      try #require(file["shard.0.replay\(part)"]).values(as: Scalar.self)
    }
    let (rows, observations): ([Float], [Float]) = (try values(""), try values(".observations"))
    let (links, outcomes): ([Int64], [UInt8]) = (try values(".links"), try values(".outcomes"))
    return outcomes.indices.map { index in
      let (from, to) = (Int(links[2 * index]), Int(links[2 * index + 1]))
      return (
        Array(observations[2 * from..<2 * from + 2]) + rows[3 * index + 1..<3 * index + 3]
          + [rows[3 * index]] + observations[2 * to..<2 * to + 2], outcomes[index]
      )
    }
  }

  @Test func `a truncated step goes on from its final observation, a terminated one does not`()
    throws
  {
    let loop = try DDPGTraining.twoLevers { $0.learningStarts = 1_000 }
    for _ in 0..<400 { try loop.update(of: 1_000) }
    let rows = try stored(loop)
    #expect(rows.count == 400)
    var (truncated, terminated) = (0, 0)
    for (index, (row, outcome)) in rows.enumerated() {
      let (step, action) = (row[0], Array(row[2...3]))
      // The next observation is one step on, and never the first one of another episode.
      #expect(row[5] == step + 1 && row[6] == -row[1])
      let ends = step == 1 && action[1] > 0
      #expect((outcome == Outcome.terminated.rawValue) == ends, "row \(index)")
      #expect(abs(row[4] - ((1 + 2 * action[0]) - (3.5 + 1.5 * action[1]))) < 1e-5)
      if index + 1 < rows.count {
        #expect(rows[index + 1].row[0] == (ends || step == 3 ? 0 : step + 1))
      }
      terminated += ends ? 1 : 0
      truncated += step == 3 ? 1 : 0
    }
    #expect(truncated > 20 && terminated > 20)
  }
}
